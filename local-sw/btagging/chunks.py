"""Read the rows of a dataset with two threads.

h5py decompresses one chunk of a file after the other. Here it only tells where they lie, and zlib
decompresses them, some in each thread, while the rows before are being counted. h5py itself reads
every file that is not of the one plain kind that this module knows: deflate, and nothing else.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import h5py

_THREADS = 2

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def row_reader(dataset: h5py.Dataset) -> Callable[[range], NDArray[Any]]:
    """Choose the fastest way to read a dataset.

    Parameters
    ----------
    dataset
        Of one dimension. Its file must stay open.

    Returns
    -------
    callable
        From row numbers, which must begin with a chunk and end with one or with the dataset, to
        the rows, the same as h5py's. It may be called by several threads, and raises OSError
        where the file is damaged.
    """
    places = _places(dataset) if _is_plain(dataset) else None
    if places is None:
        return lambda rows: dataset[rows.start : rows.stop]
    file, dtype, chunk = dataset.file.id.get_vfd_handle(), dataset.dtype, dataset.chunks[0]

    def read(rows: range) -> NDArray[Any]:
        wanted = places[rows.start // chunk : -(-rows.stop // chunk)]
        parts = [_inflate(os.pread(file, *place), chunk * dtype.itemsize) for place in wanted]
        return np.frombuffer(b"".join(parts), dtype, count=len(rows))

    return read


def ahead(
    function: Callable[[Argument], Result], arguments: Iterable[Argument]
) -> Iterator[tuple[Argument, Future[Result]]]:
    """Work ahead in threads, a little, while the caller uses what is done.

    Yields
    ------
    tuple
        Each argument, in its order, and the function's result as a future.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: deque[tuple[Argument, Future[Result]]] = deque()
        for argument in arguments:
            waiting.append((argument, pool.submit(function, argument)))
            if len(waiting) > 2 * _THREADS:  # memory must not grow with the file
                yield waiting.popleft()
        yield from waiting


def _is_plain(dataset: h5py.Dataset) -> bool:
    """Tell whether the bytes of a chunk, once inflated, are its rows as h5py gives them."""
    from h5py import h5t, h5z

    if not dataset.chunks or not hasattr(dataset.id, "chunk_iter"):  # contiguous, virtual; old HDF5
        return False
    created, dtype, file = dataset.id.get_create_plist(), dataset.dtype, dataset.file
    return (
        [created.get_filter(i)[0] for i in range(created.get_nfilters())] == [h5z.FILTER_DEFLATE]
        and all(dtype[name].kind in "biuf" for name in dtype.names)
        and h5t.py_create(dtype) == dataset.id.get_type()
        and file.driver == "sec2"
        and file.userblock_size == 0
    )


def _places(dataset: h5py.Dataset) -> list[tuple[int, int]] | None:
    """Find the length and the position in the file of each chunk; None if one is special."""
    found: dict[int, tuple[int, int]] = {}
    special = []

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        found[chunk.chunk_offset[0]] = chunk.size, chunk.byte_offset
        if chunk.filter_mask:  # its filter was not applied
            special.append(chunk)

    dataset.id.chunk_iter(note)
    starts = range(0, len(dataset), dataset.chunks[0])
    if special or found.keys() != set(starts):  # not all were written, or more than are used
        return None
    return [found[start] for start in starts]


def _inflate(content: bytes, size: int) -> bytes:
    try:
        rows = zlib.decompress(content, bufsize=size)
    except zlib.error as error:
        raise OSError("a chunk cannot be inflated") from error
    if len(rows) != size:
        raise OSError(f"a chunk has {len(rows)} bytes instead of {size}")
    return rows
