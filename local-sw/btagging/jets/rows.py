"""Sets of row numbers, and which rows of which file a dataset consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import h5py

Pieces = NDArray[np.int64]
"""The first row of each piece and the one after its last: of shape (pieces, 2)."""

_MOST = 10_000_000


@dataclass(frozen=True)
class StoredRows:
    """Rows of a dataset that is not virtual.

    Parameters
    ----------
    path
        The file that holds them.
    location
        The same under all names of the file and the dataset: device, inode, position in the file.
    """

    path: Path
    location: tuple[int, int, int]
    pieces: Pieces = field(compare=False)


def stored(dataset: h5py.Dataset, pieces: Pieces) -> StoredRows:
    """Describe rows of a dataset that is not virtual."""
    from h5py import h5o

    path = Path(dataset.file.filename)
    status = path.stat()
    return StoredRows(path, (status.st_dev, status.st_ino, h5o.get_info(dataset.id).addr), pieces)


def whole(n_rows: int) -> Pieces:
    """Make the one piece that has all rows of a dataset."""
    return np.array([[0, n_rows]], np.int64)


def selected(space: h5py.h5s.SpaceID, shape: Sequence[int], *, join: bool = True) -> Pieces:
    """Find the rows that HDF5 selects.

    Parameters
    ----------
    space
        The selection may be unlimited.
    shape
        Of the dataset, beyond whose rows none is returned.
    join
        Whether neighbouring blocks of a selection become one piece.

    Raises
    ------
    ValueError
        If they are not in blocks of whole rows, or in too many.
    """
    from h5py import h5s

    n_rows, *inner = shape
    kind = space.get_select_type()
    if kind == h5s.SEL_ALL:
        return whole(n_rows)
    if kind != h5s.SEL_HYPERSLABS:
        raise ValueError("rows that are selected one by one")
    if space.is_regular_hyperslab():
        along, *across = zip(*space.get_regular_hyperslab(), strict=True)
        covered = [_regular(*both, join=True) for both in zip(across, inner, strict=True)]
        is_whole = all(c.tolist() == [[0, n]] for c, n in zip(covered, inner, strict=True))
        pieces = _regular(along, n_rows, join=join)
    else:
        corners = space.get_select_hyper_blocklist().astype(np.int64)
        corners[:, 1] += 1
        is_whole = bool((corners[..., 1:] == [[0] * len(inner), inner]).all())
        pieces = corners[..., 0]
    if not is_whole:
        raise ValueError("rows that are shown in part")
    pieces = np.minimum(pieces, n_rows)
    return pieces[pieces[:, 0] < pieces[:, 1]]


def _regular(numbers: Sequence[int], n_rows: int, *, join: bool) -> Pieces:
    """Find the blocks of a selection; an unlimited count or block is a very large number."""
    start, stride, count, block = numbers
    count = min(count, -(-max(n_rows - start, 0) // stride))
    block = min(block, n_rows)
    if join and (stride == block or count <= 1):
        return np.array([[start, start + count * block]], np.int64)
    if count > _MOST:
        raise ValueError(f"rows in more than {_MOST:,} pieces")
    starts = start + stride * np.arange(count)
    return np.stack([starts, starts + block], axis=1)


def count(pieces: Pieces) -> int:
    """Return the number of rows."""
    return int((pieces[:, 1] - pieces[:, 0]).sum())


def first(pieces: Pieces, n_rows: int) -> Pieces:
    """Take the first rows of some pieces."""
    lengths = pieces[:, 1] - pieces[:, 0]
    before = lengths.cumsum() - lengths
    kept = np.minimum(lengths, np.maximum(n_rows - before, 0))
    return np.stack([pieces[:, 0], pieces[:, 0] + kept], axis=1)[kept > 0]


def twice(some: Sequence[Pieces]) -> bool:
    """Tell whether any row is in more than one of some pieces."""
    pieces = np.concatenate(some)
    starts, stops = pieces[pieces[:, 0].argsort()].T
    return bool((starts[1:] < stops[:-1]).any())
