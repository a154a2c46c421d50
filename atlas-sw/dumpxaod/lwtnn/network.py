"""A network of lwtnn, evaluated with NumPy in double precision as lwtnn does it.

The preprocessing is that of lwtnn's InputPreprocessor (github.com/lwtnn/lwtnn, 2.14).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.lwtnn.activations import Values
from dumpxaod.lwtnn.layers import Layer

BLOCK = 2**18  # numbers per block, which fit into a processor's cache


@dataclass(frozen=True)
class Variable:
    """One input of a network.

    Parameters
    ----------
    offset, scale
        The network sees (x + offset) * scale.
    default
        Replaces x where it is NaN or infinite, unless None.
    """

    name: str
    offset: float
    scale: float
    default: float | None

    def prepared(self, x: NDArray[Any]) -> Values:
        """Replace what is not finite if there is a default, then shift and scale.

        Athena does the first with lwtnn's NanReplacer (rep::all).
        """
        known = x if self.default is None else np.where(np.isfinite(x), x, self.default)
        return (known + self.offset) * self.scale


def prepared(variables: Sequence[Variable], x: NDArray[Any]) -> Values:
    """Prepare all inputs, shape (n_jets, n_variables), or (n_tracks, n_variables) of tracks."""
    columns = zip(variables, x.T.astype(np.float64), strict=True)
    prepared = [variable.prepared(column) for variable, column in columns]
    return np.stack(prepared, axis=1) if prepared else np.empty((len(x), 0))


@dataclass(frozen=True)
class Network:
    """A chain of layers from the inputs to the outputs, which have labels."""

    variables: tuple[Variable, ...]
    layers: tuple[Layer, ...]
    labels: tuple[str, ...]

    def evaluate(self, x: NDArray[Any]) -> Values:
        """Compute the outputs.

        Parameters
        ----------
        x
            The inputs, shape (n_jets, n_variables), before they are scaled.

        Returns
        -------
        numpy.ndarray
            Shape (n_jets, n_labels), float64.
        """
        widest = max([len(self.variables), *(layer.n_outputs for layer in self.layers)])
        step = max(1, BLOCK // widest)
        # NaN and infinities without a default, and overflows, propagate silently as in C++.
        with np.errstate(all="ignore"):
            blocks = [self._block(x[i : i + step]) for i in range(0, max(len(x), 1), step)]
        return np.concatenate(blocks)

    def _block(self, x: NDArray[Any]) -> Values:
        values = prepared(self.variables, x)
        for layer in self.layers:
            values = layer(values)
        return values
