"""How ROOT writes `std::vector`s and the members of an object into a TTree's baskets.

Everything is big-endian. A vector is a byte count (4 bytes, with bit 30 set), a
version (2), the number of values (4) and the values: these are the "10 bytes of
header". An object that was not split, such as release 21's `JetAuxContainer_v1`, is
its members one after another, in the order of the file's streamer information.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .baskets import Bounds
from .column import Column, gather
from .errors import DamageError

VECTOR_HEADER = 10
_BYTE_COUNT = 0x40000000

# The C++ types of event data, as the streamer information spells them.
ELEMENT_TYPES = {
    "bool": np.dtype("?"),
    "char": np.dtype("i1"),
    "unsigned char": np.dtype("u1"),
    "short": np.dtype(">i2"),
    "unsigned short": np.dtype(">u2"),
    "int": np.dtype(">i4"),
    "unsigned int": np.dtype(">u4"),
    "long": np.dtype(">i8"),
    "unsigned long": np.dtype(">u8"),
    "long long": np.dtype(">i8"),
    "unsigned long long": np.dtype(">u8"),
    "float": np.dtype(">f4"),
    "double": np.dtype(">f8"),
}


def element(typename: str) -> tuple[np.dtype[Any], int] | None:
    """Type of a value and length of the header of a member, None if it isn't numbers.

    Parameters
    ----------
    typename
        A C++ type, as the streamer information spells it.
    """
    vector = re.fullmatch(r"vector<(.+)>", typename)
    dtype = ELEMENT_TYPES.get(vector[1] if vector else typename)
    return None if dtype is None else (dtype, VECTOR_HEADER if vector else 0)


def read_vectors(
    data: NDArray[np.uint8],
    bounds: Bounds,
    dtype: np.dtype[Any],
    header: int,
) -> Column:
    """Read one vector, or one bare number, an event.

    Parameters
    ----------
    data
        The bytes of some events.
    bounds
        Where each event's start and stop.
    dtype
        Of one value, as stored.
    header
        Bytes before the values: `VECTOR_HEADER`, or 0 for the members of a split
        vector of objects and for bare numbers.

    Raises
    ------
    DamageError
        If the sizes contradict each other.
    """
    starts = bounds[0] + header
    sizes = bounds[1] - starts
    counts = sizes // dtype.itemsize
    if np.any(sizes < 0) or np.any(sizes != counts * dtype.itemsize):
        raise DamageError("the sizes of its vectors are no multiple of their elements'")
    if header and np.any(_words(data, starts - 4) != counts):
        raise DamageError("the lengths of its vectors contradict their sizes")
    return Column(counts, gather(data, starts, counts, dtype))


def read_member(
    data: NDArray[np.uint8],
    bounds: Bounds,
    members: Sequence[tuple[str, str]],
    wanted: str,
) -> Column:
    """Read one member of an object that was written unsplit, for all events at once.

    Parameters
    ----------
    data, bounds
        As in `read_vectors`.
    members
        Name and C++ type of each member in the order of writing; the type of a base
        class is "BASE".
    wanted
        The name of a member that is a number or a vector of numbers.

    Raises
    ------
    DamageError
        If the object ends before the member does.
    """
    starts, stops = bounds
    for name, typename in members:
        found = element(typename)
        if found is not None and found[1] == 0:
            ends = starts + found[0].itemsize
        else:  # anything larger begins with its own length
            ends = starts + 4 + (_words(data, starts) & ~np.uint32(_BYTE_COUNT))
        if np.any(ends > stops):
            raise DamageError(f"its objects end before {name}")
        if name == wanted and found is not None:
            return read_vectors(data, (starts, ends), *found)
        starts = ends
    raise DamageError(f"its objects have no numbers called {wanted}")


def _words(data: NDArray[np.uint8], positions: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Read the unsigned 32-bit integer that stands at each position."""
    if np.any(positions < 0) or np.any(positions + 4 > len(data)):
        raise DamageError("its objects end too early")
    return gather(data, positions, np.ones_like(positions), np.dtype(">u4"))
