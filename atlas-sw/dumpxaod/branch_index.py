"""Open a tree of 1500 branches and build only the ones that are wanted.

For each branch uproot builds some fifteen Python objects, one or two seconds a
derivation. Here uproot notes each branch's name and place, and builds a branch
when it is asked for. The hook is uproot's `custom_classes`; the byte layout is
TBufferFile's, as described in ROOT's `io/doc/TFile` and in uproot's own
`deserialization.read_object_any`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, SupportsIndex

import uproot
from uproot.models.TObjArray import Model_TObjArray

from .inputs import is_remote

_WORD = struct.Struct(">I")
_HAS_BYTE_COUNT = 0x40000000
_NEW_CLASS = 0xFFFFFFFF
_TAG_OFFSET = 2  # a reference to a class is the position of its tag plus two
_IS_REFERENCED = 1 << 4  # a TObject with this bit has two more bytes


class ClassTags(dict[int, Any]):
    """The classes met so far by their position; finds those in skipped branches too.

    A class's name stands only where the class occurs first; later objects refer to
    that place, which may lie in a branch that was not read.

    Parameters
    ----------
    chunk
        The bytes of the tree.
    origin
        The index in `chunk` that positions are counted from.
    file
        The open file, which has the model of a class by its name.
    """

    def __init__(self, chunk: Any, origin: int, file: Any) -> None:
        super().__init__()
        self._chunk, self._origin, self._file = chunk, origin, file

    def __contains__(self, position: object) -> bool:
        if super().__contains__(position):
            return True
        assert isinstance(position, SupportsIndex)  # older uproots give NumPy's integers
        position = position.__index__()
        cursor = uproot.source.cursor.Cursor(self._origin + position - _TAG_OFFSET)
        if cursor.field(self._chunk, _WORD, {}) != _NEW_CLASS:
            return False
        self[position] = self._file.class_named(cursor.classname(self._chunk, {}))
        return True


class Model_TObjArrayOfBranches(Model_TObjArray):  # type: ignore[misc]  # noqa: N801 - uproot wants such a name
    """A list of objects that is read as ever, but for the list of branches of a tree."""

    def read_members(self, chunk: Any, cursor: Any, context: Any, file: Any) -> None:
        """Read the list, or for a tree's branches note where each of them lies."""
        if self._parent.classname != "TTree":
            super().read_members(chunk, cursor, context, file)
            return
        start, stop = cursor.index, self.cursor.index + self.num_bytes
        data = chunk.get(start, stop, cursor, context).tobytes()
        # The tree's second list, fLeaves, refers to what lies in the branches: not needed.
        is_branches = not self._parent.has_member("fBranches")
        self._data: list[Any] = []
        self._starts = {name: start + i for name, i in _names(data)} if is_branches else {}
        self._source = (chunk, context, file)
        self._tags = ClassTags(chunk, cursor.origin, file)
        self._origin = cursor.origin
        cursor.move_to(stop)

    @property
    def names(self) -> list[str]:
        """The names of all top-level branches."""
        return list(self._starts)

    def read_branch(self, name: str) -> Any:
        """Build one branch, with its sub-branches.

        Parameters
        ----------
        name
            One of `names`.
        """
        chunk, context, file = self._source
        cursor = uproot.source.cursor.Cursor(self._starts[name], self._origin, self._tags)
        return uproot.deserialization.read_object_any(
            chunk, cursor, context, file, self._file, self._parent
        )


def _names(data: bytes) -> Iterator[tuple[str, int]]:
    """Name and position of each branch in a serialised list, without its header."""
    start = _after_tobject(data, 0)
    start += 1 + data[start]  # the list's name, which is empty
    (n_branches,) = _WORD.unpack_from(data, start)
    start += 8  # the number of branches and the index of the first
    for _ in range(n_branches):
        count, tag = struct.unpack_from(">II", data, start)
        name = start + 8
        if tag == _NEW_CLASS:
            name = data.index(b"\0", name) + 1
        # A branch begins with its base classes, each one in its own byte count and version.
        while _WORD.unpack_from(data, name)[0] & _HAS_BYTE_COUNT:
            name += 6
        name = _after_tobject(data, name)
        yield data[name + 1 : name + 1 + data[name]].decode(), start
        start += 4 + (count & ~_HAS_BYTE_COUNT)


def _after_tobject(data: bytes, start: int) -> int:
    """Position after a TObject: version (2 bytes), identifier (4), bits (4)."""
    (bits,) = _WORD.unpack_from(data, start + 6)
    return start + 10 + (2 if bits & _IS_REFERENCED else 0)


def open_file(path: str) -> Any:
    """Open a ROOT file such that its trees have a list of branches read on demand.

    Parameters
    ----------
    path
        A file name or an address that uproot understands.
    """
    classes = {**uproot.classes, "TObjArray": Model_TObjArrayOfBranches}
    handler: Any = None
    if is_remote(path):
        from .remote import RemoteSource

        handler = RemoteSource
    # uproot's caches know a file by its UUID: two copies of one file would be one.
    options = {"custom_classes": classes, "object_cache": None, "array_cache": None}
    return uproot.open({path: None}, handler=handler, **options)
