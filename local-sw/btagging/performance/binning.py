"""From counts in bins to what a picture shows: a range that fits the jets, and shares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.performance.axis import BINS, OVERFLOW, UNDERFLOW, Axis, Histogram
from btagging.performance.intervals import poisson

N_BINS = 50
# Logarithms of ratios of floats are rarely beyond, and these bins are merged to wider ones.
_FINE_BOUNDS, _FINE_PER_UNIT = (-50.0, 50.0), 4
_MOST_BINS = 60
_LEFT_OUT = 1e-3  # of a flavour's jets, at each end


def counting_axis(discriminant: Discriminant) -> Axis:
    """Choose bins to count in: those of the picture, or finer ones if its range is not known."""
    if discriminant.range_known:
        return Axis(discriminant, discriminant.bounds, N_BINS)
    low, high = _FINE_BOUNDS
    return Axis(discriminant, _FINE_BOUNDS, int(high - low) * _FINE_PER_UNIT)


def fit_axes(axes: Sequence[Axis], histograms: Sequence[Histogram]) -> dict[Axis, Axis]:
    """Choose the bins to draw for each axis of `counting_axis`.

    The histograms, of shape (flavours, slots), are counts in these axes; what follows them is not
    used. Jets outside of a new range will be under- and overflow.
    """
    return {
        axis: axis if axis.discriminant.range_known else _fit(axis, histogram)
        for axis, histogram in zip(axes, histograms, strict=False)
    }


def merge(histogram: Histogram, axes: Sequence[Axis], new: Mapping[Axis, Axis]) -> Histogram:
    """Merge bins along each axis of a histogram, of shape (flavours, slots, ...).

    All edges of the new axes are edges of the old ones.
    """
    for dimension, axis in enumerate(axes, 1):
        first = np.searchsorted(axis.edges, new[axis].edges - 1e-9 * np.ptp(axis.edges))
        starts = [0, UNDERFLOW, *(first + 2)]
        histogram = histogram.map(partial(np.add.reduceat, indices=starts, axis=dimension))
    return histogram


def _fit(axis: Axis, histogram: Histogram) -> Axis:
    """Choose a range between integers that has nearly all jets of each flavour."""
    low, high = [], []
    for counts in np.maximum(histogram.sums[:, BINS], 0):  # a weight may be negative
        below = np.cumsum(counts) / max(counts.sum(), 1)
        if counts.any():
            low.append(np.searchsorted(below, _LEFT_OUT, side="right"))
            high.append(np.searchsorted(below, 1 - _LEFT_OUT) + 1)
    if not low:
        return Axis(axis.discriminant, axis.discriminant.bounds, N_BINS)
    start, stop = axis.edges[min(low)], axis.edges[max(high)]
    width = next(w for w in (0.25, 0.5, 1.0, 2.0) if (stop - start + 2) / w <= _MOST_BINS)
    unit = max(width, 1.0)
    bounds = unit * math.floor(start / unit), unit * math.ceil(stop / unit)
    return Axis(axis.discriminant, bounds, round((bounds[1] - bounds[0]) / width))


def shares(
    counts: Histogram,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Divide one flavour's counts by their sum, that of all jets with a value.

    The first and the last bin include the under- and overflow. Zeros if there are no jets.

    Parameters
    ----------
    counts
        Of shape (slots,).

    Returns
    -------
    ndarray, ndarray, ndarray
        The share of jets in each bin and the ends of its 68% interval, of shape (n_bins,). An
        empty bin's interval is empty.
    """
    sums, squares = _shown(counts.sums), _shown(counts.squares)
    some = squares > 0
    # The number of jets of equal weight with the same relative error.
    entries = np.divide(sums**2, squares, out=np.zeros_like(sums), where=some)
    scale = np.divide(sums, entries, out=np.zeros_like(sums), where=entries > 0)
    low, high = (end * scale for end in poisson(entries))
    total = sums.sum() if sums.sum() > 0 else 1.0
    return sums / total, low / total, np.where(some, np.minimum(high / total, 1), 0)


def _shown(slots: NDArray[Any]) -> NDArray[np.float64]:
    bins = slots[BINS].astype(np.float64)
    bins[0] += slots[UNDERFLOW]
    bins[-1] += slots[OVERFLOW]
    return bins
