"""Counts agree with NumPy's, jet by jet, and do not depend on how the jets are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
from btagging.discriminants import Discriminant, known
from btagging.errors import UserError
from btagging.flavours import FLAVOURS, flavour_index
from btagging.jets.stream import Jets, open_jets
from btagging.performance.axis import Axis
from btagging.performance.histogram import count_jets
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

LABEL = "HadronConeExclExtendedTruthLabelID"
RNNIP, JF = known(["rnnip_log_ratio", "jf_sig"])


def axis(
    bounds: tuple[float, float] = (0.0, 1.0),
    n_bins: int = 4,
    discriminant: Discriminant = RNNIP,
    n_tail: int = 0,
) -> Axis:
    return Axis(discriminant, bounds, n_bins, n_tail)


@pytest.mark.parametrize(
    ("value", "slot"),
    [
        (np.nan, 0),
        (-np.inf, 1),
        (-0.001, 1),
        (0.0, 2),
        (0.249, 2),
        (0.25, 3),  # an edge belongs to the bin above
        (0.999, 5),
        (1.0, 6),
        (np.inf, 6),
    ],
)
def test_find(value: float, slot: int) -> None:
    assert axis().find(np.array([value])).tolist() == [slot]


@settings(deadline=None)
@given(
    values=arrays(np.float32, st.integers(0, 200), elements=st.floats(-100, 100, width=32)),
    low=st.floats(-50, 49),
    width=st.floats(0.1, 100),
    n_bins=st.integers(1, 3000),
    n_tail=st.integers(0, 500),
)
def test_find_is_numpy_histogram(
    values: NDArray[Any], low: float, width: float, n_bins: int, n_tail: int
) -> None:
    """Float32 values lie on or beside edges more often than one thinks."""
    some = axis((low, low + width), n_bins, n_tail=n_tail)
    values = np.concatenate([values.astype(float), some.edges, np.nextafter(some.edges, -np.inf)])
    before = values.copy()
    counts = np.bincount(some.find(values), minlength=some.n_slots)
    expected, _ = np.histogram(values, [-np.inf, *some.edges, np.inf])
    np.testing.assert_array_equal(counts, [0, *expected])
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize(
    ("value", "slot"),
    [
        (np.nan, 0),
        (-np.inf, 1),
        (-1e300, 1),
        (-3e38, 2),
        (-0.26, 3),
        (-0.24, 4),
        (0.0, 5),
        (0.999, 8),
        (1.0, 9),
        (1.26, 10),
        (1e38, 11),
        (1e300, 12),
        (np.inf, 12),
    ],
)
def test_find_far_away(value: float, slot: int) -> None:
    """Three bins on each side, between -1e39, -1.6e19, -0.25, 0 ... 1, 1.25, 1.6e19 and 1e39."""
    some = axis(n_tail=3)
    assert some.n_slots == 13
    assert some.find(np.array([value])).tolist() == [slot]


def test_edges_only_rise() -> None:
    """As fine as a ROC curve's, where a double can hardly tell two edges apart."""
    edges = axis((-28.0, 32.0), 300_000, n_tail=50_000).edges
    assert len(edges) == 400_001
    assert (np.diff(edges) > 0).all()
    assert edges[[0, -1]].tolist() == [-1e39, 1e39]


@pytest.fixture(scope="module")
def rows() -> NDArray[Any]:
    rows = toy.jets(20_000)
    rows["rnnip_log_ratio"][:4] = [np.inf, -np.inf, 0, np.nan]
    return rows


@pytest.fixture(scope="module")
def jets(tmp_path_factory: pytest.TempPathFactory, rows: NDArray[Any]) -> Jets:
    folder = tmp_path_factory.mktemp("jets")
    return open_jets(
        [toy.write(folder / "a.h5", rows[:7000]), toy.write(folder / "b.h5", rows[7000:])]
    )


def test_count_jets(jets: Jets, rows: NDArray[Any]) -> None:
    across, upwards = axis((-4.0, 8.0), 19), axis((0.0, 50.0), 10_000, JF)
    counts = count_jets(jets, [[across], [upwards]])
    for some, histogram in zip((across, upwards), counts.histograms, strict=True):
        for flavour, count in zip(FLAVOURS, histogram.sums, strict=True):
            values = rows[some.discriminant.name][rows[LABEL] == flavour.label]
            expected, _ = np.histogram(values, [-np.inf, *some.edges, np.inf])
            np.testing.assert_array_equal(count, [np.isnan(values).sum(), *expected])
    assert counts.left_out == {label: (rows[LABEL] == label).sum() for label in (15, 44)}
    assert counts.n_jets.tolist() == [(rows[LABEL] == label).sum() for label in (0, 4, 5)]
    assert counts.n_jets.sum() + sum(counts.left_out.values()) == jets.n_jets


def test_count_jets_in_two_dimensions(jets: Jets, rows: NDArray[Any]) -> None:
    across, upwards = axis((-4.0, 8.0), 12), axis((0.0, 50.0), 10, JF)
    counts = count_jets(jets, [[across], [across, upwards]])
    single, both = (histogram.sums for histogram in counts.histograms)
    assert both.shape == (3, 15, 13)
    np.testing.assert_array_equal(both.sum(axis=2), single)
    b = rows[rows[LABEL] == 5]
    expected, _, _ = np.histogram2d(
        b["rnnip_log_ratio"].astype(float),
        b["jf_sig"].astype(float),
        [[*across.edges, np.inf], [*upwards.edges, np.inf]],
    )
    np.testing.assert_array_equal(both[2, 2:, 2:], expected)


@settings(max_examples=15, deadline=None)
@given(size=st.integers(100, 30_000))
def test_counts_do_not_depend_on_the_batch(jets: Jets, size: int) -> None:
    wanted = [[axis((-4.0, 8.0), 50)]]
    expected, found = count_jets(jets, wanted), count_jets(jets, wanted, size=size)
    np.testing.assert_array_equal(found.histograms[0].sums, expected.histograms[0].sums)
    assert found.left_out == expected.left_out


def test_counts_are_wide_enough(jets: Jets) -> None:
    """Of a thousand million jets too."""
    assert count_jets(jets, [[axis()]]).histograms[0].sums.dtype == np.int64


def test_no_jet_with_a_known_label(tmp_path: Path) -> None:
    rows = toy.jets(10)
    rows[LABEL] = 15
    path = toy.write(tmp_path / "tau.h5", rows)
    with pytest.raises(UserError) as caught:
        count_jets(open_jets([path]), [[axis()]])
    assert str(caught.value) == f"{path}: no jet has one of the labels 0, 4, 5 in {LABEL}"


def test_flavour_index() -> None:
    labels = np.array([5, 0, 4, 15, 44, -99])
    assert flavour_index(labels).tolist() == [2, 0, 1, 3, 3, 3]
