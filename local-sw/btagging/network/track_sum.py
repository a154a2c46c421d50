"""The part of a network that sees tracks: the sum over them of what its layers compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError
from btagging.inputs import Input, prepare
from btagging.jets.stream import Batch
from btagging.jets.tracks import VALID
from btagging.network.dense import Dense, evaluate


@dataclass(frozen=True)
class TrackVariables:
    """Which tracks a network sees, and what of each.

    Parameters
    ----------
    inputs
        Those from the fields of tracks.
    n_max
        Only so many tracks of a jet, the first ones, are used.
    selection, association
        The names of the selection that they passed, and of the links that lead to them; empty
        where unknown.
    """

    inputs: tuple[Input, ...]
    n_max: int
    selection: str
    association: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are needed; `valid` tells tracks from padding."""
        return (VALID, *dict.fromkeys(i.field for i in self.inputs))

    def valid(self, jets: Batch) -> NDArray[np.bool_]:
        """Tell which places have tracks, of shape (jets, n_max).

        Raises
        ------
        UserError
            If the jets have room for fewer tracks than the network saw in the training.
        """
        valid = jets[VALID]
        if valid.shape[1] < self.n_max:
            raise UserError(
                f"the jets have up to {valid.shape[1]} tracks, but the network was trained with up "
                f"to {self.n_max}; dump them with --tracks {self.n_max}"
            )
        return valid[:, : self.n_max]

    def columns(self, jets: Batch) -> dict[str, NDArray[Any]]:
        """Take the fields of the tracks without padding, each of shape (tracks,)."""
        valid = self.valid(jets)
        return {name: jets[name][:, : self.n_max][valid] for name in self.fields}

    def prepared(self, jets: Batch) -> NDArray[np.float64]:
        """Compute the inputs of the tracks without padding, of shape (tracks, inputs)."""
        return prepare(self.inputs, self.columns(jets))

    def padded(self, jets: Batch) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Compute the inputs and flags for Keras: (jets, n_max, inputs) and (jets, n_max, 1).

        The flags are 1 for tracks and 0 for padding. The inputs of padding are 0: NaN times 0 would
        be NaN in the sum.
        """
        valid = self.valid(jets)
        return pad(self.prepared(jets), valid)


def pad(
    tracks: NDArray[Any], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Put tracks, of shape (tracks, inputs), into their places, of shape (jets, places)."""
    result = np.zeros((*valid.shape, tracks.shape[1]), np.float32)
    result[valid] = tracks
    return result, valid[..., np.newaxis].astype(np.float32)


@dataclass(frozen=True)
class TrackSum:
    """A chain of layers for each track, whose outputs are summed over the tracks."""

    variables: TrackVariables
    layers: tuple[Dense, ...]

    def __call__(self, jets: Batch) -> NDArray[np.float64]:
        """Sum over the tracks of each jet, of shape (jets, outputs); 0 where there are none."""
        outputs = evaluate(self.layers, self.variables.prepared(jets))
        n_tracks = self.variables.valid(jets).sum(axis=1)
        result = np.zeros((len(n_tracks), outputs.shape[1]))
        some = n_tracks > 0
        first = (n_tracks.cumsum() - n_tracks)[some]
        if len(first):
            result[some] = np.add.reduceat(outputs, first)
        return result
