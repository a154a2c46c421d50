"""lwtnn's activation functions, with its names and formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]  # of shape (n_jets, n_numbers)


@dataclass(frozen=True)
class Activation:
    """The activation of a dense layer.

    Parameters
    ----------
    name
        A key of `ACTIVATIONS`.
    alpha
        The parameter of those in `WITH_ALPHA`.
    """

    name: str
    alpha: float = 1.0

    def __call__(self, x: Values) -> Values:
        """Apply it to the sums of some jets."""
        return ACTIVATIONS[self.name](x, self.alpha)


def _softmax(x: Values, _: float) -> Values:
    # With the largest exponent at 0 exp cannot overflow.
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _sigmoid(x: Values) -> Values:
    return 1 / (1 + np.exp(-x))


ACTIVATIONS: dict[str, Callable[[Values, float], Values]] = {
    "linear": lambda x, _: x,
    "sigmoid": lambda x, _: _sigmoid(x),
    "rectified": lambda x, _: np.maximum(x, 0),
    "softmax": _softmax,
    "tanh": lambda x, _: np.tanh(x),
    "hard_sigmoid": lambda x, _: np.clip(0.2 * x + 0.5, 0, 1),
    "abs": lambda x, _: np.abs(x),
    "elu": lambda x, alpha: np.where(x >= 0, x, alpha * np.expm1(x)),
    "leakyrelu": lambda x, alpha: np.where(x > 0, x, alpha * x),
    "swish": lambda x, alpha: x * _sigmoid(alpha * x),
}
WITH_ALPHA = ("elu", "leakyrelu", "swish")
