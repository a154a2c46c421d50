"""dump-xaod: from ATLAS derivations (DAOD) to one flat HDF5 dataset of jets."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .errors import UserError


def dump(
    daods: Sequence[str],
    output: Path,
    *,
    collection: str | None = None,
    variables: Sequence[str] | None = None,
    nn_file: Path | None = None,
    max_events: int | None = None,
    min_pt: float = 20,
    max_abs_eta: float = 2.5,
    command: str = "",
) -> str:
    """Write the jets of some derivations to one HDF5 file.

    Parameters
    ----------
    daods
        File names or addresses.
    output
        The HDF5 file; it appears under its name only when it is complete.
    collection
        The jets' container; None for the first known one with b-tagging variables.
    variables
        The fields; None for the default ones.
    nn_file
        The JSON of an lwtnn network, whose scores become fields too; None for none.
    max_events
        Stop after as many events; None for all.
    min_pt, max_abs_eta
        The jets to take; the transverse momentum is in GeV.
    command
        The command line, for the record.

    Returns
    -------
    str
        A summary for people.

    Raises
    ------
    UserError
        If an input cannot be used, or no jet is left.
    """
    from .choice import choose
    from .daod import open_daod
    from .jet_classifier import JetClassifier
    from .jet_writer import JetWriter
    from .provenance import Provenance
    from .selection import Selection, Summary
    from .xaod import find_jets

    selection = Selection(min_pt, max_abs_eta)
    classifier = JetClassifier(nn_file) if nn_file else None
    summary, provenance = Summary(), Provenance(command, classifier)
    with JetWriter(output) as writer:
        for path in daods:
            with open_daod(path) as daod:
                summary.files += 1
                if daod.store.n_events == 0:
                    print(f"{path}: has no events", file=sys.stderr)
                    continue
                jets = find_jets(daod, collection)
                fields = choose(variables, jets)
                inputs = classifier.inputs(jets, fields) if classifier else ()
                provenance.add(daod, jets, fields, inputs=inputs)
                sources = {source for field in fields + inputs for source in field.sources}
                left = max_events and max_events - summary.events
                for batch in jets.batches(sorted(sources | {"eta"}), left):
                    passed = selection.passed(batch)
                    summary.count_jets(batch, passed)
                    taken = batch.take(passed & batch.linked)
                    columns = {field.name: field.values(taken) for field in fields}
                    if classifier:
                        values = {field.name: field.values(taken) for field in inputs}
                        summary.defaulted.update(classifier.defaulted(values))
                        columns |= classifier.scores(values)
                    summary.count_fields(columns)
                    writer.append(columns)
                    show_progress(summary.files, len(daods), summary.written)
            if summary.events == max_events:
                break
        summary.check()
        writer.describe(provenance.attributes())
    return f"{output}: {provenance}\n{summary}"


def show_progress(n_files: int, n_all: int, n_jets: int) -> None:
    """Draw a bar on a terminal, nothing elsewhere.

    Parameters
    ----------
    n_files, n_all
        The number of the file that is read, and how many there are.
    n_jets
        Jets written so far.
    """
    if sys.stderr.isatty():
        bar = "#" * (30 * n_files // n_all)
        text = f"[{bar:30}] file {n_files} of {n_all}, {n_jets} jets"
        print(f"\r{text}", end="", file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="dump-xaod",
        description="Write the jets of ATLAS derivations (DAOD) to a flat HDF5 dataset, /jets.",
        epilog="Names for --variables are HDF5 names (gn2_log_ratio, jf_sig, mass), any tagger's "
        "<tagger>_log_ratio, or event-data names of the jet, its b-tagging object or its event "
        "(pt, GN2v01_pb, eventNumber); 'default' stands for the default fields.",
    )
    add = parser.add_argument
    add("daods", nargs="*", metavar="DAOD", help="derivation, TTree or RNTuple")
    add("-o", "--output", type=Path, default=Path("output.h5"), help="[%(default)s]")
    add("-c", "--collection", help="jet container [the first known one with b-tagging]")
    add("--variables", nargs="+", metavar="NAME", help="the fields to write [the tutorial's]")
    add("--nn-file", type=Path, metavar="JSON", help="add the scores of an lwtnn network, nn_p*")
    add("--max-events", type=_positive, metavar="N", help="stop after so many events [all]")
    add("--min-pt", type=float, default=20, metavar="GEV", help="jets have more [%(default)s]")
    add("--max-abs-eta", type=float, default=2.5, metavar="ETA", help="and less [%(default)s]")
    add("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _split_off_files(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate the names after --variables from the files that may follow them.

    A field's name is an identifier, and several may be joined by commas.
    """
    fields, files = [], []
    for name in names:
        parts = name.split(",")
        if all(part.isidentifier() for part in parts):
            fields += parts
        else:
            files.append(name)
    return fields, files


def main(argv: Sequence[str] | None = None) -> int:
    """Run dump-xaod.

    Parameters
    ----------
    argv
        The arguments; None for those of the command line.

    Returns
    -------
    int
        Exit code: 0, 2 after a mistake in the call or the data, 130 after Ctrl-C.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    args = parser().parse_args(words)
    variables, more_daods = _split_off_files(args.variables or [])
    daods = args.daods + more_daods
    if not daods:
        parser().error("the following arguments are required: DAOD")
    try:
        summary = dump(
            daods,
            args.output,
            collection=args.collection,
            variables=variables or None,
            nn_file=args.nn_file,
            max_events=args.max_events,
            min_pt=args.min_pt,
            max_abs_eta=args.max_abs_eta,
            command=shlex.join(["dump-xaod", *words]),
        )
    except UserError as error:
        print(f"dump-xaod: error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(
            f"dump-xaod: error: {error.name} is missing: pip install uproot h5py", file=sys.stderr
        )
        return 2
    except KeyboardInterrupt:
        print(f"dump-xaod: interrupted, {args.output} was not written", file=sys.stderr)
        return 130
    print(summary)
    return 0
