"""One basket of a TTree: some entries of a branch.

A basket is a key, with a description of what follows at its end, and the content: the entries, one
after another, and behind them their number plus one, then where each of them starts, counted from
the first byte of the key. Entries of one size go without. All numbers are big-endian. See ROOT's
io/doc/TFile/key.md, and TBasket::Streamer in tree/tree/src/TBasket.cxx.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError
from dumpxaod.rootio import compression

_KEY = struct.Struct(">i2xi4xh")  # lengths of the basket, of its decompressed content, of the key
_DESCRIPTION = struct.Struct(">iib")  # number of entries, where they end, a flag
_WITHOUT_POSITIONS = 80  # flags from here on: the positions of the entries are not stored


class Basket(NamedTuple):
    """The entries of a basket.

    Parameters
    ----------
    data
        The bytes of all entries.
    starts
        Where each of them starts, shape (n_entries,), plus `origin`.
    origin
        To subtract from `starts`.
    """

    data: bytes
    starts: NDArray[np.integer[Any]]
    origin: int


def content_size(content: bytes) -> int:
    """Decompressed size of a basket's content in bytes."""
    return int(_KEY.unpack_from(content)[1])


def has_checksum(content: Any) -> bool:
    """Whether a flipped bit in a basket's bytes would be noticed; not in uproot's model of one."""
    if not isinstance(content, bytes):
        return False
    _, size, key = _KEY.unpack_from(content)
    return compression.has_checksum(content[key:], size)


def read_basket(content: bytes) -> Basket:
    """Decompress a basket, given all its bytes in the file, and find its entries.

    Raises
    ------
    CorruptDataError
        If its bytes contradict each other.
    """
    length, size, key = _KEY.unpack_from(content)
    n_entries, end, flag = _DESCRIPTION.unpack_from(content, key - _DESCRIPTION.size)
    end -= key
    if length != len(content) or flag >= _WITHOUT_POSITIONS or not 0 <= end <= size:
        raise CorruptDataError(f"a basket of {len(content)} bytes has an unknown layout")
    data = compression.decompress(content[key:], size)
    if end == size:
        return Basket(data, _equal(size, n_entries), 0)
    n_positions, *_ = np.frombuffer(data, ">i4", 1, offset=end)
    if n_positions != n_entries + 1:
        raise CorruptDataError(f"a basket has {n_positions} positions for {n_entries} entries")
    return Basket(data[:end], np.frombuffer(data, ">i4", n_entries, offset=end + 4), key)


def embedded_basket(basket: Any) -> Basket:
    """Convert a basket that uproot found in the tree itself, as the last one may be."""
    data = basket.data.tobytes()
    if basket.byte_offsets is None:
        return Basket(data, _equal(len(data), basket.num_entries), 0)
    return Basket(data, basket.byte_offsets[:-1], 0)


def _equal(size: int, n_entries: int) -> NDArray[np.int64]:
    """Where entries of one size start."""
    if not 0 <= n_entries <= size or size % max(n_entries, 1):
        raise CorruptDataError(f"a basket has {size} bytes for {n_entries} numbers")
    return np.arange(n_entries) * (size // max(n_entries, 1))
