"""Whether the tracks of some files go together, and with a network."""

from __future__ import annotations

from collections.abc import Sequence

from btagging.errors import UserError, shown
from btagging.jets.dump_attributes import ROUNDED
from btagging.jets.jet_file import JetFile, opened
from btagging.jets.track_file import read_track_file
from btagging.jets.tracks import split_fields


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
        if (tracks.n_max, tracks.selection) != (first.n_max, first.selection):
            raise UserError(
                f"{path}: up to {tracks.n_max} tracks per jet, selection "
                f"{shown(tracks.selection) or 'unknown'}, but in {first_path} up to {first.n_max}, "
                f"{shown(first.selection) or 'unknown'}; dump the files with the same options"
            )


def check_selection(file: JetFile, selection: str) -> None:
    """Refuse tracks that passed another selection than those of a training, where both are known.

    Raises
    ------
    UserError
        Names the file and both.
    """
    found = read_track_file(file).selection
    if found and selection and found != selection:
        raise UserError(
            f"{file.path}: its tracks passed the selection {shown(found)}, but the network was "
            f"trained on {shown(selection)}; dump them with --track-selection {shown(selection)}"
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
