"""The loop over derivations, and in each of them over batches of jets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from dumpxaod.cutflow import Cutflow, Selection
from dumpxaod.errors import FatalError, UserError, shown
from dumpxaod.fields.choice import choose
from dumpxaod.fields.plausibility import require_plausible
from dumpxaod.hdf5.jet_writer import JetWriter
from dumpxaod.input_record import InputRecord, describe
from dumpxaod.jet_classifier import JetClassifier
from dumpxaod.options import DumpOptions
from dumpxaod.provenance import Provenance
from dumpxaod.rootio.daod import open_daod, reading
from dumpxaod.xaod.find_jets import find_jets

Record = tuple[Cutflow, InputRecord | None]
Copy = Callable[[str, DumpOptions, JetWriter, Provenance], Record]


def dump_file(path: str, recipe: DumpOptions, writer: JetWriter, provenance: Provenance) -> Record:
    """Append the jets of one derivation to an HDF5 file.

    Parameters
    ----------
    path
        File name or address.
    recipe
        Which jets, and which fields of them.
    writer
        The HDF5 file.
    provenance
        Knows what the fields mean that are in it.

    Returns
    -------
    tuple
        The counts, and what there is to be said of the input; None if it has no events.

    Raises
    ------
    UserError
        If the input cannot be used.
    """
    selection, summary = Selection(recipe.min_pt, recipe.max_abs_eta), Cutflow(files=1)
    classifier = JetClassifier(recipe.nn_file) if recipe.nn_file else None
    with open_daod(path) as daod:
        if daod.store.n_events == 0:
            print(f"{shown(path)}: has no events", file=sys.stderr)
            return summary, None
        jets = find_jets(daod, recipe.collection)
        fields = choose(recipe.variables, jets)
        inputs = classifier.inputs(jets, fields) if classifier else ()
        origin = describe(
            daod, jets, fields, selection=selection, inputs=inputs, classifier=classifier
        )
        provenance.check(origin)
        sources = {source for field in fields + inputs for source in field.sources}
        for batch in jets.batches(sorted(sources | {"eta"}), recipe.max_events):
            with reading(path):
                require_plausible(batch.values, jets.places)
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
        summary.count_bytes(daod)
        return summary, origin.after_reading(daod, summary)


def dump(
    daods: Sequence[str],
    writer: JetWriter,
    recipe: DumpOptions,
    *,
    copy: Copy = dump_file,
    skip_bad_files: bool = False,
    command: str = "",
) -> str:
    """Write the jets of some derivations to one HDF5 file.

    Parameters
    ----------
    daods
        File names or addresses.
    writer
        The HDF5 file.
    recipe
        Which jets, and which fields of them.
    copy
        Appends the jets of one derivation, as `dump_file` does.
    skip_bad_files
        Whether a derivation that cannot be used is left out.
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
    summary, provenance = Cutflow(), Provenance(command)
    with writer, progress_line():
        for number, path in enumerate(daods, 1):
            writer.progress = partial(show_progress, number, len(daods))
            rest = recipe.after(summary.events)
            n_jets = writer.n_jets
            try:
                counts, origin = copy(path, rest, writer, provenance)
            except UserError as error:
                if not skip_bad_files or isinstance(error, FatalError):
                    raise
                writer.truncate(n_jets)
                provenance.skip(path, str(error))
                print(f"dump-xaod: left out: {shown(error, 2000)}", file=sys.stderr)
                continue
            summary += counts
            if origin:
                provenance.add(origin)
            if summary.events == recipe.max_events:
                break
        provenance.require_inputs()
        summary.check()
        writer.describe(provenance.attributes())
    return f"{writer}: {provenance}\n{summary}"


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


@contextmanager
def progress_line() -> Iterator[None]:
    """Erase the bar at the end, for what is printed then."""
    try:
        yield
    finally:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
