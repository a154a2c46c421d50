"""One HDF5 file of jets: what it says of them, checked.

The dumper's files carry attributes on `/jets` (kind, sample, the source of each field). Files of
others (atlas-ftag-tools, puma, CERN Open Data) have the same dataset without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from btagging.flavours import CLASS_FIELD
from btagging.jets.attributes import read_attributes, read_names
from btagging.jets.dataset import JETS, find_dataset, split_names
from btagging.jets.dump_attributes import KINDS, MEANINGS, OURS, check_attributes, derivations
from btagging.jets.hdf5 import damage_as_error, open_hdf5
from btagging.jets.labels import labels_of
from btagging.jets.rows import StoredRows
from btagging.jets.virtual import stored_rows

if TYPE_CHECKING:
    import h5py


@dataclass(frozen=True)
class JetFile:
    """What one file says of its jets.

    Parameters
    ----------
    path, dataset, tracks
        The file, the name of the jets' dataset in it, and that of their tracks, if there is one.
    fields, texts
        Its fields of numbers and those of text, each in file order.
    classes
        The truth label of each class in `CLASS_FIELD`; empty where that is unknown.
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
    """

    path: Path
    dataset: str
    tracks: str
    n_jets: int
    fields: tuple[str, ...]
    texts: tuple[str, ...]
    classes: tuple[int, ...]
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


def read_metadata(path: Path, names: str = JETS, classes: Sequence[str] = ()) -> JetFile:
    """Read all but the jets.

    Parameters
    ----------
    names
        As for `split_names`, without slashes at the start.
    classes
        Names of the classes in `CLASS_FIELD`; empty: those that the file names.

    Raises
    ------
    UserError
        If the file is missing, not HDF5, damaged, or has no jets.
    """
    name, _ = split_names(names)
    with damage_as_error(path), opened(path, name) as dataset:
        if not classes and CLASS_FIELD in dataset.dtype.names:
            classes = read_names(path, name, CLASS_FIELD)
        return _describe(path, names, dataset, labels_of(path, classes))


def _describe(path: Path, names: str, dataset: h5py.Dataset, classes: tuple[int, ...]) -> JetFile:
    name, tracks = split_names(names)
    fields = tuple(name for name in dataset.dtype.names if dataset.dtype[name].kind in "biuf")
    meanings = [f"{name}.{meaning}" for name in dataset.dtype.names for meaning in MEANINGS]
    found = read_attributes(path, name, {*OURS, "selection", "uuid", "network.sha256", *meanings})
    check_attributes(path, found)
    kind = found.get("kind", "")
    return JetFile(
        path=path,
        dataset=name,
        tracks=tracks,
        n_jets=dataset.shape[0],
        fields=fields,
        texts=tuple(name for name in dataset.dtype.names if dataset.dtype[name].kind in "SUO"),
        classes=classes,
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
def opened(path: Path, name: str) -> Iterator[h5py.Dataset]:
    """Open a dataset of jets.

    Raises
    ------
    UserError
        As `read_metadata`.
    """
    with open_hdf5(path) as file:
        yield find_dataset(path, file, name)
