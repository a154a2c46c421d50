"""The command lines of the scripts that draw.

Nothing slow is imported here, such as NumPy or h5py: a typing error is reported at once.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from btagging.jet_options import add_jet_options, folder, parser
from btagging.jets.conditions import field_of_jets
from btagging.jets.hdf5 import existing
from btagging.ratio_options import add_ratio_options, chosen_ratio


def _plot_parser(
    description: str | None, *examples: str, network: str = ""
) -> argparse.ArgumentParser:
    """Make the parser of a script that draws jets; `network` is the help of --nn, if required."""
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
        required=bool(network),
        metavar=("ARCHITECTURE", "WEIGHTS"),
        help=network
        or "also draw the network that train_nn.py saved in these two files, or one model.keras; "
        "may be repeated",
    )
    result.add_argument(
        "--format",
        action="append",
        choices=("pdf", "png", "svg"),
        help="format of the pictures; may be repeated [png and pdf]",
    )
    add_jet_options(result)
    return result


def _verdict_parser(description: str | None, *examples: str) -> argparse.ArgumentParser:
    """Make the parser of a script that compares discriminants, on jets new to the network."""
    result = _plot_parser(description, *examples)
    add = result.add_argument
    add(
        "--all-jets",
        action="store_true",
        help="with --nn: also use the jets that the network was trained on",
    )
    add(
        "--taggers",
        type=lambda names: names.split(","),
        metavar="NAME",
        help="discriminants to draw, by name in roc.json or by title, as in GN2 jf_sig [all]",
    )
    add(
        "--weight",
        type=field_of_jets,
        metavar="FIELD",
        help="field with the weights of the jets [no weights]",
    )
    add_ratio_options(result)
    return result


def _parsed(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    args = parser.parse_args(argv)
    args.ratio = chosen_ratio(parser, args)
    return args


def parse_histograms(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line of `make_hist.py`: two discriminants may be chosen."""
    result = _verdict_parser(
        description,
        "make_hist.py data/output.h5",
        "make_hist.py data/output.h5 --nn model/architecture.json model/nn.weights.h5",
    )
    result.add_argument(
        "--pair",
        nargs=2,
        metavar=("X", "Y"),
        help="two discriminants to draw against each other [the first two]",
    )
    return _parsed(result, argv)


def parse_roc_curves(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line of `make_roc_curves.py`: the reference may be chosen."""
    result = _verdict_parser(
        description,
        "make_roc_curves.py data/output.h5",
        "make_roc_curves.py data/*.h5 --fc 0.1 --where 'pt > 50e3'",
    )
    result.add_argument(
        "--reference",
        metavar="NAME",
        help="discriminant in the denominator of the ratios [the first]",
    )
    _add_tau(result)
    result.add_argument(
        "--scan-fc",
        nargs="?",
        type=_share,
        const=0.7,
        metavar="E",
        help="also draw c rejection against light rejection for many f_c, at this b efficiency "
        "[%(const)s]",
    )
    return _parsed(result, argv)


def parse_efficiency(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line of `make_efficiency.py`: the bins, and the working point."""
    result = _verdict_parser(
        description,
        "make_efficiency.py data/output.h5 --versus pt_btagJes",
        "make_efficiency.py data/output.h5 --versus eta --efficiency 0.7 --flat",
    )
    _add_tau(result)
    add = result.add_argument
    add(
        "--versus",
        type=field_of_jets,
        default="pt",
        metavar="FIELD",
        help="field to bin in [%(default)s]",
    )
    add(
        "--bins",
        type=_edges,
        metavar="EDGE,EDGE,...",
        help="edges of the bins, as in 20e3,50e3,100e3 [those that suit pt in MeV, or |eta|]",
    )
    add(
        "--efficiency",
        type=_share,
        default=0.77,
        metavar="E",
        help="signal efficiency of the cut [%(default)s]",
    )
    add("--flat", action="store_true", help="a cut per bin, with this efficiency in each [one cut]")
    return _parsed(result, argv)


def _add_tau(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tau", action="store_true", help="also show the rejection of tau-jets [left out]"
    )


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _edges(text: str) -> list[float]:
    try:
        edges = [float(word) for word in text.split(",")]
    except ValueError:
        edges = []
    if len(edges) < 2 or any(not a < b for a, b in pairwise(edges)):
        raise argparse.ArgumentTypeError(f"{text}: edges must ascend, as in 20e3,50e3,100e3")
    return edges


def parse_validation(description: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line of `validate_nn.py`: that of a plot, and a tolerance."""
    result = _plot_parser(
        description,
        "validate_nn.py data/scored.h5 --nn model/architecture.json model/nn.weights.h5",
        "validate_nn.py s.h5 --tolerance 1e-6 --nn model/architecture.json model/nn.weights.h5",
        network="the network that train_nn.py saved in these two files",
    )
    result.add_argument(
        "--tolerance",
        type=_share,
        default=1e-5,
        help="largest allowed difference of a probability [%(default)s]",
    )
    args = result.parse_args(argv)
    if len(args.nn) > 1:
        result.error("argument -n/--nn: name one network, the one that scored the jets")
    return args


def inputs(args: argparse.Namespace) -> list[Path]:
    """List the input files, which no output may replace."""
    return [*args.jets, *(file for files in args.nn for file in files)]
