"""What would distract from the drawing of histograms: labels and limits."""

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
    """Give the flavours that there are jets of, and their counts, of shape (slots, ...)."""
    for flavour in DRAWN:
        if counts.of(flavour).sums.any():
            yield flavour, counts.of(flavour)


def label(flavour: Flavour, counts: Histogram, axis: Axis) -> str:
    """Name a flavour, and the share of its jets that have no value, or one out of the range."""
    low, high = axis.bounds
    slots = {"no value": NAN, f"below {low:g}": UNDERFLOW, f"above {high:g}": OVERFLOW}
    notes = [
        f"{share(counts.sums[slot], counts.sums.sum())} {where}"
        for where, slot in slots.items()
        if counts.sums[slot]
    ]
    return f"{flavour.name} ({', '.join(notes)})" if notes else flavour.name


def share(part: float, total: float) -> str:
    """Write a share of jets in percent; one that is not 0 or 1 does not look like it."""
    percent = 100 * part / total
    if 0 < percent < 0.1:
        return "<0.1%"
    return ">99.9%" if 99.9 < percent < 100 else f"{percent:.1f}%"


def limits(counts: Histogram) -> tuple[float, float]:
    """Leave room below for the fewest jets' error, and above for the legend."""
    found = np.array([shares(count) for _, count in flavours_with_jets(counts)])
    low = found[:, 1].min(where=found[:, 0] > 0, initial=1) / 1.5
    high = found[:, 2].max(initial=0)
    high = high or 1.0
    return low, (high / low) ** 0.32 * high


def mark_overflow(panel: Axes, counts: Histogram, axis: Axis) -> None:
    """Write numbers along the axes, and hatch bins that take in what is outside of the range."""
    scales.label_logarithmic(panel.yaxis)
    for slot, bin_ in ((UNDERFLOW, 0), (OVERFLOW, -2)):
        if counts.sums[:, slot].any():
            start, stop = axis.edges[bin_], axis.edges[bin_ + 1]
            panel.axvspan(start, stop, fill=False, hatch="////", ec="0.75", lw=0, zorder=0)


def height_label(axis: Axis) -> str:
    """Say what the heights are."""
    low, high = axis.bounds
    return f"fraction of jets / {float(f'{(high - low) / axis.n_bins:.3g}')}"
