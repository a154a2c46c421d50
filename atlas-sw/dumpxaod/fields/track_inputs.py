"""The inputs that a network takes from tracks: the values of /tracks without padding."""

from __future__ import annotations

import re
from collections.abc import Callable
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
from dumpxaod.lwtnn.network import TrackSequence
from dumpxaod.options import SELECTIONS, TRACKS_PER_JET, DumpOptions
from dumpxaod.rootio.daod import errors_about
from dumpxaod.xaod.batch import Batch
from dumpxaod.xaod.find_tracks import TrackCollection, find_tracks
from dumpxaod.xaod.jet_collection import JetCollection

Values = NDArray[Any]

# Suffixes of a field's name, as in dr_log, computed in double precision as in the training.
TRANSFORMS: dict[str, tuple[str, Callable[[Values], Values]]] = {
    "log": ("log({})", np.log),
    "log1p": ("log(1 + {})", np.log1p),
    "symlog": ("sign(x) log(1 + |x|) of {}", lambda x: np.sign(x) * np.log1p(np.abs(x))),
}
# Athena's names of inputs.
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
    field
        The field of /tracks that it is computed from.
    formula, transform
        How it is computed, for people and as a function.
    """

    name: str
    field: str
    formula: str
    transform: Callable[[Values], Values]


@dataclass(frozen=True)
class TrackInputs:
    """A network's inputs from tracks, and the table with the fields that they need."""

    table: TrackTable
    inputs: tuple[TrackInput, ...]

    @property
    def formulas(self) -> dict[str, str]:
        """How the tracks are selected, and how each input is computed, for people."""
        record = self.table.record()
        found = {
            f"{TRACKS}/{i.name}": i.formula.format(record.fields[i.field].formula)
            for i in self.inputs
        }
        association = record.attributes["association"]
        which = f"{association}, {self.table.n_max} at most, {ORDER}, {self.table.selection}"
        return {**found, TRACKS: which}

    def values(self, taken: Batch) -> tuple[Values, NDArray[np.int64]]:
        """Compute the inputs of some jets.

        Returns
        -------
        tuple
            Shape (n_tracks, n_inputs), float64; and the index of each track's jet, (n_tracks,).
        """
        # Rounded as they would be in /tracks, so that its readers compute the same.
        with errors_about(self.table.collection.jets.daod.path):
            rows = self.table.rows(taken)
        with np.errstate(all="ignore"):
            found = [i.transform(rows.columns[i.field].astype(np.float64)) for i in self.inputs]
        return np.stack(found, axis=1), rows.jet


def find_track_inputs(
    sequence: TrackSequence, jets: JetCollection, options: DumpOptions
) -> TrackInputs:
    """Find how a network's inputs are computed from tracks.

    Parameters
    ----------
    sequence
        Its name gives selection and order of the tracks, as in tracks_r22default_sd0sort; with
        another name, the options give the selection, as they give the association if it is silent.
        `TRACKS_PER_JET` is its default length.

    Raises
    ------
    UserError
        If an input is unknown, or the tracks are missing.
    """
    match = _NAME.fullmatch(sequence.name)
    if match and match[2] != _ORDER:
        raise UserError(f"the order of {shown(sequence.name)} is not supported, only {_ORDER}")
    if match and match[1] not in (*SELECTIONS, _UNKNOWN):
        known = " and ".join(SELECTIONS)
        raise UserError(f"the selection of {shown(sequence.name)} is not supported, only {known}")
    is_named = match and match[1] != _UNKNOWN
    selection = TrackSelection(match[1] if match and is_named else options.track_selection)
    collection = find_tracks(jets, sequence.association or options.track_association)
    selection.require(collection)
    inputs = tuple(_find(variable.name, collection) for variable in sequence.variables)
    fields = choose_track_fields([i.field for i in inputs], collection)
    n_max = sequence.n_max or TRACKS_PER_JET
    return TrackInputs(TrackTable(collection, fields, selection, n_max), inputs)


def _find(name: str, collection: TrackCollection) -> TrackInput:
    field, _, transform = name.rpartition("_")
    there = {*TRACK_FIELDS, *collection.storage.variables}
    if name not in there:
        if name in ATHENA:
            return TrackInput(name, *ATHENA[name])
        if transform in TRANSFORMS and field in there:
            return TrackInput(name, field, *TRANSFORMS[transform])
    return TrackInput(name, find_track_field(name, collection).name, "{}", lambda x: x)
