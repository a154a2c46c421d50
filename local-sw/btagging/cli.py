"""The arguments of the scripts.

Nothing here imports NumPy, h5py or anything else that is slow: a typing mistake is told at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from btagging import __version__
from btagging.errors import UserError, shown
from btagging.jet_options import JetParser, add_jet_options, jet_field
from btagging.jets.hdf5 import existing
from btagging.ratio_options import add_ratio_options, chosen_ratio

if TYPE_CHECKING:
    from btagging.discriminants import Discriminant


def parser(description: str | None, *examples: str) -> argparse.ArgumentParser:
    """Make the parser of a script that reads jets.

    Parameters
    ----------
    description
        The script's docstring.
    examples
        Command lines to show.
    """
    result = JetParser(
        description=description,
        epilog="\n  ".join(["examples:", *examples]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return result


def plot_parser(description: str | None, *examples: str) -> argparse.ArgumentParser:
    """Make the parser of a script that draws jets; as `parser`."""
    result = parser(description, *examples)
    result.add_argument("jets", nargs="+", type=existing, metavar="JETS.h5", help="files of jets")
    result.add_argument(
        "-o",
        "--output",
        type=folder,
        default=Path("plots"),
        metavar="FOLDER",
        help="where to write the pictures [%(default)s]",
    )
    result.add_argument(
        "-n",
        "--nn",
        nargs=2,
        type=Path,
        action="append",
        default=[],
        metavar=("ARCHITECTURE", "WEIGHTS"),
        help="add the network that train_nn.py saved in these two files, or one model.keras; may "
        "be given more than once",
    )
    result.add_argument(
        "--format",
        action="append",
        choices=("pdf", "png", "svg"),
        help="of the pictures; may be given more than once [png and pdf]",
    )
    add_jet_options(result)
    return result


def _verdict_parser(description: str | None, *examples: str) -> argparse.ArgumentParser:
    """Make the parser of a script that compares discriminants, on jets new to the network."""
    result = plot_parser(description, *examples)
    add = result.add_argument
    add(
        "--all-jets",
        action="store_true",
        help="with --nn: use the jets that the network was trained on, too",
    )
    add(
        "--taggers",
        type=lambda names: names.split(","),
        metavar="NAME",
        help="draw only these, by their names in roc.json or their titles, as in GN2 jf_sig [all]",
    )
    add(
        "--weight",
        type=jet_field,
        metavar="FIELD",
        help="the field with the jets' weights [each counts once]",
    )
    add_ratio_options(result)
    return result


def _parsed(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    args = parser.parse_args(argv)
    args.ratio = chosen_ratio(parser, args)
    return args


def parse_histograms(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line of `make_hist.py`: two discriminants may be chosen."""
    result = _verdict_parser(
        description,
        "make_hist.py data/output.h5",
        "make_hist.py data/output.h5 --nn model/architecture.json model/nn.weights.h5",
    )
    result.add_argument(
        "--pair",
        nargs=2,
        metavar=("ACROSS", "UPWARDS"),
        help="the two discriminants to draw against each other [the first two]",
    )
    return _parsed(result, argv)


def parse_roc_curves(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line of `make_roc_curves.py`: the reference may be chosen."""
    result = _verdict_parser(
        description,
        "make_roc_curves.py data/output.h5",
        "make_roc_curves.py data/*.h5 --fc 0.1 --where 'pt > 50e3'",
    )
    result.add_argument(
        "--reference",
        metavar="NAME",
        help="the discriminant to which the others' rejections are compared [the first]",
    )
    _add_tau(result)
    result.add_argument(
        "--scan-fc",
        nargs="?",
        type=float,
        const=0.7,
        metavar="E",
        help="also draw c rejection against light rejection for all f_c, at this b efficiency "
        "[%(const)s]",
    )
    args = _parsed(result, argv)
    if args.scan_fc is not None and not 0 < args.scan_fc <= 1:
        result.error(f"argument --scan-fc: {args.scan_fc:g} is not between 0 and 1")
    return args


def parse_efficiency(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line of `make_efficiency.py`: the bins, and the working point."""
    result = _verdict_parser(
        description,
        "make_efficiency.py data/output.h5 --versus pt_btagJes",
        "make_efficiency.py data/output.h5 --versus eta --efficiency 0.7 --flat",
    )
    _add_tau(result)
    add = result.add_argument
    add(
        "--versus",
        type=jet_field,
        default="pt",
        metavar="FIELD",
        help="the field to bin in [%(default)s]",
    )
    add(
        "--bins",
        type=_edges,
        metavar="EDGE,EDGE,...",
        help="edges of the bins, as in 20e3,50e3,100e3 [those that suit pt in MeV, or |eta|]",
    )
    add(
        "--efficiency",
        type=float,
        default=0.77,
        metavar="E",
        help="the share of the signal's jets to keep [%(default)s]",
    )
    add("--flat", action="store_true", help="keep this share in each bin [in all bins together]")
    args = _parsed(result, argv)
    if not 0 < args.efficiency <= 1:
        result.error(f"argument --efficiency: {args.efficiency:g} is not between 0 and 1")
    return args


def _add_tau(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tau", action="store_true", help="show the rejection of tau-jets, too [left out]"
    )


def _edges(text: str) -> list[float]:
    try:
        edges = [float(word) for word in text.split(",")]
    except ValueError:
        edges = []
    if len(edges) < 2 or any(not a < b for a, b in pairwise(edges)):
        raise argparse.ArgumentTypeError(f"{text} are no rising numbers, as in 20e3,50e3,100e3")
    return edges


def chosen_pair(names: Sequence[str] | None, found: Sequence[Discriminant]) -> list[int]:
    """Return the places of the discriminants to draw against each other; none if there is one."""
    if names is None:
        return [0, 1] if len(found) > 1 else []
    return [found.index(named("--pair", name, found)) for name in names]


def chosen(
    option: str, names: Sequence[str] | None, found: Sequence[Discriminant]
) -> list[Discriminant]:
    """Choose discriminants by their names or titles; all if None are named."""
    return list(found) if names is None else [named(option, name, found) for name in names]


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
    result = plot_parser(
        description,
        "validate_nn.py data/scored.h5 --nn model/architecture.json model/nn.weights.h5",
        "validate_nn.py s.h5 --tolerance 1e-6 --nn model/architecture.json model/nn.weights.h5",
    )
    for action in result._actions:
        if action.dest == "nn":
            action.required = True
            action.help = "the network that train_nn.py saved in these two files"
    result.add_argument(
        "--tolerance",
        type=float,
        default=1e-5,
        help="largest difference of a probability that is allowed [%(default)s]",
    )
    args = result.parse_args(argv)
    if len(args.nn) > 1:
        result.error("argument -n/--nn: name one network, the one that scored the jets")
    if not 0 < args.tolerance < 1:
        result.error(f"argument --tolerance: {args.tolerance} is not between 0 and 1")
    return args


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


def inputs(args: argparse.Namespace) -> list[Path]:
    """List the files that a script reads, none of which it may write over."""
    return [*args.jets, *(file for files in args.nn for file in files)]
