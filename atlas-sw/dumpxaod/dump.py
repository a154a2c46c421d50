"""The loop over derivations, and in each of them over batches of jets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from dumpxaod.cutflow import Cutflow, passes
from dumpxaod.errors import FatalError, UserError, shown
from dumpxaod.fields.choice import choose
from dumpxaod.fields.columns import Columns, Fields
from dumpxaod.fields.plausibility import require_plausible
from dumpxaod.fields.tables import Table
from dumpxaod.hdf5.jet_writer import Output
from dumpxaod.input_record import InputRecord, describe
from dumpxaod.jet_classifier import JetClassifier
from dumpxaod.options import DumpOptions
from dumpxaod.provenance import Provenance
from dumpxaod.rootio.daod import errors_about, open_daod
from dumpxaod.terminal import progress
from dumpxaod.xaod.find_jets import find_jets
from dumpxaod.xaod.jet_collection import JetCollection

Record = tuple[Cutflow, InputRecord | None]
"""The counts of an input, and its record; None if it has no events."""


Advance = Callable[[float, Cutflow], None]
"""Shows the progress within a file: the fraction that is done, and the counts so far."""


class Input(NamedTuple):
    """A derivation to dump.

    Parameters
    ----------
    path
        File name or address.
    append
        Appends its jets to an output, as `dump_file` does.
    """

    path: str
    append: Callable[[DumpOptions, Output, Provenance, Advance], Record]


def dump_file(
    path: str,
    options: DumpOptions,
    output: Output,
    provenance: Provenance,
    advance: Advance = lambda share, counts: None,
) -> Record:
    """Append the jets of one derivation to an HDF5 file.

    Parameters
    ----------
    path
        File name or address.
    options, output
        Which jets and fields, and where to append them.
    provenance
        Of the inputs before, which this one must agree with.
    advance
        Called after each batch.

    Raises
    ------
    UserError
        If the input cannot be used.
    """
    cutflow = Cutflow(files=1)
    with open_daod(path) as daod:
        if daod.store.n_events == 0:
            print(f"{shown(path)}: has no events", file=sys.stderr)
            return cutflow, None
        jets = find_jets(daod, options.collection)
        columns, tables = choose_columns(jets, options), choose_tables(jets, options)
        record = describe(jets, columns, tables, options)
        provenance.check(record)
        n_events = min(daod.store.n_events, options.max_events or daod.store.n_events)
        needed: list[Columns | Table] = [*columns, *tables]
        sources = {"eta"}.union(*(each.sources for each in needed))
        objects = set[tuple[str, str]]().union(*(each.objects for each in needed))
        for batch in jets.batches(sorted(sources), options.max_events, objects):
            with errors_about(path):
                require_plausible(batch.values, jets.places)
            passed = passes(batch, options)
            cutflow.count_jets(batch, passed)
            taken = batch.take(passed & batch.linked)
            computed: dict[str, Any] = {}
            for group in columns:
                computed |= group.compute(taken)
            cutflow.count_fields(computed)
            with errors_about(path):
                rows = {table.name: table.rows(taken) for table in tables}
            with types_of(path):
                output.append(computed, rows)
            advance(cutflow.events / n_events, cutflow)
        cutflow.count_file(daod, columns, tables)
        warnings = [some.warning() for some in columns] + [table.warning() for table in tables]
        for warning in dict.fromkeys(filter(None, warnings)):
            print(f"{shown(path)}: {warning}", file=sys.stderr)
        return cutflow, record.after_reading(daod, cutflow)


@contextmanager
def types_of(path: str) -> Iterator[None]:
    """Name the input whose values do not fit those of the inputs before.

    Raises
    ------
    UserError
        As the output raises it, but for a `FatalError`, which is no input's.
    """
    try:
        yield
    except FatalError:
        raise
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def choose_columns(jets: JetCollection, options: DumpOptions) -> list[Columns]:
    """Choose the columns of /jets: the fields, and the scores of a network if any."""
    fields = choose(options.variables, jets)
    columns: list[Columns] = [Fields(jets, fields)]
    if options.nn_file:
        columns.append(JetClassifier(options.nn_file).on(jets, fields, options))
    return columns


def choose_tables(jets: JetCollection, options: DumpOptions) -> list[Table]:
    """Choose the other datasets: none, or /tracks and /eventwise."""
    if options.tracks is None:
        return []
    from dumpxaod.fields.table_choice import track_tables  # slow, and not needed for jets alone

    return track_tables(jets, options.tracks, options)


def dump(
    inputs: Sequence[Input],
    output: Output,
    options: DumpOptions,
    *,
    skip_bad_files: bool,
    command: str,
) -> str:
    """Write the jets of some derivations to one HDF5 file, and return a summary for people.

    Parameters
    ----------
    inputs, output, options
        Where the jets come from, where they go, and which jets and fields.
    skip_bad_files
        Whether a derivation that cannot be used is left out.
    command
        The command line, which the output records.

    Raises
    ------
    UserError
        If an input cannot be used, or no jet is left.
    """
    cutflow, provenance = Cutflow(), Provenance(command)
    with output, progress(len(inputs), "files") as reach:
        for n_done, (path, append) in enumerate(inputs):
            advance = partial(_show, reach, n_done, cutflow)
            n_rows = output.n_rows
            try:
                rest = options.after(cutflow.events)
                counts, record = append(rest, output, provenance, advance)
            except UserError as error:
                if not skip_bad_files or isinstance(error, FatalError):
                    raise
                output.truncate(n_rows)
                provenance.skip(path, str(error))
                print(f"dump-xaod: left out: {shown(error, 2000)}", file=sys.stderr)
                continue
            advance(1, counts)
            cutflow += counts
            if record:
                provenance.add(record)
            if cutflow.events == options.max_events:
                break
        provenance.require_inputs()
        cutflow.require_jets(options)
        output.describe(provenance.attributes(), provenance.table_attributes())
    return f"{output}: {provenance}\n{cutflow}"


def _show(
    reach: Callable[[float, str], None], n_done: int, before: Cutflow, share: float, counts: Cutflow
) -> None:
    events, jets = before.events + counts.events, before.written + counts.written
    reach(n_done + share, f"{events:,} events, {jets:,} jets")
