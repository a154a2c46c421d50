"""The options that say where in a file the jets and their flavours are, and which network is meant.

Some take one or several words, which argparse alone would confuse with the files after them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from btagging.errors import UserError, shown
from btagging.jets.conditions import Condition
from btagging.jets.dataset import PREFIX

_LABELS = "--labels"
_LISTS = (_LABELS, "--taggers")
_NETWORK = ("-n", "--nn")


class JetParser(argparse.ArgumentParser):
    """A parser for which `--labels a b FILE` and `--nn model.keras FILE` mean what they should."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does."""
        return super().parse_known_args(_words(args), namespace)

    def parse_known_intermixed_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does."""
        return super().parse_known_intermixed_args(_words(args), namespace)


def add_jet_options(parser: argparse.ArgumentParser) -> None:
    """Let a script read files in the layouts of others, too."""
    parser.add_argument(
        "--dataset",
        type=_dataset,
        default="jets",
        metavar="NAME[,NAME]",
        help="of the table of jets in the files, and of that of their tracks [%(default)s, and "
        "tracks beside it]",
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


def jet_field(name: str) -> str:
    """Refuse a field of tracks for an option that takes one of jets."""
    if name.startswith(PREFIX):
        raise argparse.ArgumentTypeError(f"{name} is a field of tracks; name one of jets")
    return name


def _is_name(word: str) -> bool:
    return word.replace(",", "_").isidentifier()


def _words(args: Sequence[str] | None) -> list[str]:
    """Write a list of names as one word, and one file of a network as two; the rest stays."""
    words = list(sys.argv[1:] if args is None else args)
    result: list[str] = []
    while words:
        option, *words = words
        result.append(option)
        if option in _LISTS:
            names = list(takewhile(_is_name, words))  # what can be no name is a file
            words = words[len(names) :]
            result += [",".join(names)] * bool(names)
        if option in _NETWORK and words and _is_alone(*words[:2]):
            result += 2 * words[:1]
            words = words[1 + (words[:1] == words[1:2]) :]
    return result


def _is_alone(network: str, after: str = "") -> bool:
    """Tell whether a network is in one file: architecture and weights together."""
    return network.endswith(".keras") or (network.endswith(".h5") and not after.endswith(".json"))


def _dataset(text: str) -> str:
    names = [name.strip("/") for name in text.split(",")]
    if not all(names):
        raise UserError("--dataset: the name is empty; name one, or leave --dataset out")
    if len(names) > 2:
        raise UserError(
            f"--dataset {shown(text)}: more than two names; name one of jets, and one of tracks"
        )
    return ",".join(names)


def _classes(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))
