"""ROC curves from fine counts are scikit-learn's, and their errors are the binomial ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
from btagging.discriminants import Discriminant, known
from btagging.errors import UserError
from btagging.flavours import LIGHT, B, C, Flavour
from btagging.jets.stream import open_jets
from btagging.performance import roc, table, working_points
from btagging.performance.axis import Axis, Histogram
from btagging.performance.histogram import count_jets
from btagging.performance.roc import Curve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_auc_score, roc_curve

LABEL = "HadronConeExclExtendedTruthLabelID"
RNNIP, JF = known(["rnnip_log_ratio", "jf_sig"])
HEAD = "   cut >=     light-jet rejection         c-jet rejection"
AXIS = Axis(RNNIP, (0.0, 3.0), 3)
# Slots:           NaN < 0  0  1  2  >= 3
COUNTS = np.array([[10, 0, 60, 20, 8, 2], [0, 0, 0, 0, 0, 0], [0, 5, 5, 10, 30, 0]])


def curve_of(counts: ArrayLike, axis: Axis = AXIS) -> Curve:
    return roc.curve(Histogram(np.asarray(counts), np.asarray(counts)), axis)


@pytest.fixture
def curve() -> Curve:
    return curve_of(COUNTS)


def test_passing(curve: Curve) -> None:
    np.testing.assert_array_equal(curve.cuts, [np.nan, -np.inf, 0, 1, 2, 3, np.inf])
    assert curve.passing.tolist() == [
        [100, 90, 90, 30, 10, 2, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [50, 50, 45, 40, 30, 0, 0],
    ]


def test_efficiency(curve: Curve) -> None:
    np.testing.assert_allclose(curve.efficiency(B), [1, 1, 0.9, 0.8, 0.6, 0, 0])
    assert np.isnan(curve.efficiency(C)).all()


def test_rejection(curve: Curve) -> None:
    rejection, error = curve.rejection(LIGHT)
    np.testing.assert_allclose(rejection, [1, 10 / 9, 10 / 9, 10 / 3, 10, 50, np.nan])
    # 30 of 100: R sqrt((1 - 0.3) / 30); all or none have no error or none that is known.
    assert error[3] == pytest.approx(10 / 3 * np.sqrt(0.7 / 30))
    assert error[0] == 0
    assert np.isnan(error[-1])
    assert np.isnan(curve.rejection(C)).all()


@pytest.mark.parametrize(
    ("efficiency", "cut"), [(1.0, -np.inf), (0.9, 0), (0.85, 0), (0.8, 1), (0.601, 1), (0.6, 2)]
)
def test_the_tightest_cut_is_a_step(curve: Curve, efficiency: float, cut: float) -> None:
    assert curve.cuts[curve.tightest_cut(np.array([efficiency]))].tolist() == [cut]


@given(arrays(np.int64, (3, 8), elements=st.integers(0, 10**12)))
def test_fewer_jets_pass_a_tighter_cut(counts: NDArray[Any]) -> None:
    before = counts.copy()
    curve = curve_of(counts, Axis(RNNIP, (0, 1), 5))
    assert (np.diff(curve.passing, axis=1) <= 0).all()
    np.testing.assert_array_equal(curve.passing[:, 0], counts.sum(axis=1))
    np.testing.assert_array_equal(counts, before)


def fill(path: Path, rows: NDArray[Any], axis: Axis) -> Curve:
    jets = open_jets([toy.write(path, rows)])
    counts = count_jets(jets, [[axis]])
    return roc.curves(jets, counts, [axis])[axis.discriminant]


def scores_of(
    rows: NDArray[Any], name: str, background: Flavour
) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Take what scikit-learn needs; to it, a jet without a value must have one below all."""
    rows = rows[np.isin(rows[LABEL], [5, background.label])]
    values = rows[name]
    return rows[LABEL] == 5, np.where(np.isnan(values), -1e9, values)


@pytest.mark.parametrize("background", [LIGHT, C])
@pytest.mark.parametrize("found", [RNNIP, JF])
def test_curve_is_exact_where_values_lie_on_edges(
    tmp_path: Path, found: Discriminant, background: Flavour
) -> None:
    rows = toy.jets(20_000)
    rows[found.name] = np.round(np.clip(rows[found.name], -8, 12) * 16) / 16
    curve = fill(tmp_path / "a.h5", rows, Axis(found, (-8.0, 12.0), 20 * 16))
    truth, scores = scores_of(rows, found.name, background)
    fake, real, _ = roc_curve(truth, scores, drop_intermediate=False)
    ours = np.unique([curve.efficiency(background), curve.efficiency(B)], axis=1)
    np.testing.assert_allclose(ours, np.unique([fake, real], axis=1), atol=1e-12)
    assert curve.auc(background) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)


@pytest.mark.parametrize("background", [LIGHT, C])
@pytest.mark.parametrize("found", [RNNIP, JF])
def test_fine_counts_are_as_good_as_a_sorted_list(
    tmp_path: Path, found: Discriminant, background: Flavour
) -> None:
    """The area to 1e-6, rejections to a tenth of their error."""
    rows = toy.jets(400_000)
    curve = fill(tmp_path / "a.h5", rows, roc.fine_axis(found))
    truth, scores = scores_of(rows, found.name, background)
    assert curve.auc(background) == pytest.approx(roc_auc_score(truth, scores), abs=1e-6)
    fake, real, _ = roc_curve(truth, scores, drop_intermediate=False)
    target = np.array(roc.WORKING_POINTS)
    exact = 1 / fake[np.searchsorted(real, target)]
    rejection, error = (
        values[curve.tightest_cut(target)] for values in curve.rejection(background)
    )
    assert (np.abs(rejection - exact) <= error / 10).all()


@pytest.mark.parametrize("scale", [0.1, 100, 1e30])
@pytest.mark.parametrize("found", [RNNIP, JF])
def test_a_discriminant_of_any_scale(tmp_path: Path, found: Discriminant, scale: float) -> None:
    """A tagger's numbers may be far from the range that is drawn: its curve stays the same."""
    rows = toy.jets(50_000)
    truth, scores = scores_of(rows, found.name, LIGHT)
    rows[found.name] *= scale
    curve = fill(tmp_path / "a.h5", rows, roc.fine_axis(found))
    assert curve.auc(LIGHT) == pytest.approx(roc_auc_score(truth, scores), abs=1e-4)


def test_values_beyond_the_picture_still_count(tmp_path: Path) -> None:
    rows = toy.jets(1000)
    rows["jf_sig"] = np.where(rows[LABEL] == 5, 80, 60)
    curve = fill(tmp_path / "a.h5", rows, roc.fine_axis(JF))
    assert JF.bounds == (0, 50)
    assert curve.auc(LIGHT) == 1


def test_jets_without_a_value_are_the_least_b_like(tmp_path: Path) -> None:
    """They stay in the denominator: with half of the b-jets, no cut reaches 60%."""
    rows = toy.jets(1000)
    rows["rnnip_log_ratio"] = np.where(rows[LABEL] == 5, 1, -np.inf)
    rows["rnnip_log_ratio"][np.flatnonzero(rows[LABEL] == 5)[::2]] = np.nan
    curve = fill(tmp_path / "a.h5", rows, roc.fine_axis(RNNIP))
    assert curve.cuts[curve.tightest_cut(np.array([0.4]))] > 0
    (point, *_) = working_points.working_points(curve)
    assert (point.cut, point.efficiency, point.rejections[LIGHT].value) == (None, 1, 1)


def test_a_cut_that_all_values_pass_is_not_one_that_all_jets_pass(tmp_path: Path) -> None:
    """Of ten b-jets, two have no value and two are at minus infinity: no number cuts there."""
    rows = toy.jets(20)
    rows[LABEL], rows["rnnip_log_ratio"] = [5, 0] * 10, 1.0
    rows["rnnip_log_ratio"][[0, 2]], rows["rnnip_log_ratio"][[4, 6]] = np.nan, -np.inf
    jets = open_jets([toy.write(tmp_path / "a.h5", rows)])
    counts = count_jets(jets, [[AXIS]])
    curves = roc.curves(jets, counts, [AXIS])
    points = working_points.working_points(curves[RNNIP], (0.6, 0.7, 0.85))
    assert [(point.cut, point.efficiency) for point in points] == [
        (1.0, 0.6),
        (-np.inf, 0.8),
        (None, 1.0),
    ]
    cuts = [line.split()[2] for line in table.as_text(curves).splitlines()[2:]]
    assert cuts == ["1.000", "-inf", "-inf", "all", "all"]
    content = json.loads(working_points.as_json(jets, counts, curves))
    found = content["discriminants"]["rnnip_log_ratio"]["working_points"]
    assert [point["cut"] for point in found] == [1.0, "-inf", "-inf", "all", "all"]


def test_a_curve_at_few_efficiencies(curve: Curve) -> None:
    few = curve.at(np.array([0.85, 0.6]))
    np.testing.assert_array_equal(few.cuts, [np.nan, 0, 2])
    np.testing.assert_allclose(few.efficiency(B), [1, 0.9, 0.6])
    np.testing.assert_allclose(few.rejection(LIGHT)[0], [1, 10 / 9, 10])


def test_no_b_jets(tmp_path: Path) -> None:
    rows = toy.jets(10)
    rows[LABEL] = 0
    with pytest.raises(UserError) as caught:
        fill(tmp_path / "a.h5", rows, AXIS)
    assert str(caught.value) == (
        f"{tmp_path}/a.h5: no b-jets ({LABEL} 5), so no b efficiency; "
        "use a sample that has some, such as ttbar"
    )


def test_working_points_as_text(curve: Curve) -> None:
    sharp = curve_of([[90, 0, 0, 0, 0, 0], [9, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 5]])
    assert table.as_text({RNNIP: curve, JF: sharp}).splitlines() == [
        "",
        f"RNNIP           b-jet efficiency{HEAD}",
        "            60%           60.00%    2.000          10.0 +3.5 -2.5            no such jets",
        "            70%           80.00%    1.000        3.33 +0.57 -0.46            no such jets",
        "            77%           80.00%    1.000        3.33 +0.57 -0.46            no such jets",
        "            85%           90.00%    0.000     1.111 +0.044 -0.031            no such jets",
        "            90%           90.00%    0.000     1.111 +0.044 -0.031            no such jets",
        "",
        f"JetFitter       b-jet efficiency{HEAD}",
        *(
            f"            {target}%          100.00%    3.000              > 78 (68%)"
            "         10.0 +15.7 -5.7"
            for target in (60, 70, 77, 85, 90)
        ),
    ]


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (136.71, 131.0, 142.8, "136.7 ± 5.9"),
        (95, 60, 190, "95 +95 -35"),
        (9856, 3765, 25800, "9,900 +15,900 -6,100"),
        (2.4412, 2.4163, 2.4664, "2.441 ± 0.025"),
        (12.4, 11.404, 13.396, "12.4 ± 1.0"),  # 0.996 has two digits as 1.0
        (None, 9.58, None, "> 9.6 (68%)"),
        (None, 8585.6, None, "> 8,586 (68%)"),
        (1.0, 1.0, 1.001, "1 (all pass)"),
        (None, None, None, "no such jets"),
    ],
)
def test_two_digits_of_the_error(
    value: float | None, low: float | None, high: float | None, text: str
) -> None:
    """Two errors where they differ by a tenth or more."""
    found = working_points.Rejection(value, None, low, high)
    assert table._rejection(found, 0 if low is None else 1000) == text


def test_a_long_title_has_a_line_of_its_own(curve: Curve) -> None:
    (long,) = known(["a_tagger_with_a_long_name_log_ratio"])
    lines = table.as_text({long: curve}).splitlines()
    assert lines[:3] == ["", "a_tagger_with_a_long_name", f"{'':16}b-jet efficiency{HEAD}"]


def test_intervals_and_limits_in_numbers(curve: Curve) -> None:
    """2 of 100 light jets: Wilson's interval is 1.00% to 3.95%."""
    point = working_points.working_points(curve, [0.0])[0]
    light = point.rejections[LIGHT]
    assert (light.value, light.high) == (None, None)
    assert light.low == pytest.approx(100 / 1.1479, rel=1e-4)
    low, high = curve.interval(LIGHT)
    assert (1 / high[5], 1 / low[5]) == pytest.approx((0.010034, 0.039471), abs=1e-6)
    assert np.isnan(curve.interval(C)).all()


def test_a_curve_has_a_gap_where_many_b_jets_share_a_value() -> None:
    """Half of 100 b-jets are at 0: between 50% and 100% there is no cut."""
    sharing = curve_of([[0, 0, 90, 5, 5, 0]] * 2 + [[0, 0, 50, 20, 20, 10]])
    wanted = np.array([0.3, 0.4, 0.5, 0.501, 0.9, 1.0])
    assert sharing.reaches(wanted).tolist() == [True, False, True, False, False, True]
    rejection, low, high = sharing.rejection_at(wanted, LIGHT)
    expected = [20, np.nan, 10, np.nan, np.nan, 1]
    np.testing.assert_allclose(rejection, expected)
    assert (np.isnan(low) == np.isnan(expected)).all()
    assert (low <= high)[~np.isnan(expected)].all()


def test_few_jets_leave_no_gaps() -> None:
    """Ten b-jets with values of their own: one of them is a tenth."""
    few = np.zeros((3, 15), np.int64)
    few[:, 2:12] = 1
    curve = curve_of(few, Axis(RNNIP, (0.0, 12.0), 12))
    assert curve.reaches(np.linspace(0.01, 1, 100)).all()


def test_working_points_as_json(tmp_path: Path) -> None:
    rows = toy.jets(3000)
    rows = rows[rows[LABEL] != 4]
    jets = open_jets([toy.write(tmp_path / "a.h5", rows)])
    counts = count_jets(jets, [[AXIS]])
    curves = roc.curves(jets, counts, [AXIS])
    content = json.loads(working_points.as_json(jets, counts, curves))
    labels = rows[LABEL].tolist()
    assert content["kind"] == "synthetic"
    assert content["inputs"] == [f"{tmp_path}/a.h5"]
    assert content["jets"] == {
        "light jets": labels.count(0),
        "c-jets": 0,
        "b-jets": labels.count(5),
    }
    assert content["left_out"] == {"15": labels.count(15), "44": labels.count(44)}
    found = content["discriminants"]["rnnip_log_ratio"]
    assert found["auc_c"] is None
    nan = rows[np.isnan(rows["rnnip_log_ratio"])][LABEL].tolist()
    assert found["without_value"] == {
        "light jets": nan.count(0),
        "c-jets": 0,
        "b-jets": nan.count(5),
    }
    assert [point["target_efficiency"] for point in found["working_points"]] == [
        0.6,
        0.7,
        0.77,
        0.85,
        0.9,
    ]
    assert all(point["c_rejection"] is None for point in found["working_points"])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_more_efficient_means_less_rejection(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    curve = fill(tmp_path_factory.mktemp("a") / "a.h5", toy.jets(500, seed), roc.fine_axis(RNNIP))
    points = curve.tightest_cut(np.linspace(0.01, 1, 50))
    assert (np.diff(curve.efficiency(B)[points]) >= 0).all()
    light = curve.passing[0][points]
    assert (np.diff(light) >= 0).all()
