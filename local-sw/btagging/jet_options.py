"""The options that say where in a file the jets and their flavours are, and which network is meant.

Some take one or several words, which argparse alone would confuse with the files after them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from btagging.errors import UserError
from btagging.jets.conditions import Condition

_LABELS = "--labels"


class JetParser(argparse.ArgumentParser):
    """A parser of a script that reads jets: `--labels a b FILE` is `--labels a,b FILE`."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does."""
        return super().parse_known_args(_joined(args), namespace)

    def parse_known_intermixed_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does."""
        return super().parse_known_intermixed_args(_joined(args), namespace)


def add_jet_options(parser: argparse.ArgumentParser) -> None:
    """Let a script read files in the layouts of others, too."""
    parser.add_argument(
        "--dataset",
        type=_dataset,
        default="jets",
        metavar="NAME",
        help="of the table of jets in the files [%(default)s]",
    )
    parser.add_argument(
        _LABELS,
        type=_classes,
        default=(),
        metavar="CLASS",
        help="the classes whose numbers are in the field flavour_label, as in bjets cjets ujets "
        "[as the files say]",
    )
    parser.add_argument(
        "--where",
        type=Condition.parse,
        action="append",
        default=[],
        metavar="'FIELD OP NUMBER'",
        help="use only jets that pass a cut, as in 'pt > 50e3'; may be given more than once",
    )


def _joined(args: Sequence[str] | None) -> list[str]:
    """Write the classes as one word; what can be no class is a file."""
    words = list(sys.argv[1:] if args is None else args)
    if _LABELS not in words:
        return words
    start = words.index(_LABELS) + 1
    classes = list(takewhile(str.isidentifier, words[start:]))
    joined = [",".join(classes)] if classes else []
    return [*words[:start], *joined, *words[start + len(classes) :]]


def _dataset(text: str) -> str:
    name = text.strip("/")
    if not name:
        raise UserError("--dataset: the name is empty; name one, or leave --dataset out")
    return name


def _classes(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))
