"""Find the dataset of the jets in a file, or say why there is none."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from btagging.errors import UserError, shown
from btagging.jets.hdf5 import damaged

if TYPE_CHECKING:
    import h5py

JETS, TRACKS = "jets", "tracks"
"""Its name by the custom of flavour tagging, and that of the tracks."""

PREFIX = f"{TRACKS}/"
"""What tells a field of tracks from one of jets, wherever fields are named."""


def split_names(names: str) -> tuple[str, str]:
    """Tell the name of the jets' dataset from that of their tracks.

    Parameters
    ----------
    names
        Both, with a comma between them; or the first, and the tracks are in `TRACKS` beside it.
    """
    jets, _, tracks = names.partition(",")
    return jets, tracks or str(PurePosixPath(jets).with_name(TRACKS))


def find_dataset(path: Path, file: h5py.File, name: str) -> h5py.Dataset:
    """Find a one-dimensional compound dataset by its name, which has no slash at the start.

    Raises
    ------
    UserError
        If there is none of this name, it is another object, in another file, or empty.
    """
    dataset = _get(file, name)
    if dataset is None:
        raise _missing(path, file, name)
    if getattr(dataset, "ndim", None) != 1 or not dataset.dtype.names:
        raise UserError(
            f"{path}: /{shown(name)} is not a one-dimensional compound dataset (one row per jet, "
            "with named fields)"
        )
    if dataset.file.filename != file.filename:  # the attributes of the jets would be lost
        raise UserError(
            f"{path}: /{shown(name)} is a link into another file; name that file: "
            f"{shown(dataset.file.filename)}"
        )
    if not dataset.shape[0]:
        raise UserError(f"{path}: /{shown(name)} has no jets in it")
    return dataset


def _get(file: h5py.File, name: str) -> h5py.Dataset | None:
    try:
        return file.get(name)
    except (KeyError, OSError, RuntimeError):  # a link to itself, or into a file that is damaged
        return None


def _missing(path: Path, file: h5py.File, name: str) -> UserError:
    import h5py

    link = file.get(name, getlink=True) if name in _names(file, name) else None
    if isinstance(link, h5py.ExternalLink):
        return UserError(
            f"{path}: /{shown(name)} is a link to {shown(link.path)} in {shown(link.filename)}, "
            "which is not there or cannot be opened; put that file back"
        )
    if isinstance(link, h5py.SoftLink):
        return UserError(
            f"{path}: /{shown(name)} is a link to {shown(link.path)}, where nothing is; "
            "make the file again"
        )
    if link is not None:
        return damaged(path, f"/{shown(name)} is listed but unreadable")
    there = ", ".join(map(shown, file))
    choice = f"{there}; choose one with --dataset" if there else "nothing"
    return UserError(f"{path}: no dataset /{shown(name)} in it, but: {choice}")


def _names(file: h5py.File, name: str) -> list[str]:
    """List the members of a dataset's group, links included, each with the group's name."""
    import h5py

    group, slash, _ = name.rpartition("/")
    found = _get(file, group) if group else file
    return [group + slash + member for member in found] if isinstance(found, h5py.Group) else []
