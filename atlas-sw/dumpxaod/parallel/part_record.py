"""What a part says of itself, and whether it can be used."""

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
    """What a part says of itself.

    Parameters
    ----------
    fingerprint
        As of `fingerprint`.
    server
        What the server said of a remote input, as of `remote.identity`.
    n_rows
        How many rows each dataset of the part has.
    cutflow, input
        What `dump.dump_file` returned.
    """

    fingerprint: str
    server: str
    n_rows: dict[str, int]
    cutflow: dict[str, Any]
    input: dict[str, Any]

    def text(self) -> str:
        """Return what is written into the part."""
        return json.dumps(vars(self))

    def dumped(self) -> Record:
        """Return what `dump.dump_file` returned."""
        return Cutflow.from_json(self.cutflow), InputRecord.from_json(self.input)


def read_record(part: Path) -> PartRecord:
    """Read what a part says of itself, and check that all of it can be read.

    Raises
    ------
    CorruptDataError
        If anything in it is damaged or missing.
    """
    with _damage_named(), h5py.File(part) as file:
        record = PartRecord(**json.loads(file[DATASET].attrs[ATTRIBUTE]))
        record.dumped()
        n_rows = {name: len(dataset) for name, dataset in file.items()}
        if n_rows != record.n_rows:
            raise CorruptDataError(f"the datasets have {n_rows} rows instead of {record.n_rows}")
        for dataset in file.values():
            for chunk in dataset.iter_chunks():
                dataset[chunk]  # compares the checksum
        return record


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # h5py has a different one for each kind of damage
        raise CorruptDataError(str(error)) from error


@contextmanager
def check_record(part: Path, expected: str) -> Iterator[None]:
    """Check a part that was complete a moment ago, and report whatever fails while it is read.

    Parameters
    ----------
    part
        The file.
    expected
        Its fingerprint.

    Raises
    ------
    FatalError
        If it is another's, or cannot be read.
    """
    try:
        with h5py.File(part) as file:
            record = PartRecord(**json.loads(file[DATASET].attrs[ATTRIBUTE]))
        if record.fingerprint != expected:  # by a process of a call that was killed
            raise CorruptDataError("it was replaced")
        yield
    except (CorruptDataError, OSError, RuntimeError, KeyError, ValueError) as error:
        raise FatalError(f"{part}: cannot be used any more ({error}); call again") from error


def fingerprint(path: str, options: DumpOptions) -> str:
    """Compute what tells the part of an input from others that it must not be mistaken for.

    Parameters
    ----------
    path
        The input.
    options
        What is dumped of it.
    """
    facts = [__version__, path, repr(options)]
    with suppress(OSError):  # it is missing: the work on it will tell
        if not is_remote(path):
            status = Path(path).stat()
            facts += [str(status.st_size), str(status.st_mtime_ns)]
        if options.nn_file:
            facts.append(hashlib.sha256(options.nn_file.read_bytes()).hexdigest())
    return hashlib.sha256("\n".join(facts).encode(errors="surrogateescape")).hexdigest()


def server_facts(path: str) -> str:
    """Ask a server what tells a file from one that may replace it; nothing of a local file.

    Raises
    ------
    UserError
        If the file cannot be had.
    """
    if not is_remote(path):
        return ""
    from dumpxaod.files.remote import identity
    from dumpxaod.rootio.daod import errors_about

    with errors_about(path):
        return identity(path)
