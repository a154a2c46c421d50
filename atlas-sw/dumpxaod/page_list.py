"""Where the pages of an RNTuple's columns lie, and what is in a page.

uproot would build objects for the pages of all 1700 columns, and does not compare
the pages with their checksums. The layout is that of ROOT's RNTuple Binary Format
Specification 1.0 (`tree/ntuple/doc/BinaryFormatSpecification.md`); every number is
little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from .errors import DamageError


class Encoding(NamedTuple):
    """How the numbers of a column are stored in a page."""

    dtype: str
    split: bool = False  # first the lowest bytes of all numbers, then the next bytes
    zigzag: bool = False  # 0, -1, 1, -2, … are stored as 0, 1, 2, 3, …
    delta: bool = False  # from the second number on, the difference to the one before


# By the specification's number of the column type.
BIT = 0x00
ENCODINGS = {
    BIT: Encoding("?"),
    0x01: Encoding("u1"),
    0x02: Encoding("i1"),
    0x03: Encoding("i1"),
    0x04: Encoding("u1"),
    0x05: Encoding("<i2"),
    0x06: Encoding("<u2"),
    0x07: Encoding("<i4"),
    0x08: Encoding("<u4"),
    0x09: Encoding("<i8"),
    0x0A: Encoding("<u8"),
    0x0B: Encoding("<f2"),
    0x0C: Encoding("<f4"),
    0x0D: Encoding("<f8"),
    0x0E: Encoding("<u4"),
    0x0F: Encoding("<u8"),
    0x11: Encoding("<i2", split=True, zigzag=True),
    0x12: Encoding("<u2", split=True),
    0x13: Encoding("<i4", split=True, zigzag=True),
    0x14: Encoding("<u4", split=True),
    0x15: Encoding("<i8", split=True, zigzag=True),
    0x16: Encoding("<u8", split=True),
    0x17: Encoding("<f2", split=True),
    0x18: Encoding("<f4", split=True),
    0x19: Encoding("<f8", split=True),
    0x1A: Encoding("<u4", split=True, delta=True),
    0x1B: Encoding("<u8", split=True, delta=True),
}


class Page(NamedTuple):
    """Where a page lies, and how many numbers are in it."""

    n_values: int
    has_checksum: bool
    size: int
    offset: int

    @property
    def stop(self) -> int:
        """End of the page in the file, its checksum included."""
        return self.offset + self.size + (8 if self.has_checksum else 0)


class Cluster(NamedTuple):
    """A range of events, and where each column's list of pages stands in `envelope`."""

    start: int
    stop: int
    envelope: bytes
    columns: list[int]

    def pages(self, column: int) -> list[Page] | None:
        """Pages of a column; None if another representation of it is used here.

        Parameters
        ----------
        column
            The number of the column in the schema.
        """
        if column >= len(self.columns):  # the schema was extended after this cluster
            return []
        position = self.columns[column] + 12
        (n_pages,) = struct.unpack_from("<I", self.envelope, position - 4)
        pages = []
        for _ in range(n_pages):
            n_values, size, offset = struct.unpack_from("<iiQ", self.envelope, position)
            if size < 0:
                raise DamageError("a page lies in a way that is not known here")
            pages.append(Page(abs(n_values), n_values < 0, size, offset))
            position += 16
        (first_value,) = struct.unpack_from("<q", self.envelope, position)
        return None if first_value < 0 else pages


def read_page_list(envelope: bytes) -> Iterator[Cluster]:
    """Read the page list of a group of clusters.

    Parameters
    ----------
    envelope
        The page list's bytes, uncompressed.

    Raises
    ------
    DamageError
        If the bytes contradict their checksum.
    """
    envelope = checked(envelope)
    summaries = 16  # after the envelope's type and length, and the header's checksum
    clusters = summaries + _size(envelope, summaries)
    for summary, columns in zip(
        _items(envelope, summaries), _items(envelope, clusters), strict=True
    ):
        start, n_events = struct.unpack_from("<QQ", envelope, summary + 8)
        n_events &= (1 << 56) - 1  # the upper byte holds flags
        yield Cluster(start, start + n_events, envelope, list(_items(envelope, columns)))


def _size(envelope: bytes, position: int) -> int:
    """Size of a frame in bytes: it is negative for a list and positive for a record."""
    return abs(int(struct.unpack_from("<q", envelope, position)[0]))


def _items(envelope: bytes, position: int) -> Iterator[int]:
    """Positions of the frames in a list frame."""
    (n_items,) = struct.unpack_from("<I", envelope, position + 8)
    position += 12
    for _ in range(n_items):
        yield position
        position += _size(envelope, position)


def page_size(column_type: int, n_values: int) -> int:
    """Bytes of a page when it is not compressed."""
    if column_type == BIT:
        return (n_values + 7) // 8
    return n_values * np.dtype(ENCODINGS[column_type].dtype).itemsize


def checked(data: bytes) -> bytes:
    """Compare bytes with the checksum that ends them, and return them without it.

    Raises
    ------
    DamageError
        If they differ.
    """
    if xxhash.xxh3_64_intdigest(data[:-8]) != int.from_bytes(data[-8:], "little"):
        raise DamageError("its checksum differs")
    return data[:-8]


def decode(data: bytes, column_type: int, n_values: int) -> NDArray[Any]:
    """Turn a page into numbers in the native byte order.

    Parameters
    ----------
    data
        The page, uncompressed, without its checksum.
    column_type
        A key of `ENCODINGS`.
    n_values
        How many numbers there are.

    Returns
    -------
    numpy.ndarray
        Shape (n_values,).
    """
    if column_type == BIT:
        return np.unpackbits(np.frombuffer(data, "u1"), count=n_values, bitorder="little") > 0
    encoding = ENCODINGS[column_type]
    dtype = np.dtype(encoding.dtype)
    raw = np.frombuffer(data, "u1", n_values * dtype.itemsize)
    if encoding.split:
        raw = np.ascontiguousarray(raw.reshape(dtype.itemsize, n_values).T)
    values = raw.reshape(-1).view(dtype)
    if encoding.zigzag:
        unsigned = values.view(dtype.str.replace("i", "u"))
        values = ((unsigned >> 1) ^ -(unsigned & 1)).view(dtype)
    if encoding.delta:
        values = np.cumsum(values, dtype=dtype)
    return values.astype(dtype.newbyteorder("="), copy=False)
