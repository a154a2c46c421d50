"""Intervals are those of the sources that they name, or very near to the exact ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from btagging.performance.intervals import NONE_SEEN, poisson, wilson
from scipy import stats

SHARE = math.erf(1 / math.sqrt(2))  # within one standard deviation
COUNTS = np.array([0, 1, 2, 3, 5, 10, 100, 10_000])


def test_poisson_intervals_are_near_the_exact_ones() -> None:
    low, high = poisson(COUNTS)
    tail = (1 - SHARE) / 2
    np.testing.assert_allclose(low[1:], stats.chi2.ppf(tail, 2 * COUNTS[1:]) / 2, rtol=0.01)
    np.testing.assert_allclose(high, stats.chi2.isf(tail, 2 * COUNTS + 2) / 2, rtol=0.01)
    assert low[0] == 0


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 10), (5, 10), (10, 10), (3, 1000), (1, 1)])
def test_wilsons_interval_is_scipys(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(SHARE, method="wilson")
    np.testing.assert_allclose(wilson(k, n), expected, atol=1e-12)


def test_without_jets_there_is_no_interval() -> None:
    assert np.isnan(wilson(0, 0)).all()


def test_the_limit_where_none_was_seen() -> None:
    """Of 1.148 expected jets, none is seen in 32% of all experiments."""
    assert round(NONE_SEEN, 3) == 1.148
    assert stats.poisson.pmf(0, NONE_SEEN) == pytest.approx(1 - SHARE)
