"""How ROOT writes vectors of numbers and the members of an object into a TTree's baskets.

Everything is big-endian. A vector is a header of 10 bytes and the values; the header is a byte
count (4 bytes, with bit 30 set), a version (2) and the number of values (4). An object that is
written unsplit, such as release 21's `JetAuxContainer_v1`, is its members one after another, in the
order of the file's streamer information.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError
from dumpxaod.rootio.baskets import Bounds
from dumpxaod.rootio.column import Column, gather, numbers_at
from dumpxaod.rootio.elements import Element, Member
from dumpxaod.rootio.nested import read_nested

_BYTE_COUNT = np.uint32(0x40000000)


def read_vectors(data: NDArray[np.uint8], bounds: Bounds, element: Element) -> Column:
    """Read one vector, or one single number, per event.

    Parameters
    ----------
    data
        The bytes of some events, shape (n_bytes,).
    bounds
        Where each event's bytes start and stop.
    element
        How the numbers are stored.

    Raises
    ------
    CorruptDataError
        If the sizes contradict each other.
    """
    dtype, header = element.dtype, element.header
    starts = bounds[0] + header
    sizes = bounds[1] - starts
    counts = sizes // dtype.itemsize
    if np.any(sizes < 0) or np.any(sizes != counts * dtype.itemsize):
        raise CorruptDataError("the sizes of its vectors are not multiples of their elements'")
    if header and np.any(_words(data, starts - 4) != counts):
        raise CorruptDataError("the lengths of its vectors contradict their sizes")
    return Column(counts, element.unpack(gather(data, starts, counts, dtype)))


def read_member(
    data: NDArray[np.uint8], bounds: Bounds, members: Sequence[Member], wanted: Element
) -> Column:
    """Read the last of some members of an object that is written unsplit.

    Parameters
    ----------
    data, bounds
        As for `read_vectors`.
    members
        The members up to the wanted one, in the order of writing.
    wanted
        How the numbers of the last of them are stored.

    Raises
    ------
    CorruptDataError
        If the object ends before the member does.
    """
    starts, stops = bounds
    ends = starts
    for member in members:
        starts, element = ends, member.element
        if member.has_length:
            words = _words(data, starts)
            if np.any(words & _BYTE_COUNT == 0):
                raise CorruptDataError(f"its objects have no {member.name} of known length")
            ends = starts + 4 + (words & ~_BYTE_COUNT)
        elif element is not None:
            ends = starts + element.dtype.itemsize
        else:
            raise CorruptDataError(f"its objects have a {member.name} of unknown length")
        if np.any(ends > stops):
            raise CorruptDataError(f"its objects end before {member.name}")
    read = read_nested if wanted.is_nested else read_vectors
    return read(data, (starts, ends), wanted)


def _words(data: NDArray[np.uint8], positions: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Read the unsigned 32-bit integer at each position."""
    if np.any(positions < 0) or np.any(positions + 4 > len(data)):
        raise CorruptDataError("its objects end too early")
    return numbers_at(data, positions, np.dtype(">u4"))
