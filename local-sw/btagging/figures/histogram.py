"""Labels and limits for the pictures of histograms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from btagging.figures import scales
from btagging.flavours import LIGHT, B, C, Flavour
from btagging.performance.axis import NAN, OVERFLOW, UNDERFLOW, Axis, Histogram
from btagging.performance.binning import shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes


DRAWN = (B, C, LIGHT)
"""The order in legends and panels."""


def flavours_with_jets(counts: Histogram) -> Iterator[tuple[Flavour, Histogram]]:
    """List the flavours that have jets, and their counts, of shape (slots, ...)."""
    for flavour in DRAWN:
        if counts.of(flavour).sums.any():
            yield flavour, counts.of(flavour)


def label(flavour: Flavour, counts: Histogram, axis: Axis) -> str:
    """Name a flavour, and the shares of its jets without a value, or outside the range."""
    low, high = axis.bounds
    slots = {"no value": NAN, f"below {low:g}": UNDERFLOW, f"above {high:g}": OVERFLOW}
    notes = [
        f"{share(counts.sums[slot], counts.sums.sum())} {where}"
        for where, slot in slots.items()
        if counts.sums[slot]
    ]
    return f"{flavour.name} ({', '.join(notes)})" if notes else flavour.name


def share(part: float, total: float) -> str:
    """Write a share of jets in percent, as 0.0% or 100.0% only where it is exact."""
    percent = 100 * part / total
    if 0 < percent < 0.1:
        return "<0.1%"
    return ">99.9%" if 99.9 < percent < 100 else f"{percent:.1f}%"


def limits(counts: Histogram) -> tuple[float, float]:
    """Choose the limits: room below for the smallest error, and above for the legend."""
    found = np.array([shares(count) for _, count in flavours_with_jets(counts)])
    low = found[:, 1].min(where=found[:, 0] > 0, initial=1) / 1.5
    high = found[:, 2].max(initial=0)
    high = high or 1.0
    return low, (high / low) ** 0.32 * high


def mark_overflow(panel: Axes, counts: Histogram, axis: Axis) -> None:
    """Label the vertical axis, and hatch the bins that include under- and overflow."""
    scales.label_logarithmic(panel.yaxis)
    for slot, bin_ in ((UNDERFLOW, 0), (OVERFLOW, -2)):
        if counts.sums[:, slot].any():
            start, stop = axis.edges[bin_], axis.edges[bin_ + 1]
            panel.axvspan(start, stop, fill=False, hatch="////", ec="0.75", lw=0, zorder=0)


def height_label(axis: Axis) -> str:
    """Label the heights: a fraction per bin width."""
    low, high = axis.bounds
    return f"fraction of jets per {float(f'{(high - low) / axis.n_bins:.3g}')}"
