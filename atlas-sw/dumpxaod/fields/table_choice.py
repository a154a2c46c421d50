"""The datasets that --tracks adds: which fields of a track and of an event are written."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from dumpxaod.errors import UserError, shown
from dumpxaod.fields.choice import DEFAULT
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
    """Choose what is written of the tracks of some jets, and of the events.

    Parameters
    ----------
    jets
        The jets of a derivation.
    n_max
        How many tracks of each.
    options
        What else is asked for.

    Raises
    ------
    UserError
        If the tracks, or what their fields need, are not there.
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
    """Choose the fields to write.

    Parameters
    ----------
    names
        Names of `TRACK_FIELDS` or event-data names of a track, and "default" for the default
        ones; None is the same as "default".
    collection
        The tracks.

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
    known = {n.lower(): n for n in sorted({*TRACK_FIELDS, *collection.storage.variables} - {name})}
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    said = ", ".join(shown(known[n], 60) for n in near)
    return UserError(
        f"{collection.jets.daod.path}: {TRACKS} has no variable {shown(name)}; "
        + (f"near it: {said}" if near else "nothing is near it")
    )
