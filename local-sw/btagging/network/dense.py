"""A chain of dense layers in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Activation:
    """The activation function of a layer.

    Parameters
    ----------
    name
        A key of `ACTIVATIONS`; the names are those of Keras.
    alpha
        The parameter of elu (limit on the negative side), leaky_relu (slope on the negative
        side) and silu (factor in the sigmoid); the others have none.
    """

    name: str
    alpha: float = 1.0

    def __call__(self, x: Values) -> Values:
        """Apply it to an array of shape (..., outputs)."""
        return ACTIVATIONS[self.name](x, self.alpha)


@dataclass(frozen=True)
class Dense:
    """One layer: `activation(x @ kernel + bias)`.

    Parameters
    ----------
    kernel
        Of shape (inputs, outputs).
    bias
        Of shape (outputs,).
    """

    name: str
    kernel: Values
    bias: Values
    activation: Activation

    def __call__(self, x: Values) -> Values:
        """Evaluate the layer on an array of shape (jets, inputs)."""
        return self.activation(x @ self.kernel + self.bias)


def evaluate(layers: Sequence[Dense], x: Values) -> Values:
    """Evaluate layers in order: from shape (jets, inputs) to (jets, outputs), float64."""
    for layer in layers:
        x = layer(x)
    return x


def _softmax(x: Values, _: float) -> Values:
    # The largest exponent is zero: nothing overflows, and the ratios stay the same.
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _sigmoid(x: Values) -> Values:
    return 0.5 * (1 + np.tanh(0.5 * x))  # does not overflow, unlike 1 / (1 + exp(-x))


# As in the documentation of keras.activations.
ACTIVATIONS: dict[str, Callable[[Values, float], Values]] = {
    "linear": lambda x, _: x,
    "relu": lambda x, _: np.maximum(x, 0),
    "softmax": _softmax,
    "sigmoid": lambda x, _: _sigmoid(x),
    "tanh": lambda x, _: np.tanh(x),
    "hard_sigmoid": lambda x, _: np.clip(x / 6 + 0.5, 0, 1),
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "leaky_relu": lambda x, alpha: np.where(x > 0, x, alpha * x),
    "silu": lambda x, alpha: x * _sigmoid(alpha * x),
}
