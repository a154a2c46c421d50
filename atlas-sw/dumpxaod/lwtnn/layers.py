"""The layers of an lwtnn network: each is called with the values of some jets.

The formulas are those of lwtnn's Stack (github.com/lwtnn/lwtnn, 2.14). Values have shape
(n_jets, n_inputs) and become (n_jets, n_outputs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dumpxaod.lwtnn.activations import Activation, Values


@dataclass(frozen=True)
class Dense:
    """A dense layer: activation(x @ kernel + bias).

    Parameters
    ----------
    kernel
        Shape (n_inputs, n_outputs); None stands for the unit matrix.
    bias
        Shape (n_outputs,).
    """

    kernel: Values | None
    bias: Values
    activation: Activation

    @property
    def n_outputs(self) -> int:
        """Number of outputs per jet."""
        return len(self.bias)

    def __call__(self, x: Values) -> Values:
        """Apply the layer."""
        if self.kernel is not None:
            # Unlike BLAS, einsum gives a jet the same bits in every batch.
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
        """Number of outputs per jet."""
        return len(self.bias)

    def __call__(self, x: Values) -> Values:
        """Apply the layer."""
        return (x + self.bias) * self.weights


@dataclass(frozen=True)
class Maxout:
    """A maxout layer: for each output the largest of several linear layers of one shape."""

    pieces: tuple[Dense, ...]

    @property
    def n_outputs(self) -> int:
        """Number of outputs per jet."""
        return self.pieces[0].n_outputs

    def __call__(self, x: Values) -> Values:
        """Apply the layer."""
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
        Of the same shape, with a sigmoid; lwtnn calls it carry.
    """

    transform: Dense
    gate: Dense

    @property
    def n_outputs(self) -> int:
        """Number of outputs per jet."""
        return self.gate.n_outputs

    def __call__(self, x: Values) -> Values:
        """Apply the layer."""
        gate = self.gate(x)
        return gate * self.transform(x) + (1 - gate) * x


Layer = Dense | Normalization | Maxout | Highway
