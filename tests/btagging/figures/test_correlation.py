"""Two discriminants against each other: shares in shades, and contours that hold b-jets."""

from __future__ import annotations

import numpy as np
import pytest
from btagging.figures import correlation
from btagging.flavours import FLAVOURS, LIGHT, B, C


@pytest.fixture
def counts() -> np.ndarray:
    """Fill 10 by 20 bins: b-jets around one place, one light jet, no c-jets."""
    found = np.zeros((3, 13, 23), np.int64)
    across, upwards = np.meshgrid(np.arange(10), np.arange(20), indexing="ij")
    bump = np.exp(-((across - 5) ** 2 + (upwards - 9) ** 2) / 8)
    found[FLAVOURS.index(B), 2:-1, 2:-1] = 1000 * bump
    found[FLAVOURS.index(LIGHT), 3, 4] = 3
    found[FLAVOURS.index(LIGHT), 0, 4] = 1
    return found


def test_shares(counts: np.ndarray) -> None:
    """Rows go upwards; empty bins stay white; jets without a value count in the total."""
    found = correlation.shares(counts)
    assert list(found) == [B, LIGHT]
    assert found[LIGHT].shape == (20, 10)
    assert found[LIGHT][2, 1] == 3 / 4
    assert np.isnan(found[LIGHT]).sum() == 199


def test_one_scale_for_all_flavours(counts: np.ndarray) -> None:
    shares = correlation.shares(counts)
    scale = correlation.scale(shares)
    assert scale.vmax == 3 / 4
    assert scale.vmin == pytest.approx(np.nanmin(shares[B]) / 3)


def test_contours_hold_half_and_nine_tenths(counts: np.ndarray) -> None:
    height = correlation.smooth(correlation.shares(counts)[B])
    assert height.shape == (20, 10)
    outer, inner = correlation.levels(height)
    for level, share in ((outer, 0.9), (inner, 0.5)):
        held = height[height >= level].sum() / height.sum()
        assert share <= held < share + 0.05


def test_smoothing_keeps_the_total() -> None:
    shares = np.full((8, 9), np.nan)
    shares[4, 4] = 1
    found = correlation.smooth(shares)
    assert found.sum() == pytest.approx(1)
    assert found[4, 4] == (6 / 16) ** 2
    assert found[2, 4] == found[4, 2] == 6 / 16 / 16


@pytest.mark.parametrize(("factor", "enough"), [(1, True), (0, False)])
def test_few_b_jets_have_no_contours(counts: np.ndarray, factor: int, enough: bool) -> None:
    counts[FLAVOURS.index(B)] *= factor
    assert not counts[FLAVOURS.index(C)].any()
    assert correlation.enough(counts) is enough
