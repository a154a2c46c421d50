"""How ROOT writes a `std::vector` of `std::vector`s into a TTree's baskets.

Everything is big-endian. The outer vector begins with a byte count (4 bytes, with bit 30 set), a
version (2) and the number of inner vectors (4); each inner one is its number of elements (4) and
the elements. An element link is an object in an object: a byte count, the version 0 and the
checksum of its class, the same of its base class ElementLinkBase, and the two numbers of that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError
from dumpxaod.rootio.baskets import Bounds
from dumpxaod.rootio.column import Column, gather, numbers_at
from dumpxaod.rootio.elements import LINK, Element

_WORD = np.dtype(">u4")
_BYTE_COUNT = 0x40000000
_MEMBERWISE = 0x4000  # in the version: each member of all elements, then the next member
_VERSION, _COUNT = 4, 6  # where they begin

# What stands before the numbers of a link, but for the checksum of its own class: that depends
# on what it leads to. The checksum of ElementLinkBase stands for its two members.
_OUTER = np.frombuffer(bytes.fromhex("40000018 0000"), np.uint8)
_BASE = np.frombuffer(bytes.fromhex("4000000e 0000 feb3df9e"), np.uint8)


def read_nested(data: NDArray[np.uint8], bounds: Bounds, element: Element) -> Column:
    """Read one vector of vectors per event.

    Parameters
    ----------
    data
        The bytes of some events.
    bounds
        Where each event's start and stop.
    element
        How the elements of the inner vectors are stored.

    Raises
    ------
    CorruptDataError
        If the sizes contradict each other, or the bytes have another layout.
    """
    starts, stops = bounds
    if np.any(starts < 0) or np.any(starts + element.header > stops) or np.any(stops > len(data)):
        raise CorruptDataError("its vectors of vectors end too early")
    if np.any(numbers_at(data, starts, _WORD) != stops - starts - _VERSION + _BYTE_COUNT):
        raise CorruptDataError("the lengths of its vectors contradict their sizes")
    if np.any(numbers_at(data, starts + _VERSION, np.dtype(">u2")) & _MEMBERWISE):
        raise CorruptDataError("its vectors are written memberwise, which cannot be read here")
    counts = numbers_at(data, starts + _COUNT, _WORD).astype(np.int64)
    begins, sizes = _inner_vectors(data, (starts + element.header, stops), counts, element)
    values = gather(data, begins, sizes, element.dtype)
    if element.dtype == LINK:
        _require_links(values)
        values = np.ascontiguousarray(values[element.member])
    return Column(counts, values, sizes)


def _inner_vectors(
    data: NDArray[np.uint8], bounds: Bounds, counts: NDArray[np.int64], element: Element
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find where the elements of each inner vector begin, and how many there are.

    Each one tells where the next one is: the first ones of all events are found together, then the
    second ones, and so on.
    """
    starts, stops = bounds
    if np.any(counts * _WORD.itemsize > stops - starts):
        raise CorruptDataError("the lengths of its vectors contradict their sizes")
    first = np.cumsum(counts) - counts
    begins, sizes = np.empty((2, counts.sum()), np.int64)
    positions = starts.copy()
    number, events = 0, np.flatnonzero(counts)
    while len(events):
        begin = positions[events] + _WORD.itemsize
        if np.any(begin > stops[events]):
            raise CorruptDataError("the lengths of its vectors contradict their sizes")
        size = numbers_at(data, begin - _WORD.itemsize, _WORD).astype(np.int64)
        positions[events] = begin + size * element.dtype.itemsize
        begins[first[events] + number], sizes[first[events] + number] = begin, size
        number += 1
        events = events[counts[events] > number]
    if np.any(positions != stops):
        raise CorruptDataError("the lengths of its vectors contradict their sizes")
    return begins, sizes


def _require_links(links: NDArray[np.void]) -> None:
    if np.any(links["outer"] != _OUTER) or np.any(links["base"] != _BASE):
        raise CorruptDataError("its element links have an unknown layout")
