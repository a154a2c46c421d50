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
from uproot.source.chunk import Chunk

from dumpxaod.files.local import LocalSource, Source
from dumpxaod.files.names import is_remote
from dumpxaod.rootio.compression import decompress_for_uproot

_WORD = struct.Struct(">I")
_HAS_BYTE_COUNT = 0x40000000
_NEW_CLASS = 0xFFFFFFFF
_TAG_OFFSET = 2  # a reference to a class is the position of its tag plus two
_LONGEST_NAME = 256  # bytes: branches are TBranch, TBranchElement and the like
_IS_REFERENCED = 1 << 4  # a TObject with this bit has two more bytes


class ClassTags(dict[int, Any]):
    """The classes met so far by their position; finds those in skipped branches too.

    A class's name stands only where the class occurs first; later objects refer to
    that place, which may lie in a branch that was not read.

    Parameters
    ----------
    tree
        The bytes of the tree.
    origin
        The index in `tree` that positions are counted from.
    file
        The open file, which has the model of a class by its name.
    """

    def __init__(self, tree: memoryview, origin: int, file: Any) -> None:
        super().__init__()
        self._tree, self._origin, self._file = tree, origin, file

    def __contains__(self, position: object) -> bool:
        if super().__contains__(position):
            return True
        assert isinstance(position, SupportsIndex)  # older uproots give NumPy's integers
        position = position.__index__()
        tag = self._origin + position - _TAG_OFFSET
        if _WORD.unpack_from(self._tree, tag)[0] != _NEW_CLASS:
            return False
        self[position] = self._file.class_named(_class_name(self._tree, tag).decode())
        return True


class Model_TObjArrayOfBranches(Model_TObjArray):  # type: ignore[misc]  # noqa: N801 - uproot wants such a name
    """A list of objects that is read as ever, but for the list of branches of a tree."""

    def read_members(self, chunk: Any, cursor: Any, context: Any, file: Any) -> None:
        """Read the list, or for a tree's branches note where each of them lies."""
        if self._parent.classname != "TTree":
            super().read_members(chunk, cursor, context, file)
            return
        start, stop = cursor.index, self.cursor.index + self.num_bytes
        # No copy of these bytes, of which a large file has tens of MB.
        self._tree = memoryview(chunk.get(0, stop, cursor, context))
        # The tree's second list, fLeaves, refers to what lies in the branches: not needed.
        is_branches = not self._parent.has_member("fBranches")
        self._data: list[Any] = []
        self._places = dict(_branches(self._tree, start)) if is_branches else {}
        self._source = (chunk.source, context, file)
        self._tags = ClassTags(self._tree, cursor.origin, file)
        self._origin = cursor.origin
        cursor.move_to(stop)

    @property
    def names(self) -> list[str]:
        """The names of all top-level branches."""
        return list(self._places)

    def read_branch(self, name: str) -> Any:
        """Build one branch, with its sub-branches.

        Parameters
        ----------
        name
            One of `names`.
        """
        source, context, file = self._source
        start, stop = self._places[name]
        chunk = Chunk.wrap(source, self._tree[start:stop], start)
        cursor = uproot.source.cursor.Cursor(start, self._origin, self._tags)
        return uproot.deserialization.read_object_any(
            chunk, cursor, context, file, self._file, self._parent
        )


def _branches(tree: memoryview, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name of each branch in a serialised list, and where the branch starts and stops."""
    start = _after_tobject(tree, start)
    start += 1 + tree[start]  # the list's name, which is empty
    (n_branches,) = _WORD.unpack_from(tree, start)
    start += 8  # the number of branches and the index of the first
    for _ in range(n_branches):
        count, tag = struct.unpack_from(">II", tree, start)
        stop = start + 4 + (count & ~_HAS_BYTE_COUNT)
        name = start + 8
        if tag == _NEW_CLASS:
            name += len(_class_name(tree, start + 4)) + 1
        # A branch begins with its base classes, each one in its own byte count and version.
        while _WORD.unpack_from(tree, name)[0] & _HAS_BYTE_COUNT:
            name += 6
        name = _after_tobject(tree, name) + 1
        yield tree[name : name + tree[name - 1]].tobytes().decode(), (start, stop)
        start = stop


def _class_name(tree: memoryview, tag: int) -> bytes:
    """Read the text, ended by a zero, that follows the tag of a class's first object."""
    return tree[tag + 4 : tag + 4 + _LONGEST_NAME].tobytes().partition(b"\0")[0]


def _after_tobject(tree: memoryview, start: int) -> int:
    """Position after a TObject: version (2 bytes), identifier (4), bits (4)."""
    (bits,) = _WORD.unpack_from(tree, start + 6)
    return start + 10 + (2 if bits & _IS_REFERENCED else 0)


def open_file(path: str) -> Any:
    """Open a ROOT file such that its trees have a list of branches read on demand.

    Parameters
    ----------
    path
        A file name or an address that uproot understands.
    """
    classes = {**uproot.classes, "TObjArray": Model_TObjArrayOfBranches}
    handler: type[Source] = LocalSource
    if is_remote(path):
        from dumpxaod.files.remote import RemoteSource

        handler = RemoteSource
    uproot.compression.decompress = decompress_for_uproot
    # uproot's caches know a file by its UUID: two copies of one file would be one.
    options = {"custom_classes": classes, "object_cache": None, "array_cache": None}
    return uproot.open({path: None}, handler=handler, **options)
