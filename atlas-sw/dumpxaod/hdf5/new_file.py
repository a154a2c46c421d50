"""A new HDF5 file in which damage is detected, and which appears when it is complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np

from dumpxaod.errors import FatalError, UserError, os_reason
from dumpxaod.hdf5.disk import Disk
from dumpxaod.output import writable, write_atomically

# Since version 1.10 of HDF5, all metadata of a file have checksums.
VERSION = h5py.h5f.LIBVER_V110
# This many attributes are kept in the dataset's header, which has a checksum; heaps may have none.
MOST_ATTRIBUTES = 60_000


class HDF5Output:
    """An HDF5 file under a temporary name, in a ``with`` statement.

    Parameters
    ----------
    inputs
        Files that must not be overwritten.

    Attributes
    ----------
    file
        h5py's open file.

    Raises
    ------
    FatalError
        If the file cannot be written there.
    """

    def __init__(self, path: Path, inputs: Iterable[Path] = ()) -> None:
        self.path = path
        self._inputs = tuple(inputs)

    def __enter__(self) -> HDF5Output:
        check_output(self.path, self._inputs)
        with _as_work_error(), ExitStack() as stack:
            (partial,) = stack.enter_context(write_atomically(self.path, inputs=self._inputs))
            self._disk = stack.enter_context(Disk(partial, "wb+"))
            self.file = _new_file(self._disk)
            stack.callback(self._close)
            self._closing = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error:
            self._closing.__exit__(kind, error, trace)
        else:
            with _as_work_error():
                self._closing.close()

    def _close(self) -> None:
        with self.writing():
            self.file.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raise the failures of the disk at the end of the block.

        Raises
        ------
        FatalError
            If something could not be written.
        """
        try:
            try:
                yield
            finally:
                self._disk.check()
        except (OSError, RuntimeError) as error:  # HDF5 raises both
            raise FatalError(f"{self.path}: cannot be written ({os_reason(error)})") from error


def _new_file(disk: Disk) -> h5py.File:
    """Create a file without timestamps: the same jets give the same bytes."""
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    creation.set_obj_track_times(False)
    # /jets first: h5split of atlas-ftag-tools takes the number of jets from the first dataset.
    creation.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fileobj_driver(h5py.h5fd.fileobj_driver, disk)
    access.set_libver_bounds(VERSION, VERSION)
    name = str(disk.name).encode("utf-8", "surrogateescape")
    return h5py.File(h5py.h5f.create(name, h5py.h5f.ACC_TRUNC, fcpl=creation, fapl=access))


def attach(dataset: h5py.Dataset, name: str, text: str) -> None:
    """Attach an attribute of fixed length; HDF5 has no checksum for those of variable length."""
    content = text.encode("utf-8", "backslashreplace")
    dtype = h5py.string_dtype("utf-8", max(len(content), 1))
    dataset.attrs.create(name, np.array(content, dtype), dtype=dtype)


def with_attributes_in_header() -> Any:
    """Make the creation properties of a dataset that keeps its attributes in its header."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_attr_phase_change(MOST_ATTRIBUTES, 0)
    return properties


def check_output(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Refuse to overwrite what is certainly not an earlier output.

    Raises
    ------
    FatalError
        If the path is a folder, a device or a pipe, a ROOT file, or one of the inputs.
    """
    with _as_work_error():
        target = writable(path, inputs)
    if target.is_file():
        with target.open("rb") as file:
            if file.read(4) == b"root":
                raise FatalError(
                    f"{path}: is a ROOT file, which is not overwritten; choose another -o"
                )


@contextmanager
def _as_work_error() -> Iterator[None]:
    """Raise a `FatalError`: no input must be skipped because the output cannot be written."""
    try:
        yield
    except FatalError:
        raise
    except UserError as error:
        raise FatalError(str(error)) from error
