"""Read the rows of a dataset with two threads.

h5py decompresses one chunk after the other. Here it only tells where they are, and they are
decompressed some in each thread, while the rows before are being counted. h5py itself reads
every file that is not compressed with deflate alone.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from btagging.deflate import zlib
from btagging.jets.storage import Chunks, bytes_per_row, find_chunks

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
        Of jets, or of their tracks. Its file must stay open.

    Returns
    -------
    callable
        From row numbers to the rows, the same as h5py's. Ranges of whole chunks are read fastest.
        It may be called by several threads, and raises OSError where the file is damaged.

    Raises
    ------
    UserError
        If the dataset is not all there.
    """
    chunks = None if dataset.is_virtual else find_chunks(dataset)
    if chunks is None or not _is_plain(dataset, chunks):
        return lambda rows: dataset[rows.start : rows.stop]
    file, dtype = dataset.file.id.get_vfd_handle(), dataset.dtype
    size, shape = chunks.rows * bytes_per_row(dataset), dataset.shape[1:]
    extents = list(zip(chunks.sizes.tolist(), chunks.offsets.tolist(), strict=True))

    def read(rows: range) -> NDArray[Any]:
        first, skipped = divmod(rows.start, chunks.rows)
        wanted = extents[first : -(-rows.stop // chunks.rows)]
        parts = [_decompress(os.pread(file, *extent), size) for extent in wanted]
        found = np.frombuffer(b"".join(parts), dtype).reshape(-1, *shape)
        return found[skipped : skipped + len(rows)]

    return read


def ahead(
    function: Callable[[Argument], Result], arguments: Iterable[Argument]
) -> Iterator[tuple[Argument, Future[Result]]]:
    """Call a function in threads, for a few arguments ahead of the caller.

    Yields
    ------
    tuple
        Each argument, in order, and the function's result as a future.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: deque[tuple[Argument, Future[Result]]] = deque()
        for argument in arguments:
            waiting.append((argument, pool.submit(function, argument)))
            if len(waiting) > 2 * _THREADS:  # memory must not grow with the file
                yield waiting.popleft()
        yield from waiting


def _is_plain(dataset: h5py.Dataset, chunks: Chunks) -> bool:
    """Tell whether the bytes of a decompressed chunk are its rows as h5py gives them."""
    from h5py import h5t, h5z

    dtype, file = dataset.dtype, dataset.file
    return (
        chunks.filters == (h5z.FILTER_DEFLATE,)
        and all(dtype[name].kind in "biuf" for name in dtype.names)
        and h5t.py_create(dtype) == dataset.id.get_type()
        and file.driver == "sec2"
        and file.userblock_size == 0
    )


def _decompress(content: bytes, size: int) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        # One byte more than wanted: a malicious chunk may grow from kilobytes to gigabytes.
        rows: bytes = decompressor.decompress(content, size + 1)
    except zlib.error as error:
        raise OSError("a chunk cannot be decompressed") from error
    if len(rows) != size:
        found = f"more than {size}" if len(rows) > size else f"{len(rows)}"
        raise OSError(f"a chunk has {found} bytes instead of {size}")
    if not decompressor.eof:
        raise OSError("the end of a chunk is missing")
    return rows
