"""68% intervals of counts and efficiencies, also for few jets."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Interval = tuple[NDArray[np.float64], NDArray[np.float64]]

NONE_SEEN = -math.log(math.erfc(1 / math.sqrt(2)))
"""The 68% upper limit on the expected number where none was seen: 1.148."""


def poisson(counts: ArrayLike) -> Interval:
    """Return the ends of the central 68% interval of Poisson counts, to 2% of the exact ones.

    Source: N. Gehrels, ApJ 303 (1986) 336, equations 9 and 12.
    """
    n = np.asarray(counts, np.float64)
    some = np.maximum(n, 1)
    low = some * (1 - 1 / (9 * some) - 1 / (3 * np.sqrt(some))) ** 3
    high = (n + 1) * (1 - 1 / (9 * (n + 1)) + 1 / (3 * np.sqrt(n + 1))) ** 3
    return np.where(n > 0, low, 0.0), high


def wilson(passing: ArrayLike, n_jets: ArrayLike) -> Interval:
    """Return the ends of Wilson's 68% interval of an efficiency; NaN without jets.

    Unlike the usual binomial error, it is not 0 where all jets pass, or none:
    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
    """
    k, n = np.asarray(passing, np.float64), np.asarray(n_jets, np.float64)
    n = np.where(n > 0, n, np.nan)
    centre, half = (k + 0.5) / (n + 1), np.sqrt(k * (n - k) / n + 0.25) / (n + 1)
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)
