"""Which numbers a branch of a TTree or a member of an object holds, and how they are stored."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDtype

from dumpxaod.rootio.column import no_number
from dumpxaod.rootio.packed import Packing, packing

VECTOR_HEADER = 10

# An element link in a vector of vectors, where it is not split: what `nested` calls its frame, and
# its numbers. The frame has checksums if the file was written with the classes of ATLAS, and none
# if ROOT merged it without them.
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

# By ROOT's number of a leaf's type: bare, in an array, in one of variable length.
_PACKED_TYPES = {
    **dict.fromkeys((9, 29, 49), "Double32_t"),
    **dict.fromkeys((19, 39, 59), "Float16_t"),
}
_PACKED_LEAVES = {"TLeafD32": "Double32_t", "TLeafF16": "Float16_t"}
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
        Of one number.
    header
        Bytes before the numbers: `VECTOR_HEADER`, or 0 for the members of a split
        vector of objects, for arrays and for bare numbers.
    packing
        How it becomes a real, for Double32_t and Float16_t.
    is_nested
        Whether they are in vectors of a vector.
    member
        Which number of an element link is meant.
    """

    dtype: np.dtype[Any]
    header: int = 0
    packing: Packing | None = None
    is_nested: bool = False
    member: str = ""

    def unpack(self, values: NDArray[Any]) -> NDArray[Any]:
        """Turn numbers as stored, but in the native byte order, into what they stand for."""
        return self.packing.unpack(values) if self.packing else values


class Member(NamedTuple):
    """A member of an object that was written unsplit.

    Parameters
    ----------
    name
        Of the member.
    typename
        As the streamer information spells it.
    has_length
        Whether its bytes begin with their own length.
    """

    name: str
    typename: str
    has_length: bool

    @property
    def element(self) -> Element | None:
        """Its numbers, None if it has none that can be read."""
        if nested := nested_element(self.typename):
            return nested
        vector = _VECTOR.fullmatch(self.typename)
        dtype = ELEMENT_TYPES.get(vector[1] if vector else self.typename)
        return None if dtype is None else Element(dtype, VECTOR_HEADER if vector else 0)


def members(streamer: Any) -> list[Member]:
    """List the members of a class in the order of writing.

    Parameters
    ----------
    streamer
        uproot's description of the class.
    """
    found = []
    for e in streamer.elements:
        has_length = e.classname in ("TStreamerSTL", "TStreamerBase")
        n = e.member("fArrayLength")
        found.append(Member(e.name, f"{e.typename}[{n}]" if n else e.typename, has_length))
    return found


def nested_element(typename: str, member: str = "") -> Element | None:
    """Find out how the numbers of a vector of vectors are stored; None if it is no such one.

    Parameters
    ----------
    typename
        In C++.
    member
        If it has element links, the wanted one of `LINK_MEMBERS`.
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
    """Find out how the numbers of a branch are stored.

    Parameters
    ----------
    branch
        uproot's.

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


def _plain(interpretation: Any) -> Element | None:
    header = 0
    if type(interpretation) is AsJagged:
        header, interpretation = interpretation.header_bytes, interpretation.content
    if type(interpretation) is not AsDtype or header not in (0, VECTOR_HEADER):
        return None
    dtype = interpretation.from_dtype
    return None if dtype.shape or dtype.fields else Element(dtype, header)


def _packed(branch: Any, class_name: str) -> Element | None:
    """Describe Double32_t and Float16_t, which uproot confuses with float in arrays."""
    vector = _VECTOR.fullmatch(class_name)
    leaves = branch.member("fLeaves")
    if vector and vector[1] in _PACKED_LEAVES.values():
        kind = packing(vector[1], "")
        return Element(kind.dtype, VECTOR_HEADER, kind)
    if len(leaves) != 1:
        return None
    (leaf,) = leaves
    if leaf.classname == "TLeafElement":
        typename = _PACKED_TYPES.get(leaf.member("fType"))
    else:
        typename = _PACKED_LEAVES.get(leaf.classname)
    if typename is None:
        return None
    title = leaf.member("fTitle")
    if leaf.classname == "TLeafElement":
        title = getattr(branch.streamer, "title", "")
    try:
        kind = packing(typename, title)
    except ValueError:
        raise no_number(branch.name, f"{typename} ({title})") from None
    if leaf.member("fLen") != 1:
        raise no_number(branch.name, f"an array of {typename}")
    return Element(kind.dtype, 0, kind)
