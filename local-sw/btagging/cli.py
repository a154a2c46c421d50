"""The arguments of the scripts.

Nothing here imports NumPy, h5py or anything else that is slow: a typing mistake is told at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from btagging.errors import UserError, shown
from btagging.jet_options import JetParser, add_jet_options
from btagging.jets.hdf5 import existing
from btagging.network.layer_options import MAX_UNITS
from btagging.network.layer_order import MAX_LAYERS

if TYPE_CHECKING:
    from btagging.discriminants import Discriminant


def parser(description: str | None) -> argparse.ArgumentParser:
    """Make the parser of a plotting script.

    Parameters
    ----------
    description
        The script's docstring.
    """
    result = JetParser(description=description)
    result.add_argument("jets", nargs="+", type=existing, metavar="JETS.h5", help="files of jets")
    result.add_argument(
        "-o",
        "--output",
        type=folder,
        default=Path("plots"),
        help="folder for the pictures (%(default)s)",
    )
    result.add_argument(
        "-n",
        "--nn",
        nargs=2,
        type=Path,
        metavar=("ARCHITECTURE", "WEIGHTS"),
        help="add the network that train_nn.py saved in these two files, or of one model.keras",
    )
    result.add_argument(
        "--format",
        action="append",
        choices=("pdf", "png", "svg"),
        help="of the pictures, may be given more than once (png and pdf)",
    )
    add_jet_options(result)
    return result


def verdict_parser(description: str | None) -> argparse.ArgumentParser:
    """Make the parser of a script that compares a network with others, on jets new to it."""
    result = parser(description)
    result.add_argument(
        "--all-jets",
        action="store_true",
        help="with --nn: use the jets that the network was trained on, too",
    )
    return result


def parse_histograms(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line of `make_hist.py`: two discriminants may be chosen."""
    result = verdict_parser(description)
    result.add_argument(
        "--pair",
        nargs=2,
        metavar=("ACROSS", "UPWARDS"),
        help="the two discriminants to draw against each other (the first two)",
    )
    return result.parse_args(argv)


def parse_roc_curves(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line of `make_roc_curves.py`: the reference may be chosen."""
    result = verdict_parser(description)
    result.add_argument(
        "--reference",
        metavar="NAME",
        help="the discriminant to which the others' rejections are compared (the first)",
    )
    return result.parse_args(argv)


def chosen_pair(names: Sequence[str] | None, found: Sequence[Discriminant]) -> list[int]:
    """Return the places of the discriminants to draw against each other; none if there is one."""
    if names is None:
        return [0, 1] if len(found) > 1 else []
    return [found.index(named("--pair", name, found)) for name in names]


def named(option: str, name: str, found: Sequence[Discriminant]) -> Discriminant:
    """Find a discriminant by its name, or by its title in legends.

    Raises
    ------
    UserError
        If there is none of this name.
    """
    for discriminant in found:
        if name in (discriminant.name, discriminant.title):
            return discriminant
    there = ", ".join(shown(discriminant.name) for discriminant in found)
    raise UserError(f"{option} {shown(name)}: no such discriminant; there are: {there}")


def parse_validation(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line of `validate_nn.py`: that of a plot, and a tolerance."""
    result = parser(description)
    result.add_argument(
        "--tolerance",
        type=float,
        default=1e-5,
        help="largest difference that is allowed (%(default)s)",
    )
    args = result.parse_args(argv)
    if args.nn is None:
        result.error("the following arguments are required: -n/--nn")
    if not 0 < args.tolerance < 1:
        result.error(f"argument --tolerance: {args.tolerance} is not between 0 and 1")
    return args


def folder(name: str) -> Path:
    """Turn the name of a folder, which need not exist, into its path.

    Raises
    ------
    UserError
        If the name is empty.
    """
    if not name:
        raise UserError("-o: the name of the folder is empty; name one, or leave -o out")
    return Path(name)


def inputs(args: argparse.Namespace) -> list[Path]:
    """List the files that a script reads, none of which it may write over."""
    return [*args.jets, *(args.nn or [])]


def parse_training(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line.

    `--inputs a b JETS.h5` would make the file an input. What can be no field's name, or no
    number after `--hidden`, and all after it, are files.

    Parameters
    ----------
    description
        The script's docstring.
    argv
        The arguments; None: those of the program.

    Returns
    -------
    argparse.Namespace
        With output, epochs, inputs, hidden, seed, dataset, labels, jets.

    Raises
    ------
    UserError
        If a file does not exist.
    """
    parser = _training_parser(description)
    args = parser.parse_intermixed_args(argv)
    files = list(args.jets)
    if args.inputs is not None:
        args.inputs, more = _split(args.inputs, str.isidentifier)
        files += more
    widths, more = _split(args.hidden, lambda text: text.lstrip("-").isdecimal())
    args.hidden = [_positive(parser, "--hidden", int(width)) for width in widths]
    # What cannot be read again is not worth training. The last layer is the softmax.
    if max(args.hidden, default=1) > MAX_UNITS or len(args.hidden) >= MAX_LAYERS:
        parser.error(
            f"argument --hidden: at most {MAX_LAYERS - 1} layers of {MAX_UNITS} can be read again"
        )
    args.jets = files + more
    if not args.jets:
        parser.error("the following arguments are required: JETS.h5")
    if args.inputs == []:
        parser.error("argument --inputs: expected at least one field")
    if args.epochs is not None:
        _positive(parser, "-e/--epochs", args.epochs)
    if not 0 <= args.seed < 2**32:
        parser.error(f"argument --seed: {args.seed} is not in 0 to {2**32 - 1}")
    args.jets = [existing(file) for file in args.jets]
    return args


def _training_parser(description: str | None) -> argparse.ArgumentParser:
    parser = JetParser(description=description)
    parser.add_argument("jets", nargs="*", metavar="JETS.h5", help="files of labelled jets")
    parser.add_argument(
        "-o",
        "--output",
        type=folder,
        default=Path("model"),
        help="folder to write to (%(default)s)",
    )
    parser.add_argument(
        "-e",
        "--epochs",
        type=int,
        help="how often to see each jet (3, with hidden layers 10; of many jets less, of few more)",
    )
    parser.add_argument(
        "--inputs",
        nargs="+",
        metavar="FIELD",
        help="fields of /jets, or one with a transform as in jf_sig_log1p "
        "(rnnip_log_ratio jf_sig_log1p, or the log-ratios that there are)",
    )
    parser.add_argument(
        "--hidden", nargs="+", default=[], metavar="WIDTH", help="hidden layers (none)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (%(default)s)")
    add_jet_options(parser)
    return parser


def _split(tokens: list[str], fits: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    own = list(takewhile(fits, tokens))
    return own, tokens[len(own) :]


def _positive(parser: argparse.ArgumentParser, option: str, value: int) -> int:
    if value < 1:
        parser.error(f"argument {option}: {value} is not at least 1")
    return value
