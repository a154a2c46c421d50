"""Efficiencies and rejections from finely binned counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.errors import UserError
from btagging.flavours import COUNTED, LIGHT, TAU, B, C, Flavour
from btagging.jets.stream import Jets
from btagging.performance.axis import Axis, Histogram
from btagging.performance.histogram import Counts
from btagging.performance.intervals import NONE_SEEN, wilson

WORKING_POINTS = (0.60, 0.70, 0.77, 0.85, 0.90)
"""The b efficiencies for which there are calibrations."""

# At each working point, a bin is far smaller than the statistical error.
N_BINS = 300_000
# The share of b-jets that may have one value without a gap in the curve: no smaller gap is visible.
_SPIKE = 0.02


def fine_axis(discriminant: Discriminant, n_bins: int = N_BINS) -> Axis:
    """Make fine bins, at whose edges cuts are sought.

    A third of the equal ones are in the drawn range, a third on each side of it. Those of the tails
    take in what is far away: their width is 0.2% of their distance, with 300,000 equal bins.
    """
    low, high = discriminant.bounds
    return Axis(discriminant, (2 * low - high, 2 * high - low), n_bins, n_bins // 6)


@dataclass(frozen=True)
class Curve:
    """Which jets pass a cut on a discriminant, for every cut from the loosest to the tightest.

    Parameters
    ----------
    cuts
        Of shape (cuts,): jets with at least this value pass. The first is NaN, where jets without
        a value pass too, and the last infinite, where none does.
    passing
        Number of jets that pass, or sum of their weights, of shape (flavours, cuts). The first
        column has all jets.
    n_effective
        Number of jets of each flavour; with weights, the effective number (sum w)^2 / sum w^2.
    signal
        The flavour whose efficiency is on the axis.
    """

    cuts: NDArray[np.float64]
    passing: NDArray[Any]
    n_effective: NDArray[np.float64]
    signal: Flavour = B

    @property
    def backgrounds(self) -> tuple[Flavour, ...]:
        """The flavours to reject: light jets, the other heavy flavour, and taus if counted."""
        taus = (TAU,) * (len(self.passing) == len(COUNTED))
        return (LIGHT, C if self.signal is B else B, *taus)

    def n_jets(self, flavour: Flavour) -> float:
        """Return the (effective) number of jets of a flavour, passing or not."""
        return float(self.n_effective[COUNTED.index(flavour)])

    def efficiency(self, flavour: Flavour) -> NDArray[np.float64]:
        """Return the share of jets that pass each cut, of shape (cuts,); NaN if there are none."""
        passing = self.passing[COUNTED.index(flavour)]
        share: NDArray[np.float64] = passing / (passing[0] or np.nan)
        return share

    def rejection(self, flavour: Flavour) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        r"""Return 1 / efficiency and its binomial error, each of shape (cuts,).

        The error is :math:`R^2 \sqrt{\epsilon (1 - \epsilon) / n} = R \sqrt{(1 - \epsilon) / k}`
        for k passing jets of n. NaN where none passes.
        """
        passing = self.passing[COUNTED.index(flavour)]
        rejection = passing[0] / np.where(passing > 0, passing, np.nan)
        # With negative weights, less than all jets may weigh more than all.
        failing = np.maximum(1 - 1 / rejection, 0)
        return rejection, rejection * np.sqrt(failing / self._entries(flavour))

    def tightest_cut(self, efficiency: NDArray[np.float64]) -> NDArray[np.intp]:
        """Find the tightest cuts that keep at least these signal efficiencies.

        The curve is a staircase: between two cuts nothing is interpolated.
        """
        kept = self._kept
        # A tolerance of a millionth of a jet for rounding, as of 0.7 * 10.
        needed = np.asarray(efficiency) * kept[0] - 1e-6 * self._jet
        # With negative weights a tighter cut may keep more than a looser one.
        most = np.maximum.accumulate(kept[::-1])[::-1]
        return np.searchsorted(-most, -needed, side="right") - 1

    def _entries(self, flavour: Flavour) -> NDArray[np.float64]:
        """Return the effective number of jets that pass, of shape (cuts,)."""
        passing = self.passing[COUNTED.index(flavour)]
        return passing * (self.n_jets(flavour) / (passing[0] or np.nan))

    @property
    def _kept(self) -> NDArray[Any]:
        return self.passing[COUNTED.index(self.signal)]

    @property
    def _jet(self) -> float:
        """The mean weight of a signal jet."""
        return float(self._kept[0]) / self.n_jets(self.signal)

    def at(self, efficiencies: NDArray[np.float64]) -> Curve:
        """Keep only the first cut, and the tightest ones at some b efficiencies, in their order."""
        kept = np.concatenate([[0], self.tightest_cut(efficiencies)])
        return replace(self, cuts=self.cuts[kept], passing=self.passing[:, kept])

    def reaches(self, efficiencies: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell for which b efficiencies there are cuts.

        There are none where many b-jets share one value, such as that of all jets without a
        vertex: a cut keeps all of them, or none.
        """
        kept = np.append(self._kept, 0)
        cut = self.tightest_cut(efficiencies)
        sharing = kept[cut] - kept[cut + 1]
        beyond = kept[cut] - np.asarray(efficiencies) * kept[0] > 1e-6 * self._jet
        return ~(beyond & (sharing > max(self._jet, _SPIKE * kept[0])))

    def interval(self, flavour: Flavour) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the ends of the rejection's 68% interval, each of shape (cuts,).

        Where no jet passes, the lower end is the 68% limit and the upper one infinite. NaN if
        there are no jets.
        """
        passing, n = self._entries(flavour), self.n_jets(flavour)
        low, high = wilson(np.clip(passing, 0, n), n)
        high = np.where(passing > 0, high, min(NONE_SEEN / n, 1) if n else np.nan)
        with np.errstate(divide="ignore"):
            return 1 / high, 1 / low

    def rejection_at(
        self, efficiencies: NDArray[np.float64], flavour: Flavour
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the rejection at some b efficiencies, and the ends of its 68% interval.

        The cuts are the tightest that keep at least these efficiencies. NaN where there is none, or
        where no background jet passes.
        """
        few = self.at(efficiencies)
        found = np.stack([few.rejection(flavour)[0], *few.interval(flavour)])[:, 1:]
        found[:, ~self.reaches(efficiencies) | np.isnan(found[0])] = np.nan
        return found[0], found[1], found[2]

    def auc(self, background: Flavour) -> float:
        """Return the AUC: the probability that a b-jet has a larger value than a background jet.

        A tie counts half. NaN without jets of one of the flavours.
        """
        signal, other = self.efficiency(self.signal), self.efficiency(background)
        return float(np.sum((signal[:-1] + signal[1:]) / 2 * (other[:-1] - other[1:])))


def curves(
    jets: Jets, counts: Counts, axes: Sequence[Axis], signal: Flavour = B
) -> dict[Discriminant, Curve]:
    """Turn the counts of each axis into a curve.

    Raises
    ------
    UserError
        If there are no signal jets.
    """
    if not counts.n_jets[COUNTED.index(signal)]:
        name = signal.name[0]
        raise UserError(
            f"{jets.paths[0]}: no {signal.name} ({jets.label_field} {signal.label}), so no {name} "
            "efficiency; use a sample that has some, such as ttbar"
        )
    return {
        axis.discriminant: curve(histogram, axis, signal)
        for axis, histogram in zip(axes, counts.histograms, strict=True)
    }


def curve(counts: Histogram, axis: Axis, signal: Flavour = B) -> Curve:
    """Add up counts, of shape (flavours, slots), from the most signal-like slot down."""
    passing = counts.sums[:, ::-1].cumsum(axis=1)[:, ::-1]
    squares = counts.squares.sum(axis=1)
    n_effective = passing[:, 0] ** 2 / np.where(squares > 0, squares, 1)
    none = np.zeros((len(passing), 1), passing.dtype)
    cuts = np.concatenate([[np.nan, -np.inf], axis.edges, [np.inf]])
    return Curve(cuts, np.concatenate([passing, none], axis=1), n_effective, signal)
