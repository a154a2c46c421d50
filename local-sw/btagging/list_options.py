"""Options of the trainings that take a list of names or numbers, which may stand before the files.

`--inputs a b JETS.h5` would make the file an input. What can be no field's name, or no number
after `--hidden`, and all after it, are files.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path

from btagging.network.layer_options import MAX_UNITS
from btagging.network.layer_order import MAX_LAYERS


def take_lists(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Tell names of fields and widths of layers from the files after them, which join the others.

    Parameters
    ----------
    parser
        Reports what is neither.
    args
        What it has parsed, in which this sets the lists and `jets`.
    """
    files = list(args.jets)
    for name in ("inputs", "track_inputs", "reweight"):
        if getattr(args, name, None) is not None:
            own, more = _split(getattr(args, name), str.isidentifier)
            _refuse_lists(parser, _option(name), more)
            setattr(args, name, own)
            files += more
    for name in ("hidden", "track_hidden"):
        if hasattr(args, name):
            widths, more = _split(getattr(args, name), lambda text: text.lstrip("-").isdecimal())
            _refuse_lists(parser, _option(name), more)
            setattr(args, name, _widths(parser, _option(name), widths))
            files += more
    args.jets = files


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _widths(parser: argparse.ArgumentParser, option: str, words: Sequence[str]) -> list[int]:
    widths = [positive(parser, option, int(width)) for width in words]
    # What cannot be read again is not worth training. The last layer is the softmax.
    if max(widths, default=1) > MAX_UNITS or len(widths) >= MAX_LAYERS:
        parser.error(
            f"argument {option}: at most {MAX_LAYERS - 1} layers of {MAX_UNITS} can be read again"
        )
    return widths


def _refuse_lists(parser: argparse.ArgumentParser, option: str, words: Sequence[str]) -> None:
    """Say what is wrong with the first word after an option, unless it is a file."""
    for word in words[:1]:
        if Path(word).exists() or word.endswith((".h5", ".hdf5")) or "/" in word:
            return
        if "," in word:
            parser.error(f"argument {option}: {word}: write spaces between them, no commas")
        what = "a whole number" if option.endswith("hidden") else "the name of a field"
        parser.error(f"argument {option}: {word} is neither {what} nor a file")


def _split(tokens: list[str], fits: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    own = list(takewhile(fits, tokens))
    return own, tokens[len(own) :]


def positive(parser: argparse.ArgumentParser, option: str, value: int) -> int:
    """Refuse a number that is not at least 1."""
    if value < 1:
        parser.error(f"argument {option}: {value} is not at least 1")
    return value
