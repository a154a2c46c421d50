"""How ROOT writes a `std::vector` of `std::vector`s into a TTree's baskets.

Everything is big-endian. The outer vector begins with a byte count (4 bytes, with bit 30 set), a
version (2) and the number of inner vectors (4); each inner one is its number of elements (4) and
the elements. An element link is an object in an object: a byte count and the version of its class,
the same of its base class ElementLinkBase, and the two numbers of that. Version 0 is followed by
the checksum of the class.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError
from dumpxaod.rootio.baskets import Bounds
from dumpxaod.rootio.column import Column, gather, numbers_at
from dumpxaod.rootio.elements import BARE_LINK, LINK, Element

_WORD = np.dtype(">u4")
_BYTE_COUNT = 0x40000000
_MEMBERWISE = 0x4000  # in the version: each member of all elements, then the next member
_VERSION, _COUNT = 4, 6  # where they begin

# The bytes before the numbers of a link. The checksum of its own class depends on its target's
# class and is not compared. That of ElementLinkBase identifies its two members.
_FRAMES = {
    LINK: "40000018 0000 ........ 4000000e 0000 feb3df9e",
    BARE_LINK: "40000010 0001 4000000a 0001",
}


def read_nested(data: NDArray[np.uint8], bounds: Bounds, element: Element) -> Column:
    """Read one vector of vectors per event; parameters of `vectors.read_vectors`.

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
    inner = starts + element.header, stops
    dtype = _form_of_links(data, inner, counts) if element.member else element.dtype
    begins, sizes = _inner_vectors(data, inner, counts, dtype.itemsize)
    values = gather(data, begins, sizes, dtype)
    if element.member:
        _require_links(values)
        values = np.ascontiguousarray(values[element.member])
    return Column(counts, values, sizes)


def _inner_vectors(
    data: NDArray[np.uint8], bounds: Bounds, counts: NDArray[np.int64], element_size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find where the elements of each inner vector begin, and how many there are.

    The size of each gives the position of the next: the first ones of all events are found
    together, then the second ones, and so on.
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
        positions[events] = begin + size * element_size
        begins[first[events] + number], sizes[first[events] + number] = begin, size
        number += 1
        events = events[counts[events] > number]
    if np.any(positions != stops):
        raise CorruptDataError("the lengths of its vectors contradict their sizes")
    return begins, sizes


def _form_of_links(
    data: NDArray[np.uint8], bounds: Bounds, counts: NDArray[np.int64]
) -> np.dtype[np.void]:
    """Find out how links are written, from the byte count of the first one."""
    starts, stops = bounds
    with_links = np.flatnonzero(stops - starts > counts * _WORD.itemsize)
    if not len(with_links):
        return LINK
    event = with_links[0]
    # Before the first link there are only numbers of elements, all of them 0 but the last.
    n_words = (stops[event] - starts[event]) // _WORD.itemsize
    words = numbers_at(data, starts[event] + _WORD.itemsize * np.arange(n_words), _WORD)
    index = np.flatnonzero(words)[:1] + 1
    is_bare = words[index[index < n_words]] == int(_FRAMES[BARE_LINK][:8], 16)
    return BARE_LINK if np.any(is_bare) else LINK


def _require_links(links: NDArray[np.void]) -> None:
    frame = _FRAMES[links.dtype.newbyteorder(">")].replace(" ", "")
    for i, byte in enumerate(re.findall("..", frame)):
        if byte != ".." and np.any(links["frame"][:, i] != int(byte, 16)):
            raise CorruptDataError("its element links have an unknown layout")
