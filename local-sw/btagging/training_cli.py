"""The arguments of `train_nn.py` and `train_tracks.py`.

Nothing here imports NumPy, h5py or anything else that is slow: a typing mistake is told at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path

from btagging.cli import folder, parser
from btagging.jet_options import add_jet_options, jet_field
from btagging.jets.hdf5 import existing
from btagging.network.layer_options import MAX_UNITS
from btagging.network.layer_order import MAX_LAYERS


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
        With output, epochs, inputs, hidden, weight, reweight, seed, dataset, labels, where, jets.

    Raises
    ------
    UserError
        If a file does not exist.
    """
    return _parse(
        _training_parser(
            description,
            "train_nn.py data/output.h5",
            "train_nn.py data/output.h5 --hidden 16 16 -e 20 -o model-16-16",
        ),
        argv,
    )


def parse_track_training(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line of `train_tracks.py`, as `parse_training`.

    Returns
    -------
    argparse.Namespace
        With track_inputs, track_hidden and tracks_only as well.
    """
    parser = _training_parser(
        description,
        "train_tracks.py data/output.h5 -o model-tracks",
        "train_tracks.py data/output.h5 --tracks-only --track-hidden 64 64 -o model-tracks",
    )
    add = parser.add_argument
    add(
        "--track-inputs",
        nargs="+",
        metavar="FIELD",
        help="fields of /tracks, or one with a transform (log, log1p, symlog) as in dr_log "
        "[significances of impact parameters, ptfrac, dr, hits]",
    )
    add(
        "--track-hidden",
        nargs="+",
        default=["32", "32"],
        metavar="WIDTH",
        help="numbers of outputs of the layers before the sum over the tracks [32 32]",
    )
    add("--tracks-only", action="store_true", help="leave out the inputs from /jets")
    parser.set_defaults(hidden=["32"])
    args = _parse(parser, argv)
    if args.tracks_only and args.inputs is not None:
        parser.error("argument --tracks-only: not allowed with argument --inputs")
    return args


def _parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    args = parser.parse_intermixed_args(argv)
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
    if not args.jets:
        parser.error("the following arguments are required: JETS.h5")
    if args.epochs is not None:
        _positive(parser, "-e/--epochs", args.epochs)
    if not 0 <= args.seed < 2**32:
        parser.error(f"argument --seed: {args.seed} is not in 0 to {2**32 - 1}")
    args.jets = [existing(file) for file in args.jets]
    return args


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _widths(parser: argparse.ArgumentParser, option: str, words: Sequence[str]) -> list[int]:
    widths = [_positive(parser, option, int(width)) for width in words]
    # What cannot be read again is not worth training. The last layer is the softmax.
    if max(widths, default=1) > MAX_UNITS or len(widths) >= MAX_LAYERS:
        parser.error(
            f"argument {option}: at most {MAX_LAYERS - 1} layers of {MAX_UNITS} can be read again"
        )
    return widths


def _training_parser(description: str | None, *examples: str) -> argparse.ArgumentParser:
    result = parser(description, *examples)
    add = result.add_argument
    add("jets", nargs="*", metavar="JETS.h5", help="files of labelled jets")
    add(
        "-o",
        "--output",
        type=folder,
        default=Path("model"),
        metavar="FOLDER",
        help="where to write the network [%(default)s]",
    )
    add(
        "-e",
        "--epochs",
        type=int,
        metavar="N",
        help="how often to see each jet [3, with hidden layers 10; fewer of very many jets, more "
        "of few]",
    )
    add(
        "--inputs",
        nargs="+",
        metavar="FIELD",
        help="fields of /jets, or one with a transform as in jf_sig_log1p [rnnip_log_ratio "
        "jf_sig_log1p, or the log-ratios that there are]",
    )
    add(
        "--hidden",
        nargs="+",
        default=[],
        metavar="WIDTH",
        help="numbers of outputs of hidden layers, from the first to the last [none]",
    )
    add(
        "--weight",
        type=jet_field,
        metavar="FIELD",
        help="the field with the jets' weights [each counts once]",
    )
    add(
        "--reweight",
        nargs="+",
        default=[],
        metavar="FIELD",
        help="give each flavour the b-jets' spectrum in these fields, by weights, as in "
        "pt_btagJes absEta_btagJes, so that they are no answer by themselves [none]",
    )
    add("--seed", type=int, default=1, metavar="N", help="of all that is random [%(default)s]")
    add_jet_options(result)
    return result


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


def _positive(parser: argparse.ArgumentParser, option: str, value: int) -> int:
    if value < 1:
        parser.error(f"argument {option}: {value} is not at least 1")
    return value
