"""How the numbers of a TTree's branch, or of an object's member, are stored."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDtype

from dumpxaod.rootio.column import no_number
from dumpxaod.rootio.packed import Packing, branch_packing

VECTOR_HEADER = 10

# An element link in a vector of vectors, where it is not split: what `nested` calls its frame, and
# its two numbers. The frame has checksums if the file was written with ATLAS's classes, and none if
# ROOT merged it without them.
LINK_MEMBERS = ("m_persKey", "m_persIndex")
LINK, BARE_LINK = (
    np.dtype([("frame", "u1", size), *((member, ">u4") for member in LINK_MEMBERS)])
    for size in (20, 12)
)

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

_VECTOR = re.compile(r"vector<(.+)>")
_NESTED = re.compile(r"(?:std::)?vector<(?:std::)?vector<(.+?)> ?>")
_LINK = re.compile(r"ElementLink<(.+)> ?")
_NESTED_TYPES = {
    **ELEMENT_TYPES,
    **{f"int{n}_t": np.dtype(f">i{n // 8}") for n in (8, 16, 32, 64)},
    **{f"uint{n}_t": np.dtype(f">u{n // 8}") for n in (8, 16, 32, 64)},
}


class Element(NamedTuple):
    """How the numbers of one entry are stored.

    Parameters
    ----------
    dtype
        Of one number, as stored.
    header
        Bytes before the numbers: `VECTOR_HEADER`, or 0 for the members of a split
        vector of objects, for arrays and for single numbers.
    packing
        Only of Double32_t and Float16_t.
    is_nested
        Whether the entry is a vector of vectors.
    member
        The number that is wanted of an element link: one of `LINK_MEMBERS`.
    """

    dtype: np.dtype[Any]
    header: int = 0
    packing: Packing | None = None
    is_nested: bool = False
    member: str = ""

    def unpack(self, values: NDArray[Any]) -> NDArray[Any]:
        """Convert numbers as stored, but in the native byte order, to their values."""
        return self.packing.unpack(values) if self.packing else values


class Member(NamedTuple):
    """A member of an object that was written unsplit.

    Parameters
    ----------
    typename
        As the streamer information spells it.
    has_length
        Whether its bytes begin with their length.
    """

    name: str
    typename: str
    has_length: bool

    @property
    def element(self) -> Element | None:
        """How its numbers are stored; None if it has none that can be read."""
        if nested := nested_element(self.typename):
            return nested
        vector = _VECTOR.fullmatch(self.typename)
        dtype = ELEMENT_TYPES.get(vector[1] if vector else self.typename)
        return None if dtype is None else Element(dtype, VECTOR_HEADER if vector else 0)


def members(streamer: Any) -> list[Member]:
    """List the members of a class in the order of writing, from uproot's streamer of it."""
    found = []
    for e in streamer.elements:
        has_length = e.classname in ("TStreamerSTL", "TStreamerBase")
        n = e.member("fArrayLength")
        found.append(Member(e.name, f"{e.typename}[{n}]" if n else e.typename, has_length))
    return found


def nested_element(typename: str, member: str = "") -> Element | None:
    """Find out how the numbers of a vector of vectors are stored; None for any other type.

    Parameters
    ----------
    member
        For element links, one of `LINK_MEMBERS`.
    """
    match = _NESTED.fullmatch(typename)
    if match is None:
        return None
    content = match[1].strip()
    if _LINK.fullmatch(content) and member in LINK_MEMBERS:
        return Element(LINK, VECTOR_HEADER, is_nested=True, member=member)
    dtype = _NESTED_TYPES.get(content)
    if dtype is None or member:
        return None
    return Element(dtype, VECTOR_HEADER, is_nested=True)


def branch_element(branch: Any) -> Element:
    """Find out how the numbers of uproot's branch are stored.

    Raises
    ------
    UserError
        If an entry isn't a number or a vector of numbers, or is stored in an unknown way.
    """
    class_name = branch.member("fClassName", none_if_missing=True) or ""
    found = _packed(branch, class_name) or _plain(branch.interpretation)
    if found is None or branch.branches:
        raise no_number(branch.name, class_name or branch.typename)
    return found


def _packed(branch: Any, class_name: str) -> Element | None:
    packing = branch_packing(branch, class_name)
    if packing is None:
        return None
    is_vector = class_name == f"vector<{packing.typename}>"
    return Element(packing.dtype, VECTOR_HEADER if is_vector else 0, packing)


def _plain(interpretation: Any) -> Element | None:
    header = 0
    if type(interpretation) is AsJagged:
        header, interpretation = interpretation.header_bytes, interpretation.content
    if type(interpretation) is not AsDtype or header not in (0, VECTOR_HEADER):
        return None
    dtype = interpretation.from_dtype
    return None if dtype.shape or dtype.fields else Element(dtype, header)
