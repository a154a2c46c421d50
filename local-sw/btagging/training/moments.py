"""Number, mean and std of some values, which can be had piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Moments:
    """What is to know of some values.

    Parameters
    ----------
    n
        How many there are.
    mean
        Their mean.
    squares
        The sum of the squares of their distances from it.
    """

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: NDArray[Any]) -> Moments:
        """Measure the values that are neither NaN nor infinite, in double precision."""
        finite = values[np.isfinite(values)].astype(np.float64)
        if not len(finite):
            return cls()
        mean = finite.mean()
        return cls(len(finite), float(mean), float(np.square(finite - mean).sum()))

    def __add__(self, other: Moments) -> Moments:
        """Put both together.

        After Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983. The
        simpler mean of squares less the square of the mean would lose all digits for values
        far from 0.
        """
        n = self.n + other.n
        if not n:
            return self
        apart = other.mean - self.mean
        mean = self.mean + apart * other.n / n
        return Moments(n, mean, self.squares + other.squares + apart**2 * self.n * other.n / n)

    @property
    def std(self) -> float:
        """The standard deviation, with n in the denominator; of no values 0."""
        return float(np.sqrt(self.squares / max(self.n, 1)))
