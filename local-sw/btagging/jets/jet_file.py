"""One HDF5 file of jets: is it what it should be, and its rows.

The dumper's files carry attributes on `/jets` (kind, sample, the source of each field). Files of
others (atlas-ftag-tools, puma, CERN Open Data) have the same dataset without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from btagging.errors import UserError, shown
from btagging.jets.attributes import read_attributes
from btagging.jets.dump_attributes import KINDS, MEANINGS, OURS, check_attributes, derivations
from btagging.jets.hdf5 import damage_as_error, damaged, open_hdf5
from btagging.jets.rows import StoredRows
from btagging.jets.virtual import stored_rows

if TYPE_CHECKING:
    import h5py


@dataclass(frozen=True)
class JetFile:
    """What one file says of its jets.

    Parameters
    ----------
    path
        The file.
    n_jets
        Number of jets in it.
    fields
        Its numeric fields, in file order.
    kind, sample
        One of `KINDS`, or empty where the file does not say; and which sample.
    sources
        The event-data variable that each field was made from; empty where the file is silent.
    uuid, command_line
        Which run of the dumper made the jets; empty where the file is silent.
    network
        SHA-256 of the lwtnn file that scored the jets; empty where the file is silent.
    collection, selection, derivations
        From which jets, passing which cuts, in which files: the UUID of each file, and its path.
    rows
        Where the jets are stored.
    rows_per_chunk, bytes_per_row
        How they are.
    """

    path: Path
    n_jets: int
    fields: tuple[str, ...]
    kind: str
    sample: str
    sources: Mapping[str, str]
    uuid: str
    command_line: str
    network: str
    collection: str
    selection: str
    derivations: Mapping[str, str]
    rows: tuple[StoredRows, ...]
    rows_per_chunk: int
    bytes_per_row: int


def read_metadata(path: Path) -> JetFile:
    """Read all but the jets.

    Raises
    ------
    UserError
        If the file is missing, not HDF5, damaged, or has no jets.
    """
    with damage_as_error(path), opened(path) as dataset:
        return _describe(path, dataset)


def _describe(path: Path, dataset: h5py.Dataset) -> JetFile:
    fields = tuple(name for name in dataset.dtype.names if dataset.dtype[name].kind in "biuf")
    meanings = [f"{name}.{meaning}" for name in dataset.dtype.names for meaning in MEANINGS]
    found = read_attributes(path, "jets", {*OURS, "selection", "uuid", "network.sha256", *meanings})
    check_attributes(path, found)
    kind = found.get("kind", "")
    return JetFile(
        path=path,
        n_jets=dataset.shape[0],
        fields=fields,
        kind=kind if kind in KINDS else "",
        sample=found.get("sample") or path.name,
        sources={name: found.get(f"{name}.source", "") for name in fields},
        uuid=found.get("uuid", ""),
        command_line=found.get("command_line", ""),
        network=found.get("network.sha256", ""),
        collection=found.get("collection", ""),
        selection=found.get("selection", ""),
        derivations=derivations(path, found.get("inputs", "[]")),
        rows=tuple(stored_rows(dataset)),
        rows_per_chunk=dataset.chunks[0] if dataset.chunks else 1,
        bytes_per_row=dataset.dtype.itemsize,
    )


@contextmanager
def opened(path: Path) -> Iterator[h5py.Dataset]:
    """Open `/jets` of a file.

    Raises
    ------
    UserError
        As `read_metadata`.
    """
    with open_hdf5(path) as file:
        yield _jets_dataset(path, file)


def _jets_dataset(path: Path, file: h5py.File) -> h5py.Dataset:
    dataset = file.get("jets")
    if dataset is None and "jets" in list(file):
        raise damaged(path, "/jets is listed but unreadable")
    if dataset is None:
        there = ", ".join(map(shown, file)) or "nothing"
        raise UserError(f"{path}: no dataset /jets in it, but: {there}")
    if getattr(dataset, "ndim", None) != 1 or not dataset.dtype.names:
        raise UserError(
            f"{path}: /jets is not a one-dimensional compound dataset (one row per jet, with named "
            "fields)"
        )
    if not dataset.shape[0]:
        raise UserError(f"{path}: /jets has no jets in it")
    return dataset
