"""One HDF5 file of jets: is it what it should be, and its rows.

The dumper's files carry attributes on `/jets` (kind, sample, the source of each field). Files of
others (atlas-ftag-tools, puma, CERN Open Data) have the same dataset without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from btagging import identity
from btagging.chunks import ahead, row_reader
from btagging.errors import UserError
from btagging.hdf5 import check_sources, open_hdf5

if TYPE_CHECKING:
    import h5py

KINDS = ("synthetic", "data", "simulation")


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
        One of `KINDS`, and which sample.
    sources
        The event-data variable that each field was made from; empty where the file is silent.
    marks
        What the dumper notes of the jets' origin, by attribute; empty where the file is silent.
    """

    path: Path
    n_jets: int
    fields: tuple[str, ...]
    kind: str
    sample: str
    sources: Mapping[str, str]
    marks: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def uuid(self) -> str:
        """The same for the same jets in another file, compressed or scored in another way.

        Files without the dumper's mark are known by some of their rows.

        Raises
        ------
        UserError
            If these are damaged.
        """
        if self.marks.get(identity.UUID):
            return self.marks[identity.UUID]
        try:
            with _opened(self.path) as dataset:
                return identity.digest(dataset)
        except (OSError, RuntimeError, ValueError) as error:
            raise UserError(f"{self.path}: the file is damaged ({error}); make it again") from error

    @property
    def derivations(self) -> tuple[str, ...]:
        """UUIDs of the derivations it was made from; empty where the file is silent."""
        return identity.derivations(self.marks.get(identity.INPUTS, ""))


def inspect(path: Path) -> JetFile:
    """Read all but the jets.

    Raises
    ------
    UserError
        If the file is missing, not HDF5, damaged, or has no jets.
    """
    try:
        with _opened(path) as dataset:
            _check_written(path, dataset)
            return _describe(path, dataset)
    # What h5py raises where a file's inner tables make no sense.
    except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise UserError(f"{path}: the file is damaged ({error}); copy or make it again") from error


def read_rows(file: JetFile, size: int) -> Iterator[NDArray[Any]]:
    """Read the rows of `/jets`, at most `size` at a time.

    Raises
    ------
    UserError
        If a part of the file is damaged.
    """
    with _opened(file.path) as dataset:
        chunk = dataset.chunks[0] if dataset.chunks else 1
        step = max(size // chunk, 1) * chunk  # whole chunks, so that each is decompressed once
        parts = (range(i, min(i + step, file.n_jets)) for i in range(0, file.n_jets, step))
        for part, future in ahead(row_reader(dataset), parts):
            try:
                rows = future.result()
            except OSError as error:
                raise UserError(
                    f"{file.path}: jets {part[0]} to {part[-1]} are unreadable ({error}); "
                    "the file is damaged, copy or make it again"
                ) from error
            yield from (rows[i : i + size] for i in range(0, len(rows), size))


def _describe(path: Path, dataset: h5py.Dataset) -> JetFile:
    fields = tuple(name for name in dataset.dtype.names if dataset.dtype[name].kind in "biuf")
    kind = _text(dataset, "kind")
    return JetFile(
        path=path,
        n_jets=dataset.shape[0],
        fields=fields,
        kind=kind if kind in KINDS else "simulation",
        sample=_text(dataset, "sample") or path.name,
        sources={name: _text(dataset, f"{name}.source") for name in fields},
        marks={name: _text(dataset, name) for name in identity.MARKS},
    )


def _text(dataset: h5py.Dataset, attribute: str) -> str:
    value = dataset.attrs.get(attribute, "")
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def _opened(path: Path) -> Iterator[h5py.Dataset]:
    with open_hdf5(path) as file:
        yield _jets_dataset(path, file)


def _check_written(path: Path, dataset: h5py.Dataset) -> None:
    """Refuse a dataset with parts that nobody wrote: HDF5 reads zeros there, in silence."""
    if dataset.is_virtual:
        return
    if dataset.chunks:
        missing = -(-dataset.shape[0] // dataset.chunks[0]) - dataset.id.get_num_chunks()
    else:
        missing = int(dataset.id.get_storage_size() == 0)
    if missing:
        raise UserError(f"{path}: /jets has parts that were never written; make the file again")


def _jets_dataset(path: Path, file: h5py.File) -> h5py.Dataset:
    dataset = file.get("jets")
    if dataset is None:
        raise UserError(f"{path}: no dataset /jets in it, but: {', '.join(file) or 'nothing'}")
    if getattr(dataset, "ndim", None) != 1 or not dataset.dtype.names:
        raise UserError(
            f"{path}: /jets is not a one-dimensional compound dataset (one row a jet, with named "
            "fields)"
        )
    if not dataset.shape[0]:
        raise UserError(f"{path}: /jets has no jets in it")
    check_sources(path, dataset)
    return dataset
