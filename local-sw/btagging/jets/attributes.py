"""The attributes of an HDF5 dataset, read without trust in the file."""

from __future__ import annotations

import io
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btagging.errors import shown
from btagging.jets.hdf5 import damage_as_error

if TYPE_CHECKING:
    import h5py

_MAX_NAMES = 1000  # in a list
_HEAP = b"GCOL"
_HEADER = struct.Struct("<8xQ")  # name and version, size of the heap
_OBJECT = struct.Struct("<HHIQ")  # number, references, reserved, size


def read_attributes(path: Path, dataset: str, wanted: Collection[str]) -> dict[str, str]:
    """Read attributes that are text; what is not UTF-8 in them is escaped.

    This also checks that HDF5 can read all global heaps of the dataset: call it before anything
    that reads them, such as a virtual dataset.

    Raises
    ------
    UserError
        If an attribute is there but unreadable.
    """
    import h5py

    with _checked(path) as file:
        found = file.get(dataset)
        if not isinstance(found, h5py.Dataset):
            return {}
        return {name: _text(found, name) for name in found.attrs if name in wanted}


def read_names(path: Path, dataset: str, wanted: str) -> tuple[str, ...]:
    """Read an attribute that is a list of texts; empty where there is none of this name.

    Raises
    ------
    UserError
        If it is anything else.
    """
    from h5py import h5t

    with _checked(path) as file:
        attributes = file[dataset].attrs
        if wanted not in attributes:
            return ()
        stored = attributes.get_id(wanted)
        is_text = stored.get_type().get_class() == h5t.STRING
        if not is_text or len(stored.shape) != 1 or not 0 < stored.shape[0] <= _MAX_NAMES:
            raise OSError(f"its attribute '{shown(wanted)}' is no list of names")
        return tuple(map(_decoded, attributes[wanted]))


@contextmanager
def _checked(path: Path) -> Iterator[h5py.File]:
    import h5py

    with damage_as_error(path), _CheckedFile(path) as raw, h5py.File(raw, "r") as file:
        yield file


class _CheckedFile(io.FileIO):
    """A file whose global heaps are checked before HDF5 sees them.

    HDF5 keeps texts of variable length in them, and its reader never returns from one in which
    an empty object has the number 0. The layout is in section III.E of HDF5's file format.
    """

    def readinto(self, buffer: Any) -> int:
        start = self.tell()
        n = super().readinto(buffer) or 0
        if bytes(buffer[:4]) == _HEAP:
            self._check_heap(start)
            self.seek(start + n)
        return n

    def _check_heap(self, start: int) -> None:
        self.seek(start)
        (size,) = _HEADER.unpack(self.read(_HEADER.size))
        if start + size > self.seek(0, io.SEEK_END):
            raise OSError("a heap is larger than the file")
        self.seek(start)
        heap, position = self.read(size), _HEADER.size
        while position + _OBJECT.size <= size:
            number, _, _, length = _OBJECT.unpack_from(heap, position)
            # Object 0 is the free space, its header included.
            step = _OBJECT.size + -(-length // 8) * 8 if number else length
            if not _OBJECT.size <= step <= size - position:
                raise OSError("a heap contradicts itself")
            position += step


def _text(dataset: h5py.Dataset, name: str) -> str:
    """Turn an attribute of any kind of text into a text that can be written anywhere."""
    from h5py import h5t

    stored = dataset.attrs.get_id(name)
    # HDF5 may crash over what else there is, once damaged.
    if stored.get_type().get_class() not in (h5t.STRING, h5t.INTEGER, h5t.FLOAT) or stored.shape:
        raise OSError(f"its attribute '{shown(name)}' is no text")
    return _decoded(dataset.attrs[name])


def _decoded(value: Any) -> str:
    if isinstance(value, str):  # h5py escapes what is not UTF-8 with surrogates
        value = value.encode("utf-8", "surrogateescape")
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
