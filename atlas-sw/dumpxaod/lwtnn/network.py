"""A network of lwtnn, evaluated with NumPy in double precision as lwtnn does it.

The formulas are those of lwtnn's InputPreprocessor and Stack (github.com/lwtnn/lwtnn, 2.14).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.lwtnn.activations import Activation, Values

BLOCK = 2**18  # numbers that are worked on at a time: what fits into a processor's cache


@dataclass(frozen=True)
class Variable:
    """One input of a network.

    Parameters
    ----------
    name
        In the network's file.
    offset, scale
        The network sees (x + offset) * scale.
    default
        Stands for x where that is NaN or infinite; None if there is no default.
    """

    name: str
    offset: float
    scale: float
    default: float | None

    def prepared(self, x: NDArray[Any]) -> Values:
        """Replace what is not finite, then shift and scale.

        Athena does the first with lwtnn's NanReplacer (rep::all). Like that one, it lets
        pass what is not finite where there is no default.
        """
        known = x if self.default is None else np.where(np.isfinite(x), x, self.default)
        return (known + self.offset) * self.scale


@dataclass(frozen=True)
class Dense:
    """A dense layer: activation(x @ kernel + bias).

    Parameters
    ----------
    kernel
        Shape (n_inputs, n_outputs); None to leave the inputs as they are.
    bias
        Shape (n_outputs,).
    activation
        Applied to the sums.
    """

    kernel: Values | None
    bias: Values
    activation: Activation

    @property
    def n_outputs(self) -> int:
        """How many numbers come out."""
        return len(self.bias)

    def __call__(self, x: Values) -> Values:
        """Apply it to some jets."""
        if self.kernel is not None:
            # Unlike BLAS, einsum gives a jet the same bits whichever jets come with it.
            x = np.einsum("ji,io->jo", x, self.kernel)
        return self.activation(x + self.bias)


@dataclass(frozen=True)
class Normalization:
    """A normalization layer: (x + bias) * weights.

    Parameters
    ----------
    weights, bias
        Shape (n_inputs,).
    """

    weights: Values
    bias: Values

    @property
    def n_outputs(self) -> int:
        """How many numbers come out."""
        return len(self.bias)

    def __call__(self, x: Values) -> Values:
        """Apply it to some jets."""
        return (x + self.bias) * self.weights


@dataclass(frozen=True)
class Maxout:
    """A maxout layer: of several dense layers, for each output the largest.

    Parameters
    ----------
    pieces
        Without an activation, all of the same shape.
    """

    pieces: tuple[Dense, ...]

    @property
    def n_outputs(self) -> int:
        """How many numbers come out."""
        return self.pieces[0].n_outputs

    def __call__(self, x: Values) -> Values:
        """Apply it to some jets."""
        first, *others = self.pieces
        largest = first(x)
        for piece in others:
            largest = np.maximum(largest, piece(x))
        return largest


@dataclass(frozen=True)
class Highway:
    """A highway layer: gate * transform + (1 - gate) * x.

    Parameters
    ----------
    transform
        Shape (n_inputs, n_inputs), with the layer's activation.
    gate
        Of the same shape; its activation is a sigmoid. lwtnn calls it carry.
    """

    transform: Dense
    gate: Dense

    @property
    def n_outputs(self) -> int:
        """How many numbers come out."""
        return self.gate.n_outputs

    def __call__(self, x: Values) -> Values:
        """Apply it to some jets."""
        gate = self.gate(x)
        return gate * self.transform(x) + (1 - gate) * x


Layer = Dense | Normalization | Maxout | Highway


@dataclass(frozen=True)
class Network:
    """A chain of layers.

    Parameters
    ----------
    variables
        The inputs.
    layers
        From the first to the last.
    labels
        The names of the outputs.
    """

    variables: tuple[Variable, ...]
    layers: tuple[Layer, ...]
    labels: tuple[str, ...]

    def evaluate(self, x: NDArray[Any]) -> Values:
        """Compute the outputs.

        Parameters
        ----------
        x
            The inputs as they are, shape (n_jets, n_variables).

        Returns
        -------
        numpy.ndarray
            Shape (n_jets, n_labels), float64.
        """
        widest = max([len(self.variables), *(layer.n_outputs for layer in self.layers)])
        step = max(1, BLOCK // widest)
        # Whatever is not finite without a default, or overflows, goes on silently as in C++.
        with np.errstate(all="ignore"):
            blocks = [self._block(x[i : i + step]) for i in range(0, max(len(x), 1), step)]
        return np.concatenate(blocks)

    def _block(self, x: NDArray[Any]) -> Values:
        columns = zip(self.variables, x.T.astype(np.float64), strict=True)
        values = np.stack([variable.prepared(column) for variable, column in columns], axis=1)
        for layer in self.layers:
            values = layer(values)
        return values
