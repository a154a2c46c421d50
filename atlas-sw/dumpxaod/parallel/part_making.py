"""Dump one derivation to a part: the work of each process."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from dumpxaod.dump import Record, dump_file
from dumpxaod.hdf5.jet_writer import JetWriter
from dumpxaod.options import DumpOptions
from dumpxaod.parallel.part_record import ATTRIBUTE, PartRecord, server_facts
from dumpxaod.provenance import Provenance


class Task(NamedTuple):
    """A part to make.

    Parameters
    ----------
    fingerprint
        As of `part_record.fingerprint`.
    keep
        Whether it is kept, not merged.
    """

    path: str
    options: DumpOptions
    part: Path
    fingerprint: str
    command: str
    keep: bool


def dump_part(task: Task) -> Record:
    """Make one part, which appears when it is complete; return the same as `dump.dump_file`.

    Without events there is no part.

    Raises
    ------
    UserError
        If the derivation cannot be used.
    """
    facts = server_facts(task.path)  # first: if the file is replaced now, the part is made again
    provenance = Provenance(task.command)
    try:
        with JetWriter(task.part, keep=task.keep) as writer:
            cutflow, record = dump_file(task.path, task.options, writer, provenance)
            if record is None:
                raise _NoEvents
            provenance.add(record)
            part = PartRecord(task.fingerprint, facts, writer.n_rows, vars(cutflow), asdict(record))
            attributes = provenance.attributes() | {ATTRIBUTE: part.text()}
            writer.describe(attributes, provenance.table_attributes())
    except _NoEvents:
        pass
    return cutflow, record


class _NoEvents(Exception):  # noqa: N818 - no error
    """Abandons a part that would have no events."""
