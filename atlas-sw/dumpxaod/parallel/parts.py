"""Dump each derivation to a part, many at a time, and merge the parts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from dumpxaod.dump import Advance, Input, Record, dump, dump_file, types_of
from dumpxaod.errors import CorruptDataError, UserError
from dumpxaod.hdf5.jet_writer import JetWriter, Output
from dumpxaod.options import DumpOptions
from dumpxaod.parallel.kept_parts import KeptParts
from dumpxaod.parallel.part_files import Layout
from dumpxaod.parallel.part_making import Task, dump_part
from dumpxaod.parallel.part_record import check_record, fingerprint, read_record, server_facts
from dumpxaod.parallel.workers import workers
from dumpxaod.provenance import Provenance


def dump_in_parts(
    daods: Sequence[str],
    options: DumpOptions,
    layout: Layout,
    *,
    jobs: int | None,
    dask: str | None,
    skip_bad_files: bool,
    command: str,
    inputs: Iterable[Path] = (),
) -> str:
    """Write the jets of each derivation to a part; then merge the parts, or keep them.

    Returns the same summary as `dump.dump`.

    Parameters
    ----------
    daods
        File names or addresses.
    options, skip_bad_files, command
        As for `dump.dump`.
    layout
        The paths of the output and its parts.
    jobs, dask
        As for `workers.workers`.
    inputs
        Files that must not be overwritten.

    Raises
    ------
    UserError
        If an input cannot be used, no jet is left, or the work breaks off.
    """
    tasks = [
        Task(
            path,
            options,
            layout.part(number),
            fingerprint(path, options),
            command=command,
            keep=not layout.merge,
        )
        for number, path in enumerate(daods, 1)
    ]
    with layout.locked():
        done = _made_before(tasks, layout) if layout.resume else {}
        if not layout.resume:
            layout.prepare((), ())
        make_output = JetWriter if layout.merge else KeptParts
        output: Output = make_output(layout.output, inputs=inputs)
        with _noting_parts(layout), workers(jobs, dask, n_tasks=len(tasks)) as submit:
            futures = [done.get(t.part) or submit(dump_part, t) for t in tasks]
            parts = [
                Input(task.path, partial(copy_part, task, future))
                for task, future in zip(tasks, futures, strict=True)
            ]
            try:
                summary = dump(
                    parts, output, options, skip_bad_files=skip_bad_files, command=command
                )
            finally:
                for future in futures:
                    future.cancel()
        layout.finish()
    return summary


@contextmanager
def _noting_parts(layout: Layout) -> Iterator[None]:
    """Say how many parts are done when the work is interrupted."""
    try:
        yield
    except UserError as error:
        raise type(error)(f"{error}{layout.note()}") from error
    except KeyboardInterrupt:
        if note := layout.note():
            print(f"dump-xaod:{note}", file=sys.stderr)
        raise


def _made_before(tasks: Sequence[Task], layout: Layout) -> dict[Path, Future[Record]]:
    """Find the parts that an earlier call made, and what `dump_part` returned for them."""
    done: dict[Path, Future[Record]] = {}
    damaged = []
    for task in tasks:
        if not task.part.exists():
            continue
        try:
            record = read_record(task.part)
        except CorruptDataError:
            damaged.append(task.part)
            continue
        if record.fingerprint == task.fingerprint and record.server == server_facts(task.path):
            done[task.part] = Future()
            done[task.part].set_result(record.dumped())
    layout.prepare(done, damaged)
    return done


def copy_part(
    task: Task,
    future: Future[Record],
    options: DumpOptions,
    output: Output,
    provenance: Provenance,
    advance: Advance,
) -> Record:
    """Append a part to the output, as soon as it is made.

    Parameters
    ----------
    task, future
        The part, and the result of `dump_part`.
    options, output, provenance, advance
        As for `dump.dump_file`.

    Raises
    ------
    UserError
        As `dump.dump_file`, or if the part cannot be made or read.
    """
    cutflow, record = future.result()
    if options.max_events is not None and cutflow.events > options.max_events:
        return dump_file(task.path, options, output, provenance, advance)
    if record:
        provenance.check(record)
        with check_record(task.part, task.fingerprint), types_of(task.path):
            output.add_part(task.part)
    return cutflow, record
