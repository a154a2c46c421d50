"""The command line of dump-xaod."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from dumpxaod import __version__
from dumpxaod.options import MOST_TRACKS, SELECTIONS, DumpOptions
from dumpxaod.words import require_files, split_off_files, with_number_of_tracks

EPILOG = """\
Names for --variables are those of HDF5 (gn2_log_ratio, jf_sig, mass), any tagger's
<tagger>_log_ratio, or those of the event data: of the jet, its b-tagging object or
its event (pt, GN2v01_pb, eventNumber). 'default' stands for the default fields, and
'ftag' for all that atlas-ftag-tools, puma, UPP and salt want. A variable's full name,
as in AnalysisJetsAuxDyn.mass, always means that variable as it is stored.

examples:
  dump-xaod -o data/output.h5 data/sample.DAOD.root
  dump-xaod -j 8 DAOD_PHYSLITE.*.root --variables default pt eta
  dump-xaod --tracks 40 --track-variables default chiSquared -- DAOD_PHYSLITE.root
"""


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line; argparse reports a mistake in it and ends the program."""
    args = parser().parse_args(with_number_of_tracks(words))
    args.variables, more_daods = split_off_files(args.variables or [])
    args.track_variables, more = split_off_files(args.track_variables or [])
    more_daods += more
    if not args.dask:  # its machines may have other files
        require_files(more_daods)
    args.daods += more_daods
    if not args.daods:
        parser().error("the following arguments are required: DAOD")
    for name in ("track_variables", "track_selection"):
        if getattr(args, name) and args.tracks is None:
            parser().error(f"--{name.replace('_', '-')} needs --tracks")
    if args.track_association is not None and args.tracks is None and args.nn_file is None:
        parser().error("--track-association needs --tracks or --nn-file")
    if args.max_events and not args.merge:
        parser().error("--max-events counts over all files: leave out --no-merge")
    return args


def parser() -> argparse.ArgumentParser:
    """Make the argparse parser."""
    parser = argparse.ArgumentParser(
        prog="dump-xaod",
        description="Write the jets of ATLAS derivations (DAOD) to a flat HDF5 dataset, /jets.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "daods",
        nargs="*",
        metavar="DAOD",
        help="derivation, TTree or RNTuple: a file, a pattern, an address "
        "(https://, http://, root://), or @FILE with one of these per line",
    )
    add(
        "-o",
        "--output",
        type=Path,
        default=Path("output.h5"),
        metavar="FILE",
        help="the HDF5 file to write [%(default)s]",
    )
    add(
        "-c",
        "--collection",
        metavar="NAME",
        help="jet container, as in AntiKt4EMPFlowJets [the first known one with b-tagging]",
    )
    add(
        "--variables",
        nargs="+",
        metavar="NAME",
        help="the fields to write [RNNIP, JetFitter and the label, or other taggers' log-ratios]",
    )
    add("--nn-file", type=Path, metavar="JSON", help="lwtnn network: add its scores, as in nn_pb")
    add("--max-events", type=_positive, metavar="N", help="stop after N events [all]")
    add(
        "--min-pt",
        type=float,
        default=DumpOptions.min_pt,
        metavar="GEV",
        help="minimum jet pT in GeV [%(default)s]",
    )
    add(
        "--max-abs-eta",
        type=float,
        default=DumpOptions.max_abs_eta,
        metavar="ETA",
        help="maximum |eta| of jets [%(default)s]",
    )
    add("--version", action="version", version=f"%(prog)s {__version__}")
    _add_tracks(parser.add_argument_group("tracks"))
    _add_many_files(parser.add_argument_group("many files"))
    return parser


def _add_tracks(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--tracks",
        type=_number_of_tracks,
        metavar="[N]",
        help="write /tracks, at most N per jet [40], and /eventwise",
    )
    add(
        "--track-variables",
        nargs="+",
        metavar="NAME",
        help="the fields of a track: HDF5 names (IP3D_signed_d0), event-data names (chiSquared), "
        "or 'default' for kinematics, impact parameters and hits",
    )
    add(
        "--track-association",
        metavar="NAME",
        help="the links from a jet to its tracks [GhostTrack, else BTagTrackToJetAssociator]",
    )
    add(
        "--track-selection",
        choices=SELECTIONS,
        help=f"selection of tracks [{DumpOptions.track_selection}]",
    )


def _add_many_files(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("-j", "--jobs", type=_positive, metavar="N", help="dump N files at a time [1]")
    add(
        "--dask",
        metavar="ADDRESS",
        help="dump on the cluster of this scheduler; 'local' starts one here, with -j workers",
    )
    add(
        "--skip-bad-files",
        action="store_true",
        help="leave out files that cannot be used, and say so [stop at the first]",
    )
    add("--resume", action="store_true", help="use the parts of an interrupted call")
    add(
        "--merge",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="write the jets of all files to one; --no-merge writes one per input, as in "
        "output.00001.h5 [--merge]",
    )


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def _number_of_tracks(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MOST_TRACKS):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 to {MOST_TRACKS}")
    return int(text)
