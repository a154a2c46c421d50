"""Dump each derivation to a file of its own, many at a time, and put these parts together."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import h5py

from .dump import Record, dump, dump_file
from .errors import UserError
from .jet_writer import DATASET, JetWriter
from .origin import Origin
from .part_layout import KeptParts, Layout, fingerprint
from .provenance import Provenance
from .recipe import Recipe
from .selection import Summary
from .workers import workers

FINGERPRINT, RECORD = "part.fingerprint", "part.record"  # attributes of a part


class Task(NamedTuple):
    """A part that is to be made.

    Parameters
    ----------
    path
        The derivation.
    recipe
        Which jets, and which fields of them.
    part
        The HDF5 file.
    fingerprint
        What tells it from other parts.
    command
        The command line, for the record.
    keep
        Whether it is to stay.
    """

    path: str
    recipe: Recipe
    part: Path
    fingerprint: str
    command: str
    keep: bool

    def is_done(self) -> bool:
        """Whether an earlier call has made the part."""
        if not self.part.exists():
            return False
        with h5py.File(self.part) as file:
            return bool(file[DATASET].attrs.get(FINGERPRINT) == self.fingerprint)


def dump_in_parts(
    daods: Sequence[str],
    recipe: Recipe,
    layout: Layout,
    *,
    jobs: int | None,
    dask: str | None,
    **options: Any,
) -> str:
    """Write the jets of some derivations, each to a part; then merge the parts, or keep them.

    Parameters
    ----------
    daods
        File names or addresses.
    recipe
        Which jets, and which fields of them.
    layout
        Where the output and the parts are to lie.
    jobs, dask
        As for `workers.workers`.
    **options
        As for `dump.dump`.

    Returns
    -------
    str
        A summary for people.

    Raises
    ------
    UserError
        If an input cannot be used, no jet is left, or the work breaks off.
    """
    command, keep = options["command"], not layout.merge
    tasks = [
        Task(path, recipe, layout.part(number), fingerprint(path, recipe), command, keep)
        for number, path in enumerate(daods, 1)
    ]
    done = {task.part for task in tasks if layout.resume and task.is_done()}
    layout.prepare(done)
    writer = JetWriter(layout.output) if layout.merge else KeptParts(layout.output)
    try:
        with workers(jobs, dask, n_tasks=len(tasks)) as submit:
            futures = [_done(t) if t.part in done else submit(dump_part, t) for t in tasks]
            copy = partial(copy_part, parts=zip(tasks, futures, strict=True))
            try:
                summary = dump(daods, writer, recipe, copy=copy, **options)
            finally:
                for future in futures:
                    future.cancel()
        layout.finish()
    except UserError as error:
        raise type(error)(f"{error}{layout.note()}") from None
    except KeyboardInterrupt:
        print(f"dump-xaod:{layout.note()}", file=sys.stderr)
        raise
    finally:
        layout.clean()
    return summary


def dump_part(task: Task) -> Record:
    """Make one part; it appears under its name when it is complete.

    Parameters
    ----------
    task
        What is to be done.

    Returns
    -------
    tuple
        As `dump.dump_file`; without events there is no part.

    Raises
    ------
    UserError
        If the derivation cannot be used.
    """
    # A worker that was given up for dead may still be at the same part.
    unfinished = task.part.with_name(f".{task.part.name}.{uuid4().hex}")
    provenance = Provenance(task.command)
    try:
        with JetWriter(unfinished, compress=task.keep) as writer:
            summary, origin = dump_file(task.path, task.recipe, writer, provenance)
            if origin:
                provenance.add(origin)
                record = json.dumps({"summary": vars(summary), "origin": vars(origin)})
                marks = {FINGERPRINT: task.fingerprint, RECORD: record}
                writer.describe(provenance.attributes() | marks)
        if origin:
            unfinished.replace(task.part)
    finally:
        unfinished.unlink(missing_ok=True)
    return summary, origin


def _done(task: Task) -> Future[Record]:
    """Return what `dump_part` returned when it made a part."""
    with h5py.File(task.part) as file:
        record = json.loads(file[DATASET].attrs[RECORD])
    future: Future[Record] = Future()
    future.set_result((Summary.from_json(record["summary"]), Origin(**record["origin"])))
    return future


def copy_part(
    path: str,
    recipe: Recipe,
    writer: JetWriter,
    provenance: Provenance,
    *,
    parts: Iterator[tuple[Task, Future[Record]]],
) -> Record:
    """Append the next part, as soon as it is there, to an HDF5 file.

    Parameters
    ----------
    path, recipe, writer, provenance
        As for `dump.dump_file`.
    parts
        The tasks in the order of the inputs, and what will become of them.

    Returns
    -------
    tuple
        As from `dump.dump_file`.

    Raises
    ------
    UserError
        As from there, or if the work on the part breaks off.
    """
    task, future = next(parts)
    summary, origin = future.result()
    if recipe.max_events is not None and summary.events > recipe.max_events:
        return dump_file(path, recipe, writer, provenance)
    if origin:
        provenance.check(origin)
        writer.add_part(task.part)
    return summary, origin
