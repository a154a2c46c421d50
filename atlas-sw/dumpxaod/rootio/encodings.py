"""How the numbers in the pages of an RNTuple are stored (see `envelope` for the specification)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError


class Encoding(NamedTuple):
    """How a type of column stores its numbers in a page."""

    dtype: str
    split: bool = False  # first the lowest bytes of all numbers, then the next bytes
    zigzag: bool = False  # 0, -1, 1, -2, … are stored as 0, 1, 2, 3, …
    delta: bool = False  # from the second number on, the difference from the previous one


# By the specification's number of the column type.
BIT, TRUNCATED, QUANTIZED = 0x00, 0x1C, 0x1D
INDICES = (0x0E, 0x0F, 0x1A, 0x1B)
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
    TRUNCATED: Encoding("<f4"),
    QUANTIZED: Encoding("<f8"),
}


class Packing(NamedTuple):
    """How a column is stored.

    Parameters
    ----------
    kind
        The specification's number of the column type.
    bits
        Per number, in the file.
    low, high
        The range of a quantized column.
    """

    kind: int
    bits: int
    low: float = 0.0
    high: float = 0.0

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in memory."""
        return np.dtype(ENCODINGS[self.kind].dtype).newbyteorder("=")

    def __str__(self) -> str:
        return f"numbers of {self.bits} bits in a column of type 0x{self.kind:02X}"

    @property
    def is_readable(self) -> bool:
        """Whether this program can read the numbers."""
        if self.kind == TRUNCATED:
            return 10 <= self.bits <= 31
        if self.kind == QUANTIZED:
            return 1 <= self.bits <= 32 and self.low < self.high
        return self.kind in ENCODINGS

    def size(self, n_values: int) -> int:
        """Decompressed size of a page in bytes."""
        if self.kind in (BIT, TRUNCATED, QUANTIZED):
            bits = 1 if self.kind == BIT else self.bits
            return (n_values * bits + 7) // 8
        return n_values * self.dtype.itemsize

    def decode(self, data: bytes, n_values: int) -> NDArray[Any]:
        """Decode a decompressed page: shape (n_values,), in the native byte order.

        Raises
        ------
        CorruptDataError
            If the page has another size.
        """
        if len(data) != self.size(n_values):
            raise CorruptDataError(f"a page has {len(data)} bytes for {n_values} numbers")
        if self.kind == BIT:
            return _unpacked(data, n_values, 1).reshape(-1) > 0
        if self.kind == TRUNCATED:  # floats without their last bits
            return (_integers(data, n_values, self.bits) << np.uint32(32 - self.bits)).view("f4")
        if self.kind == QUANTIZED:
            steps = _integers(data, n_values, self.bits).astype("f8")
            return steps * ((self.high - self.low) / (2**self.bits - 1)) + self.low
        return _decoded(data, ENCODINGS[self.kind], n_values)


def _unpacked(data: bytes, n_values: int, bits: int) -> NDArray[np.uint8]:
    """Return the bits of each number, the lowest first, shape (n_values, bits)."""
    raw = np.frombuffer(data, "u1")
    return np.unpackbits(raw, count=n_values * bits, bitorder="little").reshape(n_values, bits)


def _integers(data: bytes, n_values: int, bits: int) -> NDArray[np.uint32]:
    padded = np.zeros((n_values, 32), np.uint8)
    padded[:, :bits] = _unpacked(data, n_values, bits)
    packed = np.packbits(padded, axis=1, bitorder="little")
    return packed.reshape(-1).view("<u4").astype(np.uint32, copy=False)


def _decoded(data: bytes, encoding: Encoding, n_values: int) -> NDArray[Any]:
    dtype = np.dtype(encoding.dtype)
    raw = np.frombuffer(data, "u1")
    if encoding.split:
        raw = np.ascontiguousarray(raw.reshape(dtype.itemsize, n_values).T)
    values = raw.reshape(-1).view(dtype)
    if encoding.zigzag:
        unsigned = values.view(dtype.str.replace("i", "u"))
        values = ((unsigned >> 1) ^ -(unsigned & 1)).view(dtype)
    if encoding.delta:
        values = np.cumsum(values, dtype=dtype)
    return values.astype(dtype.newbyteorder("="), copy=False)
