"""The command line of dump-xaod."""

from __future__ import annotations

import argparse
import glob
from collections.abc import Sequence
from pathlib import Path

from dumpxaod import __version__
from dumpxaod.errors import UserError
from dumpxaod.files.names import LIST, is_remote
from dumpxaod.options import MOST_TRACKS, SELECTIONS, TRACKS_PER_JET, DumpOptions
from dumpxaod.xaod import names

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
    """Read the command line; a mistake in it ends the program, with a line that tells it.

    Parameters
    ----------
    words
        The arguments.
    """
    args = parser().parse_args(_with_number_of_tracks(words))
    args.variables, more_daods = _split_off_files(args.variables or [])
    args.track_variables, more = _split_off_files(args.track_variables or [])
    more_daods += more
    if not args.dask:  # its machines may have other files
        _require_names_or_files(more_daods)
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
    """Describe the command line."""
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
    add("--max-events", type=_positive, metavar="N", help="stop after so many events [all]")
    add(
        "--min-pt",
        type=float,
        default=DumpOptions.min_pt,
        metavar="GEV",
        help="jets have a larger pt than this, in GeV [%(default)s]",
    )
    add(
        "--max-abs-eta",
        type=float,
        default=DumpOptions.max_abs_eta,
        metavar="ETA",
        help="jets have a smaller |eta| than this [%(default)s]",
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
        help=f"the tracks that are taken [{DumpOptions.track_selection}]",
    )


def _add_many_files(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("-j", "--jobs", type=_positive, metavar="N", help="dump so many files at a time [1]")
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
    add("--resume", action="store_true", help="use the parts of an earlier call that broke off")
    add(
        "--merge",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="put the jets of all files into one; without, each file of jets stays by itself, as "
        "in output.00001.h5 [--merge]",
    )


def _with_number_of_tracks(words: Sequence[str]) -> list[str]:
    """Add the usual number after a --tracks without one, which would else take a file for it."""
    given = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        has_number = word != "--tracks" or following.lstrip("-").isdecimal()
        given.append(word if has_number else f"--tracks={TRACKS_PER_JET}")
    return given


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 on")
    return int(text)


def _number_of_tracks(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MOST_TRACKS):
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 to {MOST_TRACKS}")
    return int(text)


def _split_off_files(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate the names after --variables from the files that may follow them.

    A field's name is an identifier or a variable's full name, and several may be joined by commas.
    """
    fields, files = [], []
    for word in words:
        parts = [part.strip() for part in word.rstrip(", ").split(",")]
        if all(part.isidentifier() for part in parts) or _has_full_name(word):
            fields += [names.check(part) for part in parts]
        else:
            files.append(word)
    return fields, files


def _require_names_or_files(words: Sequence[str]) -> None:
    """Refuse a word after --variables that is neither a field's name nor looks like a file."""
    for word in words:
        is_given = word.startswith(LIST) or is_remote(word) or glob.has_magic(word)
        if not (is_given or ".root" in word or _exists(word)):
            raise UserError(
                f"{word}: there is no such file, and it is no name for a field: a name has "
                "letters, digits and _, or is a variable's full name, as in AnalysisJetsAuxDyn.pt"
            )


def _has_full_name(word: str) -> bool:
    parts = [part.strip() for part in word.rstrip(", ").split(",")]
    known = all(part.isidentifier() or names.split(part) for part in parts)
    return known and ".root" not in word and not _exists(word)


def _exists(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # too long, or with a NUL
        return False
