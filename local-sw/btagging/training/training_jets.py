"""Jets in memory, as the network sees them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.network.track_sum import pad
from btagging.training.track_architecture import JETS, TRACKS, VALID

Batch = tuple[Any, ...]
"""What the network takes of some jets, their flavours, and their weights if there are any."""

_PLACES = 8
"""Jets have a multiple of so many places for tracks: XLA compiles the network for each number."""


@dataclass(frozen=True)
class TrainingJets:
    """Jets as the network sees them, 9 bytes each for two inputs.

    Parameters
    ----------
    values
        The normalised inputs, of shape (jets, inputs), float32.
    flavours
        Places in `FLAVOURS`, of shape (jets,), uint8.
    weights
        How much each jet counts, of shape (jets,), float32; None if all count the same.
    """

    values: NDArray[np.float32]
    flavours: NDArray[np.uint8]
    weights: NDArray[np.float32] | None = None

    def arrays(self, rows: Any = slice(None)) -> Batch:
        """Return values, flavours and, if there are any, weights of some jets, as Keras wants."""
        arrays = (self.values, self.flavours, self.weights)
        return tuple(array[rows] for array in arrays if array is not None)


@dataclass(frozen=True, kw_only=True)
class JetsWithTracks(TrainingJets):
    """Jets and their tracks.

    Most of the places for tracks in a file are empty. In memory are the tracks that there are, one
    after the other, and only the jets of a batch get places of the same number: as many as the jet
    with most tracks needs, or up to 7 more.

    Parameters
    ----------
    values, flavours, weights
        As in `TrainingJets`.
    tracks
        The normalised inputs of all tracks, jet by jet, of shape (tracks, inputs), float32.
    n_tracks
        How many there are of each jet, of shape (jets,).
    """

    tracks: NDArray[np.float32]
    n_tracks: NDArray[np.int64]

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        return self.n_tracks.cumsum() - self.n_tracks

    def arrays(self, rows: Any = slice(None)) -> Batch:
        """Return the same as of `TrainingJets`; places without a track are 0, and not valid."""
        jets, *others = super().arrays(rows)
        n_tracks = self.n_tracks[rows, np.newaxis]
        places = np.arange(-(-n_tracks.max(initial=1) // _PLACES) * _PLACES)
        there = places < n_tracks
        numbers = (self._first[rows, np.newaxis] + places)[there]
        tracks, valid = pad(self.tracks[numbers], there)
        values = {TRACKS: tracks, VALID: valid}
        if self.values.shape[1]:
            values[JETS] = jets
        return values, *others
