"""What a file says of the tracks of its jets, and whether they are what they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from btagging.errors import UserError, shown
from btagging.jets.attributes import read_attributes
from btagging.jets.dataset import PREFIX
from btagging.jets.hdf5 import damage_as_error
from btagging.jets.jet_file import JetFile, opened
from btagging.jets.rows import StoredRows
from btagging.jets.storage import bytes_per_row
from btagging.jets.virtual import stored_rows

if TYPE_CHECKING:
    import h5py

_MOST = 1000  # tracks per jet
_ALL = "all that the links lead to"  # what the dumper says of the selection "none"


@dataclass(frozen=True)
class TrackFile:
    """What one file says of the tracks of its jets.

    Parameters
    ----------
    path
        The file.
    n_jets, n_max
        Number of rows, and of places for tracks in each.
    fields
        Its fields of numbers, in file order, with `PREFIX`.
    selection, association
        The names of the selection that the tracks passed, and of the links that lead to them; empty
        where the file is silent.
    sources
        The formula of each field; empty where the file is silent.
    rows_per_chunk, bytes_per_row
        How the rows are stored.
    """

    path: Path
    n_jets: int
    n_max: int
    fields: tuple[str, ...]
    selection: str
    association: str
    sources: Mapping[str, str]
    rows_per_chunk: int
    bytes_per_row: int


def read_track_file(file: JetFile) -> TrackFile:
    """Read all but the tracks.

    Raises
    ------
    UserError
        If the file has no tracks, or they are not those of its jets.
    """
    with damage_as_error(file.path), opened(file.path, file.dataset) as jets:
        tracks = _beside(file, jets)
        names = [name for name in tracks.dtype.names if tracks.dtype[name].kind in "biuf"]
        wanted = ("selection", "association", *(f"{name}.source" for name in names))
        found = read_attributes(file.path, file.tracks, wanted)
        return TrackFile(
            path=file.path,
            n_jets=len(tracks),
            n_max=tracks.shape[1],
            fields=tuple(f"{PREFIX}{name}" for name in names),
            selection=_name_of(found.get("selection", "")),
            association=found.get("association", "").partition(" of ")[0],
            sources={f"{PREFIX}{name}": found.get(f"{name}.source", "") for name in names},
            rows_per_chunk=tracks.chunks[0] if tracks.chunks else 1,
            bytes_per_row=bytes_per_row(tracks),
        )


def _name_of(selection: str) -> str:
    """Take the name out of what the dumper says of a selection."""
    name = "none" if selection == _ALL else selection.partition(":")[0]
    return name if name.isidentifier() else ""


def _beside(file: JetFile, jets: h5py.Dataset) -> h5py.Dataset:
    """Find the dataset of tracks, and check that it belongs to the jets."""
    import h5py

    tracks = jets.file.get(file.tracks)
    where = f"{file.path}: /{shown(file.tracks)}"
    if not isinstance(tracks, h5py.Dataset):
        raise UserError(f"{where}: there is no such dataset{_others(file, jets)}")
    if tracks.file.filename != jets.file.filename:
        raise UserError(f"{where}: its tracks are in other files; name those files instead")
    if tracks.ndim != 2 or not 0 < tracks.shape[1] <= _MOST or not tracks.dtype.names:
        raise UserError(
            f"{where} is not a two-dimensional compound dataset (one row of up to {_MOST:,} tracks "
            "per jet, with named fields)"
        )
    if len(tracks) != file.n_jets:
        raise UserError(f"{where}: {len(tracks):,} rows for {file.n_jets:,} jets; dump them again")
    if "valid" not in tracks.dtype.names or tracks.dtype["valid"].kind != "b":
        raise UserError(f"{where}: no field valid that is true for tracks, and false for padding")
    sources = stored_rows(tracks)[1:]
    if sources and jets.is_virtual and not _are_beside(file.rows[1:], sources):
        raise UserError(
            f"{where}: virtual dataset that shows other rows than /{shown(file.dataset)}; make "
            "both again, from the same files in the same order"
        )
    return tracks


def _others(file: JetFile, jets: h5py.Dataset) -> str:
    """Say where else beside the jets there may be tracks."""
    there = [found for found in jets.parent.values() if getattr(found, "ndim", 0) == 2]
    names = [shown(found.name.strip("/")) for found in there]
    if not names:
        return "; dump the jets with --tracks"
    return f", but: {', '.join(names)}; choose one with --dataset {shown(file.dataset)},{names[0]}"


def _are_beside(jets: Sequence[StoredRows], tracks: Sequence[StoredRows]) -> bool:
    """Tell whether the sources of two virtual datasets are the same rows of the same files."""
    return len(jets) == len(tracks) and all(
        one.location[:2] == other.location[:2] and np.array_equal(one.pieces, other.pieces)
        for one, other in zip(jets, tracks, strict=True)
    )
