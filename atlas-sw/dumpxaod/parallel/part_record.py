"""The record in each part, which tells whether the part can be used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from dumpxaod import __version__
from dumpxaod.cutflow import Cutflow
from dumpxaod.dump import Record
from dumpxaod.errors import CorruptDataError, FatalError
from dumpxaod.files.names import is_remote
from dumpxaod.hdf5.jet_writer import DATASET
from dumpxaod.input_record import InputRecord
from dumpxaod.options import DumpOptions

ATTRIBUTE = "part.record"


@dataclass(frozen=True)
class PartRecord:
    """The record in a part.

    Parameters
    ----------
    fingerprint
        As of `fingerprint`.
    server
        As of `server_facts`.
    n_rows
        Number of rows of each dataset.
    cutflow, input
        What `dump.dump_file` returned, as dictionaries.
    """

    fingerprint: str
    server: str
    n_rows: dict[str, int]
    cutflow: dict[str, Any]
    input: dict[str, Any]

    def text(self) -> str:
        """Return the record as JSON."""
        return json.dumps(vars(self))

    def dumped(self) -> Record:
        """Return what `dump.dump_file` returned."""
        return Cutflow.from_json(self.cutflow), InputRecord.from_json(self.input)


def read_record(part: Path) -> PartRecord:
    """Read the record of a part, and check that the whole part can be read.

    Raises
    ------
    CorruptDataError
        If anything in the part is damaged or missing.
    """
    with _damage_named(), h5py.File(part) as file:
        record = PartRecord(**json.loads(file[DATASET].attrs[ATTRIBUTE]))
        record.dumped()
        n_rows = {name: len(dataset) for name, dataset in file.items()}
        if n_rows != record.n_rows:
            raise CorruptDataError(f"the datasets have {n_rows} rows instead of {record.n_rows}")
        for dataset in file.values():
            for chunk in dataset.iter_chunks():
                dataset[chunk]  # verifies the checksum
        return record


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # h5py raises a different one for each kind of damage
        raise CorruptDataError(str(error)) from error


@contextmanager
def check_record(part: Path, expected: str) -> Iterator[None]:
    """Check the fingerprint of a complete part, and report what fails while it is read.

    Raises
    ------
    FatalError
        If the part has another fingerprint, or cannot be read.
    """
    try:
        with h5py.File(part) as file:
            record = PartRecord(**json.loads(file[DATASET].attrs[ATTRIBUTE]))
        # A presumed-dead worker of an earlier call may still write this part.
        if record.fingerprint != expected:
            raise CorruptDataError("it was replaced")
        yield
    except (CorruptDataError, OSError, RuntimeError, KeyError, ValueError) as error:
        raise FatalError(f"{part}: cannot be used any more ({error}); call again") from error


def fingerprint(path: str, options: DumpOptions) -> str:
    """Hash what decides the content of a part: version, input, options and network."""
    facts = [__version__, path, repr(options)]
    with suppress(OSError):  # a missing file is reported when it is dumped
        if not is_remote(path):
            status = Path(path).stat()
            facts += [str(status.st_size), str(status.st_mtime_ns)]
        if options.nn_file:
            facts.append(hashlib.sha256(options.nn_file.read_bytes()).hexdigest())
    return hashlib.sha256("\n".join(facts).encode(errors="surrogateescape")).hexdigest()


def server_facts(path: str) -> str:
    """Ask the server of a remote file for its `remote.identity`; empty for a local file.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    if not is_remote(path):
        return ""
    from dumpxaod.files.remote import identity
    from dumpxaod.rootio.daod import errors_about

    with errors_about(path):
        return identity(path)
