"""What a histogram shows: the range that its jets need, and their shares with errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import toy
from btagging.discriminants import known
from btagging.jets.stream import open_jets
from btagging.performance import binning
from btagging.performance.axis import Axis, Histogram
from btagging.performance.histogram import count_jets
from btagging.performance.intervals import poisson
from numpy.lib.recfunctions import rename_fields

RNNIP, JF, GN2 = known(["rnnip_log_ratio", "jf_sig", "gn2_log_ratio"])


def counts_of(values: np.ndarray, axis: Axis) -> Histogram:
    """Count in an axis, as one flavour of three."""
    counts = np.zeros((3, axis.n_slots), np.int64)
    np.add.at(counts[2], axis.find(values.astype(float)), 1)
    return Histogram(counts, counts)


def fitted(values: np.ndarray) -> tuple[Axis, np.ndarray]:
    axis = binning.counting_axis(GN2)
    counts = counts_of(values, axis)
    drawn = binning.fit_axes([axis], [counts])
    return drawn[axis], binning.merge(counts, [axis], drawn).sums


def test_a_known_range_stays() -> None:
    axis = binning.counting_axis(RNNIP)
    assert (axis.bounds, axis.n_bins) == ((-8, 12), 50)
    counts = counts_of(np.array([-100, 0, 5, 100, np.nan]), axis)
    drawn = binning.fit_axes([axis], [counts])
    assert drawn[axis] is axis
    merged = binning.merge(counts, [axis], drawn)
    np.testing.assert_array_equal(merged.sums, counts.sums)


@pytest.mark.parametrize(
    ("low", "high", "bounds", "n_bins"),
    [
        (-3.2, 4.7, (-4, 5), 36),
        (-7.9, 16.1, (-8, 17), 50),
        (0.1, 0.2, (0, 1), 4),
        (-21, 21.3, (-21, 22), 43),
        (-500, 500, (-50, 50), 50),
    ],
)
def test_a_range_from_the_jets(
    low: float, high: float, bounds: tuple[float, float], n_bins: int
) -> None:
    """From one whole number to another, in at most 60 bins."""
    drawn, merged = fitted(np.linspace(low, high, 999))
    assert (drawn.bounds, drawn.n_bins) == (bounds, n_bins)
    assert merged.sum() == 999


def test_a_few_jets_do_not_stretch_the_range() -> None:
    """They are counted as overflow: less than a thousandth of a flavour's jets."""
    drawn, merged = fitted(np.concatenate([np.linspace(0.1, 2.9, 9991), [40] * 9]))
    assert drawn.bounds == (0, 3)
    assert merged[2, -1] == 9


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [np.inf]])
def test_without_any_value(values: list[float]) -> None:
    drawn, merged = fitted(np.array(values))
    assert drawn.bounds == GN2.bounds
    assert merged.sum() == len(values)


def test_merged_counts_are_those_of_the_wider_bins(tmp_path: Path) -> None:
    rows = rename_fields(toy.jets(5000), {"rnnip_log_ratio": "gn2_log_ratio"})
    jets = open_jets([toy.write(tmp_path / "a.h5", rows)])
    axes = [binning.counting_axis(found) for found in (GN2, JF)]
    counts = count_jets(jets, [[axes[0]], [axes[1]], axes])
    drawn = binning.fit_axes(axes, counts.histograms)
    wanted = [[axes[0]], [axes[1]], axes]
    direct = count_jets(jets, [[drawn[axis] for axis in some] for some in wanted])
    for some, found, expected in zip(wanted, counts.histograms, direct.histograms, strict=True):
        merged = binning.merge(found, some, drawn)
        np.testing.assert_array_equal(merged.sums, expected.sums)


def shares(counts: list[int]) -> tuple[np.ndarray, ...]:
    return binning.shares(Histogram(np.array(counts), np.array(counts)))


def test_shares() -> None:
    """Ten jets with a value in four bins; 2 below and 3 above go into the edge bins."""
    heights, low, high = shares([7, 2, 1, 2, 0, 2, 3])
    np.testing.assert_allclose(heights, [0.3, 0.2, 0, 0.5])
    np.testing.assert_allclose(low, poisson([3, 2, 0, 5])[0] / 10)
    np.testing.assert_allclose(high[[0, 1, 3]], poisson([3, 2, 5])[1] / 10)
    assert high[2] == 0  # nothing is drawn in an empty bin


def test_shares_of_nothing_and_of_one() -> None:
    assert [values.tolist() for values in shares([0] * 7)] == [[0] * 4] * 3
    assert shares([0, 0, 1, 0, 0])[2].tolist() == [1, 0]  # no share above 1


def test_shares_of_weighted_jets() -> None:
    """Of 4 jets of weight 2 in each bin the errors are those of 4 jets, not of 8."""
    heights, low, high = binning.shares(
        Histogram(np.array([0, 0, 8.0, 8.0, 0]), np.array([0, 0, 16.0, 16.0, 0]))
    )
    np.testing.assert_allclose(heights, [0.5, 0.5])
    np.testing.assert_allclose([low, high], np.array(poisson([4, 4])) / 8)
