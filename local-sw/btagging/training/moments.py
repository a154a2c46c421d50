"""Number, mean and std of some values, piece by piece, and the normalisation that follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError
from btagging.inputs import Input


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


@dataclass(frozen=True)
class InputMoments:
    """What is to know of an input's values for the light jets, and for the rest."""

    light: Moments = Moments()
    rest: Moments = Moments()

    @classmethod
    def of(cls, values: NDArray[Any], light: NDArray[np.bool_]) -> InputMoments:
        """Measure values of jets, or of tracks, of which some are light jets or theirs."""
        return cls(Moments.of(values[light]), Moments.of(values[~light]))

    def __add__(self, other: InputMoments) -> InputMoments:
        """Put both together."""
        return InputMoments(self.light + other.light, self.rest + other.rest)


def fit_normalisation(i: Input, values: InputMoments) -> Input:
    """Choose the normalisation that gives an input the mean 0 and the standard deviation 1.

    Parameters
    ----------
    i
        The input.
    values
        What is known of its values for the training jets.

    Returns
    -------
    Input
        Its default is the mean of the light jets. A jet without this input, say for want of
        tracks, is nearly always one of them.

    Raises
    ------
    UserError
        If the finite values do not spread.
    """
    x = values.light + values.rest
    if not x.n:
        raise UserError(f"input {i.name}: no training jet has a finite value; leave it out")
    if not x.std > 1e-9 * abs(x.mean):
        raise UserError(f"input {i.name}: it is {x.mean:g} for all training jets; leave it out")
    default = values.light.mean if values.light.n else x.mean
    return replace(i, offset=-x.mean, scale=1 / x.std, default=default)
