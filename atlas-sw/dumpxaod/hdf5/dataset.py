"""A dataset of a new file, to which rows are appended."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.deflate import zlib
from dumpxaod.errors import UserError
from dumpxaod.hdf5.new_file import HDF5Output, with_attributes_in_header

CHUNK = 2048  # rows
CHUNKS_PER_COPY = 128
CHUNK_BYTES = 2**20  # of wide rows, as of tracks: HDF5 keeps a chunk in memory while it is filled
DEFLATE_LEVEL = 4  # 7 would take three times as long to write, for 4% fewer bytes
COMPRESSED = {"compression": "gzip", "compression_opts": DEFLATE_LEVEL}
CHECKED: dict[str, Any] = {"fletcher32": True}
# Rows of tracks are mostly padding: without compression they would fill the disk.
WIDE_LEVEL = 1
WIDE_COMPRESSED: dict[str, Any] = {"compression": "gzip", "compression_opts": WIDE_LEVEL}


class Dataset:
    """A dataset that is created with its first rows, and compressed if the file is to be kept."""

    def __init__(self, output: HDF5Output, name: str, *, keep: bool) -> None:
        self._output, self._name, self._keep = output, name, keep
        self._dataset: Any = None

    def __len__(self) -> int:
        return 0 if self._dataset is None else len(self._dataset)

    @property
    def dataset(self) -> Any:
        """h5py's dataset; None without rows."""
        return self._dataset

    def append(self, rows: Any) -> None:
        """Append rows.

        Parameters
        ----------
        rows
            A structured array, or an object with its dtype and shape that gives one when it is
            sliced; the first rows decide names and types.

        Raises
        ------
        UserError
            If later rows have values of a type that does not fit.
        """
        if self._dataset is None:
            self._dataset = self._create(rows.dtype, rows.shape[1:])
        start = 0
        while not start or start < rows.shape[0]:
            step = self._rows_per_copy - len(self) % self._rows_per_copy  # to the end of a chunk
            self._extend(self._cast(rows[start : start + step]))
            start += step

    def _create(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
        chunk, storage = CHUNK, COMPRESSED if self._keep else CHECKED
        if shape:
            row = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
            chunk, storage = max(1, min(CHUNK, CHUNK_BYTES // row)), WIDE_COMPRESSED
        with self._output.writing():
            return self._output.file.create_dataset(
                self._name,
                shape=(0, *shape),
                maxshape=(None, *shape),
                dtype=dtype,
                chunks=(chunk, *shape),
                dcpl=with_attributes_in_header(),
                **storage,
            )

    @property
    def _rows_per_copy(self) -> int:
        n_chunks = 1 if self._is_wide else CHUNKS_PER_COPY
        return n_chunks * int(self._dataset.chunks[0])

    @property
    def _is_wide(self) -> bool:
        return bool(self._dataset.ndim > 1)

    def _cast(self, rows: NDArray[np.void]) -> NDArray[np.void]:
        """Convert rows to the type of the first ones, if it can hold their values."""
        dtype = self._dataset.dtype
        if rows.dtype == dtype:
            return rows
        cast = np.empty(rows.shape, dtype)
        for name in rows.dtype.names or ():
            if not np.can_cast(rows.dtype[name], dtype[name], "safe"):
                raise UserError(
                    f"{name} is {rows.dtype[name]} here, but was {dtype[name]} in the files "
                    "before; dump the files apart"
                )
            cast[name] = rows[name]
        return cast

    def _extend(self, rows: NDArray[np.void]) -> None:
        first = len(self._dataset)
        with self._output.writing():
            self._dataset.resize(first + len(rows), axis=0)
            if self._is_wide and len(rows) == self._rows_per_copy:
                chunk = zlib.compress(rows.view(np.uint8), WIDE_LEVEL)
                self._dataset.id.write_direct_chunk((first, 0), chunk)
            else:
                self._dataset[first:] = rows

    def truncate(self, n_rows: int) -> None:
        """Keep the first rows; if none are left, the next ones decide names and types again."""
        if self._dataset is None:
            return
        with self._output.writing():
            if n_rows:
                self._dataset.resize(n_rows, axis=0)
            else:
                del self._output.file[self._name]
                self._dataset = None
