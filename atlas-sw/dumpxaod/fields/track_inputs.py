"""The inputs that a network takes from tracks: the numbers of /tracks, before they are padded."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown
from dumpxaod.fields.table_choice import choose_track_fields, find_track_field
from dumpxaod.fields.track_selection import TrackSelection
from dumpxaod.fields.track_table import DATASET as TRACKS
from dumpxaod.fields.track_table import ORDER, TrackTable
from dumpxaod.fields.tracks import TRACK_FIELDS
from dumpxaod.options import SELECTIONS, TRACKS_PER_JET, DumpOptions
from dumpxaod.rootio.daod import errors_about
from dumpxaod.xaod.batch import Batch
from dumpxaod.xaod.find_tracks import TrackCollection, find_tracks
from dumpxaod.xaod.jet_collection import JetCollection

Values = NDArray[Any]

# After a field's name, as in dr_log: what is done to it, in double precision as it is in the
# training.
TRANSFORMS: dict[str, tuple[str, Callable[[Values], Values]]] = {
    "log": ("log({})", np.log),
    "log1p": ("log(1 + {})", np.log1p),
    "symlog": ("sign(x) log(1 + |x|) of {}", lambda x: np.sign(x) * np.log1p(np.abs(x))),
}
# Names that Athena has for inputs.
ATHENA: dict[str, tuple[str, str, Callable[[Values], Values]]] = {
    "log_ptfrac": ("ptfrac", "log({})", np.log),
    "log_pt": ("pt", "log({})", np.log),
    "log_dr": ("dr", "log({})", np.log),
    "log_dr_nansafe": ("dr", "log({} + 1e-7)", lambda x: np.log(x + 1e-7)),
}
_NAME = re.compile(r"tracks_(\w+)_(\w+sort)")
_ORDER = "sd0sort"  # that of `best_first`
_UNKNOWN = "unknown"  # what `export_nn.py` writes where the training did not know the selection


@dataclass(frozen=True)
class TrackInput:
    """An input of a network.

    Parameters
    ----------
    name
        In the network.
    field
        The name of the field of /tracks that it is made from.
    formula
        How, in a person's words.
    transform
        The same for the computer.
    """

    name: str
    field: str
    formula: str
    transform: Callable[[Values], Values]


@dataclass(frozen=True)
class TrackInputs:
    """What a network takes of the tracks of some jets.

    Parameters
    ----------
    table
        /tracks, with the fields that are needed.
    inputs
        How each input is made from them.
    """

    table: TrackTable
    inputs: tuple[TrackInput, ...]

    @property
    def formulas(self) -> dict[str, str]:
        """Which tracks there are, and how each input is computed, in a person's words."""
        meanings = self.table.record().fields
        found = {
            f"{TRACKS}/{i.name}": i.formula.format(meanings[i.field].formula) for i in self.inputs
        }
        association = self.table.record().attributes["association"]
        which = f"{association}, {self.table.n_max} at most, {ORDER}, {self.table.selection}"
        return {**found, TRACKS: which}

    def values(self, taken: Batch) -> tuple[Values, NDArray[np.int64]]:
        """Compute the inputs of some jets.

        Returns
        -------
        tuple
            Shape (n_tracks, n_inputs), in double precision; and the number of each track's jet.
        """
        # As they would be stored in /tracks, so that whoever reads that computes the same.
        with errors_about(self.table.collection.jets.daod.path):
            rows = self.table.rows(taken)
        with np.errstate(all="ignore"):
            found = [i.transform(rows.columns[i.field].astype(np.float64)) for i in self.inputs]
        return np.stack(found, axis=1), rows.jet


def find_track_inputs(
    sequence: str,
    names: Sequence[str],
    jets: JetCollection,
    options: DumpOptions,
    n_max: int | None,
) -> TrackInputs:
    """Find how a network's inputs are computed from tracks.

    Parameters
    ----------
    sequence
        Its name says which tracks, in which order, as in tracks_r22default_sd0sort; with another
        name, the options say which.
    names
        Those of the inputs.
    jets
        The jets of a derivation.
    options
        Where the tracks are.
    n_max
        How many tracks of a jet; None for as many as are usual.

    Raises
    ------
    UserError
        If there is no such input, or the tracks are not there.
    """
    match = _NAME.fullmatch(sequence)
    if match and match[2] != _ORDER:
        raise UserError(f"the order of {shown(sequence)} is not supported, only {_ORDER}")
    if match and match[1] not in (*SELECTIONS, _UNKNOWN):
        known = " and ".join(SELECTIONS)
        raise UserError(f"the selection of {shown(sequence)} is not supported, only {known}")
    is_named = match and match[1] != _UNKNOWN
    selection = TrackSelection(match[1] if match and is_named else options.track_selection)
    collection = find_tracks(jets, options.track_association)
    selection.require(collection)
    inputs = tuple(_find(name, collection) for name in names)
    fields = choose_track_fields([i.field for i in inputs], collection)
    return TrackInputs(TrackTable(collection, fields, selection, n_max or TRACKS_PER_JET), inputs)


def _find(name: str, collection: TrackCollection) -> TrackInput:
    field, _, transform = name.rpartition("_")
    there = {*TRACK_FIELDS, *collection.storage.variables}
    if name not in there:
        if name in ATHENA:
            return TrackInput(name, *ATHENA[name])
        if transform in TRANSFORMS and field in there:
            return TrackInput(name, field, *TRANSFORMS[transform])
    return TrackInput(name, find_track_field(name, collection).name, "{}", lambda x: x)
