"""The tracks of jets: a dataset beside that of the jets, which has one row of tracks per jet.

A row has room for as many tracks as the dumper was asked for; `valid` tells which of them are
tracks, and which are padding. A field of the tracks goes by its name after `PREFIX`, as in
`tracks/dr`, and is an array of shape (jets, tracks) wherever a field of the jets is of
shape (jets,).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.jets.attributes import read_attributes
from btagging.jets.chunks import row_reader
from btagging.jets.dump_attributes import ROUNDED
from btagging.jets.hdf5 import damage_as_error
from btagging.jets.jet_file import JetFile, opened
from btagging.jets.storage import bytes_per_row, find_chunks

if TYPE_CHECKING:
    import h5py

TRACKS = "tracks"
"""Name of the dataset by the custom of flavour tagging."""

PREFIX = f"{TRACKS}/"
VALID = f"{PREFIX}valid"

_MOST = 1000  # tracks per jet
_ALL = "all that the links lead to"  # what the dumper says of the selection "none"

Reader = Callable[[range], NDArray[Any]]


@dataclass(frozen=True)
class TrackFile:
    """What one file says of the tracks of its jets.

    Parameters
    ----------
    dataset
        The name of the tracks' dataset.
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

    dataset: str
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
        found = read_attributes(file.path, tracks.name.strip("/"), wanted)
        return TrackFile(
            dataset=tracks.name.strip("/"),
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

    tracks = jets.parent.get(TRACKS)
    where = f"{file.path}: /{TRACKS}"
    if not isinstance(tracks, h5py.Dataset):
        raise UserError(f"{where}: there is no such dataset; dump the jets with --tracks")
    if tracks.file.filename != jets.file.filename or tracks.is_virtual:
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
    find_chunks(tracks)
    return tracks


def check_track_fields(files: Sequence[JetFile], names: Sequence[str]) -> None:
    """Refuse fields of tracks that are not there, or mean different things in two files.

    Raises
    ------
    UserError
        Names the file and the field.
    """
    found = [(file.path, read_track_file(file)) for file in files]
    (first_path, first), *_ = found
    for path, tracks in found:
        for name in names:
            if name not in tracks.fields:
                there = ", ".join(shown(field) for field in tracks.fields)
                raise UserError(f"{path}: no field '{shown(name)}', but: {there}")
            here, before = (t.sources[name].removesuffix(ROUNDED) for t in (tracks, first))
            if here != before:
                raise UserError(
                    f"{path}: field '{shown(name)}' was made from {shown(here) or 'unknown'}, but "
                    f"in {first_path} from {shown(before) or 'unknown'}; use the files one by one"
                )
        for what in ("n_max", "selection", "association"):
            here, before = (getattr(each, what) for each in (tracks, first))
            if here != before:
                raise UserError(
                    f"{path}: {what} of its tracks is {shown(here) or 'unknown'}, but "
                    f"{shown(before) or 'unknown'} in {first_path}; dump the files with the same "
                    "options"
                )


def check_tracks(file: JetFile, n_max: int, selection: str, association: str) -> None:
    """Refuse tracks that cannot be like those of a training.

    Parameters
    ----------
    file
        With the tracks.
    n_max, selection, association
        How many tracks per jet the training had room for, the selection that they passed, and the
        links that led to them; empty where that is not known.

    Raises
    ------
    UserError
        Names the file and what differs.
    """
    tracks = read_track_file(file)
    if tracks.selection and selection and tracks.selection != selection:
        raise UserError(
            f"{file.path}: its tracks passed the selection {shown(tracks.selection)}, but the "
            f"network was trained on {shown(selection)}; dump them with --track-selection "
            f"{shown(selection)}"
        )
    if tracks.association and association and tracks.association != association:
        raise UserError(
            f"{file.path}: its tracks are those of {shown(tracks.association)}, but the network "
            f"was trained on {shown(association)}; dump them with --track-association "
            f"{shown(association)}"
        )
    if tracks.n_max < n_max:
        raise UserError(
            f"{file.path}: has room for {tracks.n_max} tracks per jet, but the network was trained "
            f"with {n_max}; dump them with --tracks {n_max}"
        )


def with_tracks(jets: h5py.Dataset, names: Sequence[str]) -> Reader:
    """Choose how to read the rows of jets together with fields of their tracks.

    Parameters
    ----------
    jets
        The dataset of the jets. Its file must stay open.
    names
        Fields of the tracks, with `PREFIX`.

    Returns
    -------
    callable
        As `row_reader` gives it: a field of the tracks is one more field of the rows.
    """
    read_jets, read_tracks = row_reader(jets), row_reader(jets.parent[TRACKS])

    def read(rows: range) -> NDArray[Any]:
        of_jets, of_tracks = read_jets(rows), read_tracks(rows)
        own = {name: of_jets[name] for name in of_jets.dtype.names or ()}
        more = {name: of_tracks[name.removeprefix(PREFIX)] for name in names}
        columns = own | more
        result = np.empty(len(rows), [(n, c.dtype, c.shape[1:]) for n, c in columns.items()])
        for name, values in columns.items():
            result[name] = values
        return result

    return read


def has_fields(file: JetFile, names: Sequence[str]) -> bool:
    """Tell whether a file has some fields, of its jets or of their tracks."""
    of_jets, of_tracks = split_fields(names)
    if not set(of_jets) <= set(file.fields):
        return False
    with opened(file.path, file.dataset) as jets:
        if not of_tracks or TRACKS not in jets.parent:
            return not of_tracks
    return set(of_tracks) <= set(read_track_file(file).fields)


def split_fields(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the fields of jets from those of their tracks."""
    tracks = [name for name in names if name.startswith(PREFIX)]
    return [name for name in names if name not in tracks], tracks
