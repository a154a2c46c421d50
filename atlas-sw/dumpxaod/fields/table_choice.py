"""The datasets that --tracks adds: the fields of a track and of an event to write."""

from __future__ import annotations

from collections.abc import Sequence

from dumpxaod.errors import UserError, shown
from dumpxaod.fields.choice import DEFAULT, near
from dumpxaod.fields.events import find_events
from dumpxaod.fields.padded import VALID
from dumpxaod.fields.tables import Table
from dumpxaod.fields.track_selection import TrackSelection
from dumpxaod.fields.track_table import TrackTable
from dumpxaod.fields.tracks import HITS, IMPACT, KINEMATICS, TRACK_FIELDS, TrackField
from dumpxaod.options import DumpOptions
from dumpxaod.xaod.find_tracks import TrackCollection, find_tracks
from dumpxaod.xaod.jet_collection import JetCollection
from dumpxaod.xaod.names import check, split
from dumpxaod.xaod.tracks import TRACKS


def track_tables(jets: JetCollection, n_max: int, options: DumpOptions) -> list[Table]:
    """Choose the fields of /tracks, with at most `n_max` per jet, and of /eventwise.

    Raises
    ------
    UserError
        If the tracks, or variables that their fields need, are missing.
    """
    tracks = find_tracks(jets, options.track_association)
    fields = choose_track_fields(options.track_variables, tracks)
    selection = TrackSelection(options.track_selection)
    selection.require(tracks)
    events = find_events(jets.daod.store, tracks.storage.vertices)
    return [TrackTable(tracks, fields, selection, n_max), events]


def choose_track_fields(
    names: Sequence[str] | None, collection: TrackCollection
) -> tuple[TrackField, ...]:
    """Choose the fields of /tracks.

    Parameters
    ----------
    names
        Names of `TRACK_FIELDS` or event-data names of a track, and "default" for the default
        ones; None is the same as "default".

    Raises
    ------
    UserError
        If a name is unknown.
    """
    default = [*(field.name for field in (*KINEMATICS, *IMPACT))]
    default += [name for name in HITS if name in collection.storage.variables]
    chosen = [n for name in names or [DEFAULT] for n in (default if name == DEFAULT else [name])]
    return tuple(find_track_field(name, collection) for name in dict.fromkeys(chosen))


def find_track_field(name: str, collection: TrackCollection) -> TrackField:
    """Find a field of tracks; a `UserError` if its name is unknown."""
    if name in TRACK_FIELDS:
        return TRACK_FIELDS[name]
    full = split(check(name))
    variable = full[1] if full and full[0] == TRACKS else name
    if variable not in collection.storage.variables or name == VALID:
        raise _unknown(name, collection)
    return TrackField(name, variable, lambda t: t[variable], sources=(variable,))


def _unknown(name: str, collection: TrackCollection) -> UserError:
    others = near(name, {*TRACK_FIELDS, *collection.storage.variables})
    return UserError(
        f"{collection.jets.daod.path}: {TRACKS} has no variable {shown(name)}; {others}"
    )
