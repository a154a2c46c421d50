"""Open a tree of 1500 branches and build only the branches that are needed.

For each branch uproot builds some fifteen Python objects, which takes one or two seconds per
derivation. Here uproot records each branch's name and position, and builds a branch on demand. The
hook is uproot's `custom_classes`; the byte layout is TBufferFile's, as described in ROOT's
`io/doc/TFile` and in uproot's own `deserialization.read_object_any`.
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
    """The classes by the positions of their names, also of names in skipped branches.

    A class's name is stored where the class occurs first; later objects refer to that
    position, which may be in a branch that was not read.

    Parameters
    ----------
    origin
        The index in `tree` that positions are relative to.
    file
        uproot's open file, which has the models of classes by name.
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
    """uproot's list of objects, in which a tree's branches are read on demand."""

    def read_members(self, chunk: Any, cursor: Any, context: Any, file: Any) -> None:
        """Read the list, or for a tree's branches record their positions."""
        if self._parent.classname != "TTree":
            super().read_members(chunk, cursor, context, file)
            return
        start, stop = cursor.index, self.cursor.index + self.num_bytes
        # A view, not a copy: a large file has tens of MB of these.
        self._tree = memoryview(chunk.get(0, stop, cursor, context))
        # The tree's second list, fLeaves, refers to objects in the branches: not needed.
        is_branches = not self._parent.has_member("fBranches")
        self._data: list[Any] = []
        self._spans = dict(_branches(self._tree, start)) if is_branches else {}
        self._source = (chunk.source, context, file)
        self._tags = ClassTags(self._tree, cursor.origin, file)
        self._origin = cursor.origin
        cursor.move_to(stop)

    @property
    def names(self) -> list[str]:
        """The names of all top-level branches."""
        return list(self._spans)

    def read_branch(self, name: str) -> Any:
        """Build one of the branches in `names`, with its sub-branches."""
        source, context, file = self._source
        start, stop = self._spans[name]
        chunk = Chunk.wrap(source, self._tree[start:stop], start)
        cursor = uproot.source.cursor.Cursor(start, self._origin, self._tags)
        return uproot.deserialization.read_object_any(
            chunk, cursor, context, file, self._file, self._parent
        )


def _branches(tree: memoryview, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name, start and stop of each branch in a serialised list."""
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
    """Read the zero-terminated string that follows the tag of a class's first object."""
    return tree[tag + 4 : tag + 4 + _LONGEST_NAME].tobytes().partition(b"\0")[0]


def _after_tobject(tree: memoryview, start: int) -> int:
    """Position after a TObject, which is a version (2 bytes), an identifier (4) and bits (4)."""
    (bits,) = _WORD.unpack_from(tree, start + 6)
    return start + 10 + (2 if bits & _IS_REFERENCED else 0)


def open_file(path: str) -> Any:
    """Open a ROOT file, by name or address, with uproot; branches of its trees are on demand."""
    classes = {**uproot.classes, "TObjArray": Model_TObjArrayOfBranches}
    handler: type[Source] = LocalSource
    if is_remote(path):
        from dumpxaod.files.remote import RemoteSource

        handler = RemoteSource
    uproot.compression.decompress = decompress_for_uproot
    # uproot's caches identify a file by its UUID, which two copies of it share.
    options = {"custom_classes": classes, "object_cache": None, "array_cache": None}
    return uproot.open({path: None}, handler=handler, **options)
