"""A network of lwtnn: a graph of nodes, evaluated with NumPy in double precision as lwtnn does it.

The formulas are those of lwtnn's Graph (github.com/lwtnn/lwtnn, 2.14). lwtnn has no mask: its
input is tracks without padding. The sum over no tracks is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.lwtnn.activations import Values
from dumpxaod.lwtnn.layers import Layer
from dumpxaod.lwtnn.variables import Variable, prepared

BLOCK = 2**18  # numbers per block, which fit into a processor's cache
NO_TRACKS, NO_JETS = np.empty((0, 0)), np.empty(0, np.int64)
INPUT, SEQUENCE, FEED, EACH, SUM, CONCATENATE, ADD = (
    *("input", "input_sequence", "feed_forward", "time_distributed", "sum"),
    *("concatenate", "add"),
)
KINDS = (INPUT, SEQUENCE, FEED, EACH, SUM, CONCATENATE, ADD)


@dataclass(frozen=True)
class Node:
    """A step of the evaluation.

    Parameters
    ----------
    kind
        One of `KINDS`.
    sources
        Indices of the earlier nodes whose values it takes; none for an input.
    width
        Number of outputs, per jet or per track.
    layer
        Only of feed_forward and time_distributed.
    """

    kind: str
    sources: tuple[int, ...]
    width: int
    layer: Layer | None = None

    @property
    def of_tracks(self) -> bool:
        """Whether its values are per track, not per jet."""
        return self.kind in (SEQUENCE, EACH)


@dataclass(frozen=True)
class TrackSequence:
    """The tracks that a network takes.

    Parameters
    ----------
    name
        In the network's file; for Athena it gives the selection of tracks and their order.
    n_max
        Maximum number per jet; None if the file does not give it.
    association
        The variable with the links to them; empty if the file does not give it.
    """

    name: str
    variables: tuple[Variable, ...]
    n_max: int | None
    association: str = ""


@dataclass(frozen=True)
class Network:
    """A graph of nodes.

    Parameters
    ----------
    variables
        The inputs from jets; with tracks there may be none.
    tracks
        The inputs from tracks; None if it takes none.
    nodes
        In the order of evaluation; the last gives the outputs.
    labels
        The names of the outputs.
    """

    variables: tuple[Variable, ...]
    tracks: TrackSequence | None
    nodes: tuple[Node, ...]
    labels: tuple[str, ...]

    def evaluate(
        self, x: NDArray[Any], tracks: NDArray[Any] = NO_TRACKS, jet: NDArray[np.int64] = NO_JETS
    ) -> Values:
        """Compute the outputs.

        Parameters
        ----------
        x
            The inputs from jets, shape (n_jets, n_variables), before they are scaled.
        tracks
            The inputs from tracks, shape (n_tracks, n_track_variables).
        jet
            For each track the index of its jet, in ascending order.

        Returns
        -------
        numpy.ndarray
            Shape (n_jets, n_labels), float64.
        """
        n_tracks = np.bincount(jet, minlength=len(x))
        widest = max(node.width for node in self.nodes)
        step = max(1, BLOCK // (widest * max(1, int(n_tracks.max(initial=1)))))
        starts = range(0, max(len(x), 1), step)
        edges = np.searchsorted(jet, [*starts, starts[-1] + step])
        # NaN and infinities without a default, and overflows, propagate silently as in C++.
        with np.errstate(all="ignore"):
            blocks = [
                self._block(x[i : i + step], tracks[first:last], n_tracks[i : i + step])
                for i, first, last in zip(starts, edges[:-1], edges[1:], strict=True)
            ]
        return np.concatenate(blocks)

    def _block(self, x: NDArray[Any], tracks: NDArray[Any], n_tracks: NDArray[np.int64]) -> Values:
        inputs = {INPUT: prepared(self.variables, x)}
        if self.tracks:
            inputs[SEQUENCE] = prepared(self.tracks.variables, tracks)
        values: list[Values] = []
        for node in self.nodes:
            sources = [values[i] for i in node.sources]
            if node.kind in inputs:
                values.append(inputs[node.kind])
            elif node.layer:
                values.append(node.layer(sources[0]))
            elif node.kind == SUM:
                values.append(sum_of_each(sources[0], n_tracks))
            elif node.kind == CONCATENATE:
                values.append(np.concatenate(sources, axis=1))
            else:
                values.append(np.sum(sources, axis=0))
        return values[-1]


def sum_of_each(tracks: Values, n_tracks: NDArray[np.int64]) -> Values:
    """Sum over the tracks of each jet; the sum over no tracks is 0.

    Parameters
    ----------
    tracks
        The values of all tracks, jet by jet, shape (n_tracks, n_numbers).
    n_tracks
        Number of tracks of each jet, shape (n_jets,).
    """
    result = np.zeros((len(n_tracks), tracks.shape[1]))
    some = n_tracks > 0
    first = (n_tracks.cumsum() - n_tracks)[some]
    if len(first):
        result[some] = np.add.reduceat(tracks, first)
    return result
