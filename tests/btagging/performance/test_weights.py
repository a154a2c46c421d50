"""Weighted jets: efficiencies, rejections and their errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
from btagging.discriminants import known
from btagging.errors import UserError
from btagging.flavours import LIGHT, B, C
from btagging.jets.stream import Jets, open_jets
from btagging.performance import histogram, roc, working_points
from btagging.performance.axis import Axis, Histogram
from btagging.performance.histogram import count_jets
from numpy.lib.recfunctions import append_fields
from sklearn.metrics import roc_auc_score, roc_curve

LABEL = "HadronConeExclExtendedTruthLabelID"
RNNIP, _ = known(["rnnip_log_ratio", "jf_sig"])


def weighted(folder: Path, weights: Any, n: int = 20_000, name: str = "w") -> tuple[Jets, Any]:
    rows = append_fields(toy.jets(n), name, weights, usemask=False)
    rows["rnnip_log_ratio"] = np.round(rows["rnnip_log_ratio"] * 64) / 64  # on edges of bins
    return open_jets([toy.write(folder / "a.h5", rows)]), rows


def random_weights(n: int = 20_000) -> Any:
    return np.random.default_rng(3).exponential(5, n).astype("f4")


@pytest.mark.parametrize(("background", "label"), [(LIGHT, 0), (C, 4)])
def test_efficiencies_are_scikit_learns(tmp_path: Path, background: Any, label: int) -> None:
    jets, rows = weighted(tmp_path, random_weights())
    axis = roc.fine_axis(RNNIP)
    curve = roc.curves(jets, count_jets(jets, [[axis]], "w"), [axis])[RNNIP]
    rows = rows[np.isin(rows[LABEL], (5, label))]
    scores = np.nan_to_num(rows["rnnip_log_ratio"].astype(float), nan=-1e30)
    truth, weights = rows[LABEL] == 5, rows["w"].astype(float)
    fake, real, _ = roc_curve(truth, scores, sample_weight=weights, drop_intermediate=False)
    wanted = np.array(roc.WORKING_POINTS)
    at = np.searchsorted(real, wanted)  # the tightest cut that keeps at least so many
    found = curve.at(wanted)
    np.testing.assert_allclose(found.efficiency(B)[1:], real[at], rtol=1e-6)
    np.testing.assert_allclose(found.efficiency(background)[1:], fake[at], rtol=1e-6)
    area = roc_auc_score(truth, scores, sample_weight=weights)
    assert curve.auc(background) == pytest.approx(area, abs=1e-6)


def test_jets_of_the_same_weight_are_jets(tmp_path: Path) -> None:
    """Rejections and errors are those without weights."""
    jets, _ = weighted(tmp_path, np.full(20_000, 7.0, "f4"))
    axis = roc.fine_axis(RNNIP)
    points = [
        working_points.working_points(roc.curves(jets, counts, [axis])[RNNIP])
        for counts in (count_jets(jets, [[axis]], "w"), count_jets(jets, [[axis]]))
    ]
    for found, expected in zip(*points, strict=True):
        assert found.efficiency == pytest.approx(expected.efficiency)
        for flavour in (LIGHT, C):
            values = vars(found.rejections[flavour])
            assert values == pytest.approx(vars(expected.rejections[flavour]))


def test_errors_are_those_of_the_effective_number() -> None:
    """One jet in four has the weight 3: (n + 2n/4)^2 / (n + 8n/4) = 0.75 n."""
    sums, squares = np.full((3, 5), 150.0), np.full((3, 5), 300.0)
    curve = roc.curve(Histogram(sums, squares), Axis(RNNIP, (0, 2), 2))
    assert curve.n_jets(LIGHT) == pytest.approx(0.75 * 500)
    low, high = curve.interval(LIGHT)
    plain = np.full((3, 5), 75)
    expected = roc.curve(Histogram(plain, plain), Axis(RNNIP, (0, 2), 2)).interval(LIGHT)
    np.testing.assert_allclose([low, high], expected)


def test_negative_weights_count(tmp_path: Path) -> None:
    """With them a tighter cut may keep more; the tightest that keeps enough is taken."""
    sums = np.array([[0, 0, 4.0, 4, 2], [0, 0, 1.0, 1, 1], [0, 0, 2.0, -3, 9]])
    curve = roc.curve(Histogram(sums, np.abs(sums)), Axis(RNNIP, (0, 2), 2))
    assert curve.cuts[curve.tightest_cut(np.array([0.6, 0.9, 1.0]))].tolist() == [2, 2, 2]
    assert curve.efficiency(B).tolist() == [1, 1, 1, 0.75, 1.125, 0]
    weights = random_weights()
    weights[::50] *= -1
    jets, rows = weighted(tmp_path, weights)
    counts = count_jets(jets, [[roc.fine_axis(RNNIP)]], "w")
    negative = np.isin(rows[LABEL], (0, 4, 5)) & (rows["w"] < 0)
    assert counts.n_negative == negative.sum()
    lines = histogram.summary(jets, counts, "w").splitlines()
    assert lines[-1] == f"weighted by w; {counts.n_negative:,} are negative, and count"


def test_forgotten_event_weights_are_mentioned(tmp_path: Path) -> None:
    """Only where they are not 1."""
    for value, said in ((1.0, False), (2.0, True)):
        jets, _ = weighted(tmp_path, np.full(1000, value), 1000, "mcEventWeight")
        counts = count_jets(jets, [[roc.fine_axis(RNNIP)]])
        text = "mcEventWeight is not 1, but not used: --weight mcEventWeight uses it"
        assert (text in histogram.summary(jets, counts).splitlines()) == said


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.where(np.arange(1000) == 7, np.nan, 1), "some jets have no finite weight"),
        (np.full(1000, -1.0), "the weights of the light jets add up to -"),
    ],
)
def test_weights_that_make_no_sense(tmp_path: Path, weights: Any, message: str) -> None:
    jets, _ = weighted(tmp_path, weights, 1000)
    with pytest.raises(UserError) as caught:
        count_jets(jets, [[roc.fine_axis(RNNIP)]], "w")
    assert str(caught.value).startswith(f"{jets.paths[0]}: --weight w: {message}")
