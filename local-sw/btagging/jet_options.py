"""What the command lines of all scripts that read jets have in common.

Nothing slow is imported here, such as NumPy or h5py: a typing error is reported at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from btagging import __version__
from btagging.errors import UserError, shown
from btagging.jets.conditions import Condition

_LABELS = "--labels"
_LISTS = (_LABELS, "--taggers")
_NETWORK = ("-n", "--nn")


def parser(description: str | None, *examples: str) -> argparse.ArgumentParser:
    """Make the parser of a script that reads jets; the examples are command lines."""
    result = JetParser(
        description=description,
        epilog="\n  ".join(["examples:", *examples]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return result


class JetParser(argparse.ArgumentParser):
    """A parser that tells words from files in `--labels a b FILE` and `--nn a.keras FILE`."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does."""
        return super().parse_known_args(_words(args), namespace)

    def parse_known_intermixed_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does."""
        return super().parse_known_intermixed_args(_words(args), namespace)


def add_jet_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the layout of the files, and for cuts."""
    parser.add_argument(
        "--dataset",
        type=_dataset,
        default="jets",
        metavar="NAME[,NAME]",
        help="name of the dataset of jets in the files, and of that of their tracks [%(default)s, "
        "and tracks beside it]",
    )
    parser.add_argument(
        _LABELS,
        type=_classes,
        default=(),
        metavar="CLASS",
        help="classes that the field flavour_label numbers, in order, as in bjets cjets ujets "
        "[those that the files name]",
    )
    parser.add_argument(
        "--where",
        type=Condition.parse,
        action="append",
        default=[],
        metavar="'FIELD OP NUMBER'",
        help="use only jets that pass a cut, as in 'pt > 50e3'; may be repeated",
    )


def folder(name: str) -> Path:
    """Turn the name of a folder, which need not exist, into its path.

    Raises
    ------
    UserError
        If the name is empty, or that of a file.
    """
    if not name:
        raise UserError("-o: the name of the folder is empty; name one, or leave -o out")
    if Path(name).exists() and not Path(name).is_dir():
        raise UserError(f"-o {shown(name)}: is a file, not a folder; name another one")
    return Path(name)


def _is_name(word: str) -> bool:
    return word.replace(",", "_").isidentifier()


def _words(args: Sequence[str] | None) -> list[str]:
    """Join a list of names to one word, and repeat the one file of a network."""
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
    """Tell whether one file has both architecture and weights."""
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
