"""Find where the rows of an HDF5 dataset are stored, and check that none is missing.

HDF5 reads zeros, in silence, where a chunk is not in its table or was never written: jets that all
look light. So the table must be complete and make sense before a row is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.jets.decompressed_size import CHECKSUM, FLETCHER32, fit_their_rows
from btagging.jets.filters import load_filters
from btagging.jets.hdf5 import damaged

if TYPE_CHECKING:
    import h5py

_LARGEST_CHUNK = 2**27  # bytes, of which a few are in memory at the same time


@dataclass(frozen=True)
class Chunks:
    """Where the chunks of a dataset lie in its file.

    Parameters
    ----------
    rows
        Number of rows in each.
    offsets, sizes
        Position and length in bytes as stored, in the order of the rows, each of shape (chunks,).
    filters
        Numbers of the filters that were applied to all of them.
    """

    rows: int
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    filters: tuple[int, ...]


def find_chunks(dataset: h5py.Dataset) -> Chunks | None:
    """Read the table of a dataset's chunks, and check that it is complete.

    Parameters
    ----------
    dataset
        Of one dimension, or of two for tracks; not virtual.

    Returns
    -------
    Chunks or None
        None for a dataset in one piece.

    Raises
    ------
    UserError
        If rows were never written, are outside of the file, or need a missing filter.
    """
    path = Path(dataset.file.filename)
    _check_type(path, dataset)
    if dataset.chunks is None:
        _check_piece(path, dataset)
        return None
    _check_chunk_shape(path, dataset)
    filters = load_filters(path, dataset)
    table = np.array(list_chunks(dataset), np.int64).reshape(-1, 4)
    starts, sizes, offsets, skipped = table[table[:, 0].argsort()].T
    if len(starts) < -(-len(dataset) // dataset.chunks[0]):
        raise UserError(
            f"{path}: {dataset.name} has parts that were never written; make the file again"
        )
    expected = np.arange(0, len(dataset), dataset.chunks[0])
    if not np.array_equal(starts, expected) or not _apart(offsets, sizes, path.stat().st_size):
        raise damaged(path, "its table of chunks contradicts itself")
    _check_lengths(path, dataset, sizes, skipped=skipped != 0, filters=filters)
    if not fit_their_rows(dataset, starts.tolist(), filters):
        raise damaged(path, "a chunk would not decompress to the size of its rows")
    return Chunks(dataset.chunks[0], offsets, sizes, filters if not skipped.any() else ())


def _check_lengths(
    path: Path,
    dataset: h5py.Dataset,
    sizes: NDArray[np.int64],
    *,
    skipped: NDArray[np.bool_],
    filters: tuple[int, ...],
) -> None:
    """Refuse chunks longer than any filter makes them, and unfiltered ones of another length."""
    rows = dataset.chunks[0] * bytes_per_row(dataset)
    raw = (rows, rows + CHECKSUM) if FLETCHER32 in filters else (rows,)
    if (sizes > 1.01 * rows + 4096).any() or not np.isin(sizes[skipped], raw).all():
        raise damaged(path, "the lengths of its chunks contradict their filters")


def bytes_per_row(dataset: h5py.Dataset) -> int:
    """Return the bytes of a jet, or of the tracks of one."""
    return int(math.prod(dataset.shape[1:]) * dataset.dtype.itemsize)


def list_chunks(dataset: h5py.Dataset) -> list[tuple[int, int, int, int]]:
    """List first row, length, position and skipped filters of each chunk."""
    found: list[tuple[int, int, int, int]] = []

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        found.append((chunk.chunk_offset[0], chunk.size, chunk.byte_offset, chunk.filter_mask))

    if hasattr(dataset.id, "chunk_iter"):
        dataset.id.chunk_iter(note)
    else:  # HDF5 before 1.12.3
        for i in range(dataset.id.get_num_chunks()):
            note(dataset.id.get_chunk_info(i))
    return found


def _apart(offsets: NDArray[np.int64], sizes: NDArray[np.int64], end: int) -> bool:
    """Tell whether pieces lie inside of a file and do not overlap."""
    order = offsets.argsort()
    starts, stops = offsets[order], (offsets + sizes)[order]
    bounds = starts[:1].min(initial=1) > 0 and stops[-1:].max(initial=0) <= end
    return bool(bounds and (sizes > 0).all() and (starts[1:] >= stops[:-1]).all())


def _check_chunk_shape(path: Path, dataset: h5py.Dataset) -> None:
    """Refuse chunks that are too large for the memory, or that hold parts of rows."""
    size = dataset.chunks[0] * bytes_per_row(dataset)
    if size > _LARGEST_CHUNK:
        raise UserError(
            f"{path}: its chunks have {size:,} bytes, more than {_LARGEST_CHUNK:,}; make them "
            "smaller: h5repack -l jets:CHUNK=2048 OLD.h5 NEW.h5"
        )
    if dataset.chunks[1:] != dataset.shape[1:]:
        chunk = f"{dataset.chunks[0]}x{'x'.join(map(str, dataset.shape[1:]))}"
        raise UserError(
            f"{path}: the rows of {dataset.name} are cut into pieces; make it again: h5repack -l "
            f"{dataset.name.strip('/')}:CHUNK={chunk} OLD.h5 NEW.h5"
        )


def _check_type(path: Path, dataset: h5py.Dataset) -> None:
    """Refuse numeric types that NumPy does not have: h5py would convert them."""
    from h5py import h5t

    stored = dataset.id.get_type()
    for i in range(stored.get_nmembers()):
        member = stored.get_member_type(i)
        numeric = member.get_class() in (h5t.INTEGER, h5t.FLOAT)
        if numeric and h5t.py_create(member.dtype) != member:
            name = shown(stored.get_member_name(i).decode("utf-8", "backslashreplace"))
            raise damaged(path, f"the field {name} has numbers of no known type")


def _check_piece(path: Path, dataset: h5py.Dataset) -> None:
    """Refuse a contiguous dataset that is incomplete."""
    if dataset.external:
        raise UserError(
            f"{path}: the rows of {dataset.name} are in other files "
            f"({shown(dataset.external[0][0])}); make it again with h5repack"
        )
    stored, needed = dataset.id.get_storage_size(), len(dataset) * bytes_per_row(dataset)
    if not stored:
        raise UserError(
            f"{path}: {dataset.name} has parts that were never written; make the file again"
        )
    offset = dataset.id.get_offset() or 0
    if stored < needed or offset + stored > path.stat().st_size:
        raise damaged(path, "the rows are not all inside of it")
