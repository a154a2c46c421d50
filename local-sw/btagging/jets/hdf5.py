"""Open HDF5 files, and say what is wrong with one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from btagging.errors import UserError, os_reason, shown

if TYPE_CHECKING:
    import h5py


def open_hdf5(path: Path) -> h5py.File:
    """Open a file for reading.

    Raises
    ------
    UserError
        If it is missing, not HDF5, truncated, or may not be read.
    """
    import h5py

    existing(path)
    try:
        return h5py.File(path, "r")
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path}: {_why_not_hdf5(path, error)}") from error


def existing(name: str | Path) -> Path:
    """Turn the name of a file into its path.

    Raises
    ------
    UserError
        If it is missing, or a folder, a device or a pipe.
    """
    path = Path(name)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{path}: no such file; atlas-sw/dump-xaod makes one") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{shown(path)}: cannot be opened ({os_reason(error)})") from error
    if stat.S_ISDIR(mode):
        raise UserError(f"{path}: a folder, not an HDF5 file; name the files in it")
    if not stat.S_ISREG(mode):
        raise UserError(f"{path}: a device or a pipe, not an HDF5 file; name a file")
    return path


@contextmanager
def damage_as_error(path: Path) -> Iterator[None]:
    """Report whatever h5py raises where a file's internal tables are inconsistent.

    Raises
    ------
    UserError
        Names the file.
    """
    try:
        yield
    except (UserError, MemoryError):
        raise
    except UnicodeDecodeError as error:
        raise damaged(path, "a name in it is no UTF-8") from error
    except Exception as error:
        # h5py raises nearly everything, down to ZeroDivisionError.
        raise damaged(path, os_reason(error)) from error


def damaged(path: Path, reason: str) -> UserError:
    """Make the error of a damaged file."""
    return UserError(f"{path}: the file is damaged ({reason}); copy or make it again")


def _why_not_hdf5(path: Path, error: Exception) -> str:
    import h5py

    if not os.access(path, os.R_OK):
        return "you have no right to read it"
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        return "the file is empty (0 bytes); copy or make it again"
    if start.startswith(b"root"):
        return "a ROOT file, not HDF5; convert it with atlas-sw/dump-xaod"
    if start.lstrip()[:1] == b"<":
        return "a web page, not HDF5; the download went wrong, look at it in a browser"
    if not h5py.is_hdf5(path):
        return "not an HDF5 file; atlas-sw/dump-xaod makes one"
    if "truncated" in str(error):
        return f"truncated at {path.stat().st_size} bytes; copy or make it again"
    return f"HDF5 cannot open it ({os_reason(error)}); copy or make it again"
