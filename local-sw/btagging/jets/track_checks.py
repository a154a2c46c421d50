"""Whether the tracks of some files go together, and with a network."""

from __future__ import annotations

from collections.abc import Sequence

from btagging.errors import UserError, shown
from btagging.jets.field_checks import check_source
from btagging.jets.jet_file import JetFile, opened
from btagging.jets.track_file import TrackFile, read_track_file
from btagging.jets.tracks import split_fields


def check_track_fields(files: Sequence[JetFile], names: Sequence[str]) -> None:
    """Refuse fields of tracks that are not there, or mean different things in two files.

    Raises
    ------
    UserError
        Names the file and the field.
    """
    first, *_ = found = [read_track_file(file) for file in files]
    for tracks in found:
        for name in names:
            if name not in tracks.fields:
                there = ", ".join(shown(field) for field in tracks.fields)
                raise UserError(f"{tracks.path}: no field '{shown(name)}', but: {there}")
            check_source(first, tracks, name)
        for what in ("n_max", "selection", "association"):
            here, before = (getattr(each, what) for each in (tracks, first))
            if here != before:
                raise UserError(
                    f"{tracks.path}: {what} of its tracks is {shown(here) or 'unknown'}, but "
                    f"{shown(before) or 'unknown'} in {first.path}; dump the files with the same "
                    "options"
                )


def check_tracks(tracks: TrackFile, n_max: int, selection: str, association: str) -> None:
    """Refuse tracks that cannot be like those of a training.

    Parameters
    ----------
    n_max, selection, association
        How many tracks per jet the training had room for, the selection that they passed, and the
        links that led to them; empty where that is not known.

    Raises
    ------
    UserError
        Names the file and what differs.
    """
    if tracks.selection and selection and tracks.selection != selection:
        raise UserError(
            f"{tracks.path}: its tracks passed the selection {shown(tracks.selection)}, but the "
            f"network was trained on {shown(selection)}; dump them with --track-selection "
            f"{shown(selection)}"
        )
    if tracks.association and association and tracks.association != association:
        raise UserError(
            f"{tracks.path}: its tracks are those of {shown(tracks.association)}, but the network "
            f"was trained on {shown(association)}; dump them with --track-association "
            f"{shown(association)}"
        )
    if tracks.n_max < n_max:
        raise UserError(
            f"{tracks.path}: has room for {tracks.n_max} tracks per jet, but the network was "
            f"trained with {n_max}; dump them with --tracks {n_max}"
        )


def has_fields(file: JetFile, names: Sequence[str]) -> bool:
    """Tell whether a file has some fields, of its jets or of their tracks."""
    of_jets, of_tracks = split_fields(names)
    if not set(of_jets) <= set(file.fields):
        return False
    with opened(file.path, file.dataset) as jets:
        if not of_tracks or file.tracks not in jets.file:
            return not of_tracks
    return set(of_tracks) <= set(read_track_file(file).fields)
