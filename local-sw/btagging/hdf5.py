"""HDF5 files, with a plain word for whatever can be wrong with one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from btagging.errors import UserError

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
    except OSError as error:
        raise UserError(f"{path}: {_why_not_hdf5(path, error)}") from error


def existing(name: str | Path) -> Path:
    """Turn the name of a file into its path.

    Raises
    ------
    UserError
        If there is no file of this name.
    """
    path = Path(name)
    if path.is_dir():
        raise UserError(f"{path}: a folder, not an HDF5 file; name the files in it")
    if not path.exists():
        raise UserError(f"{path}: no such file; atlas-sw/dump-xaod makes one")
    return path


def check_sources(path: Path, dataset: h5py.Dataset) -> None:
    """Refuse a virtual dataset with missing sources: HDF5 reads zeros there, in silence.

    Parameters
    ----------
    path
        The file that holds the dataset.
    dataset
        Any dataset, virtual or not.

    Raises
    ------
    UserError
        If a source is missing.
    """
    for source in dataset.virtual_sources() if dataset.is_virtual else ():
        if source.file_name == ".":
            continue
        # HDF5 looks in the file's own folder, also for the bare name, and in the current one.
        name = Path(source.file_name)
        found = [p for p in (path.parent / name, path.parent / name.name, name) if p.exists()]
        if not found:
            raise UserError(f"{path}: virtual dataset whose source {name} is gone; put it back")
        with open_hdf5(found[0]) as file:
            original = file.get(source.dset_name)
            # A source that is shown whole has no shape of its own here.
            n_rows = (*source.src_space.shape, source.vspace.get_select_npoints())[0]
            if original is None or original.shape[0] < n_rows:
                raise UserError(
                    f"{path}: virtual dataset whose source {name} no longer has {n_rows} rows in "
                    f"{source.dset_name}; make the virtual dataset again"
                )
            check_sources(found[0], original)


def _why_not_hdf5(path: Path, error: OSError) -> str:
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
    return f"HDF5 cannot open it ({error})"
