"""Efficiencies and rejections in bins of a field, such as the transverse momentum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.flavours import COUNTED, B, Flavour
from btagging.performance.axis import NAN, Axis
from btagging.performance.histogram import Histogram
from btagging.performance.intervals import wilson
from btagging.performance.roc import Curve, curve

# Coarser than for a ROC curve, for there is one in each bin; a cut is at one of their edges.
N_FINE, N_TAIL = 30_000, 5_000
_USUAL = {
    "pt": [20e3, 30e3, 40e3, 60e3, 85e3, 110e3, 140e3, 175e3, 250e3, 400e3],
    "eta": [0, 0.5, 1, 1.5, 2, 2.5],
}
_OF_MOMENTUM, _OF_ETA = ("pt", "pt_btagJes"), ("eta", "eta_btagJes", "absEta_btagJes")
UNITS = dict.fromkeys(_OF_MOMENTUM, " [MeV]")


@dataclass(frozen=True)
class FieldAxis(Axis):
    """Bins of any widths in a field of `/jets`.

    Parameters
    ----------
    limits
        Of the bins, in rising order.
    """

    limits: tuple[float, ...] = ()

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins, of shape (bins + 1,)."""
        return np.array(self.limits, np.float64)

    def find(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Find each value's slot; an edge belongs to the bin above it."""
        found = np.searchsorted(self.edges, values, side="right") + 1
        return np.where(np.isnan(values), NAN, found)


def field_axis(name: str, limits: Sequence[float] | None) -> FieldAxis:
    """Choose the bins of a field; of a pseudorapidity those of its absolute value.

    Parameters
    ----------
    name
        The field.
    limits
        Of the bins; None for those that suit pt in MeV and |eta|.
    """
    is_eta = name in _OF_ETA
    edges = limits or _USUAL["eta" if is_eta else "pt"]

    def compute(jets: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        values = jets[name].astype(np.float64)
        return np.abs(values) if is_eta else values

    label = rf"jet $|\eta|$ ({name})" if is_eta else f"{name}{UNITS.get(name, '')}"
    bounds = (float(edges[0]), float(edges[-1]))
    field = Discriminant(name, name, label, bounds, (name,), compute)
    return FieldAxis(field, bounds, len(edges) - 1, 0, tuple(map(float, edges)))


def fine_axis(discriminant: Discriminant) -> Axis:
    """Make the bins in which cuts on a discriminant are sought."""
    low, high = discriminant.bounds
    return Axis(discriminant, (2 * low - high, 2 * high - low), N_FINE, N_TAIL)


@dataclass(frozen=True)
class InBins:
    """What a cut does in each bin.

    Parameters
    ----------
    cuts
        Of shape (bins,).
    values
        Of each flavour the value and the ends of its 68% interval, each of shape (bins,): of the
        signal the efficiency, of a background the rejection. NaN where there are no jets, or
        where none passes; the lower end of a rejection is then the 68% limit.
    """

    cuts: NDArray[np.float64]
    values: Mapping[Flavour, tuple[NDArray[np.float64], ...]]


def in_bins(
    counts: Histogram,
    fine: Axis,
    efficiency: float,
    *,
    flat: bool = False,
    signal: Flavour = B,
) -> InBins:
    """Cut on a discriminant, and count what passes in each bin of a field.

    Parameters
    ----------
    counts
        Of shape (flavours, slots of the field, slots of the discriminant).
    fine
        The axis of the discriminant.
    efficiency
        Of the signal: the tightest cut that keeps at least so much of all jets is taken.
    flat
        Take a cut in each bin that keeps so much of the bin's jets.
    signal
        B or C.
    """
    whole = curve(counts.map(lambda values: values.sum(axis=1)), fine, signal)
    (place,) = whole.tightest_cut(np.array([efficiency]))
    n_bins = counts.sums.shape[1] - 3
    curves = [curve(counts.map(_slot(i + 2)), fine, signal) for i in range(n_bins)]
    places = [place] * n_bins
    if flat:
        some = [one.n_jets(signal) > 0 for one in curves]
        wanted = np.array([efficiency])
        places = [
            int(one.tightest_cut(wanted)[0]) if any_ else place
            for one, any_ in zip(curves, some, strict=True)
        ]
    passing = [_at(one, cut) for one, cut in zip(curves, places, strict=True)]
    values = {flavour: _columns(passing, flavour) for flavour in (signal, *whole.backgrounds)}
    return InBins(whole.cuts[places], values)


def _slot(i: int) -> Any:
    return lambda values: values[:, i]


def _at(one: Curve, cut: int) -> Curve:
    """Keep all jets, and those that pass a cut."""
    kept = [0, cut]
    return replace(one, cuts=one.cuts[kept], passing=one.passing[:, kept])


def _columns(curves: Sequence[Curve], flavour: Flavour) -> tuple[NDArray[np.float64], ...]:
    found = []
    for one in curves:
        low, high = one.interval(flavour)
        value = one.rejection(flavour)[0]
        if flavour is one.signal:
            n = one.n_jets(flavour)
            share = one.efficiency(flavour)
            low, high = wilson(np.clip(share, 0, 1) * n, n)
            value = share
        found.append([value[1], low[1], high[1]])
    return tuple(np.array(found).T)


def as_dict(axis: FieldAxis, found: InBins, signal: Flavour) -> dict[str, Any]:
    """Say the numbers to programs; what is undefined or infinite is None."""
    content: dict[str, Any] = {
        "edges": axis.edges.tolist(),
        "cuts": _plain(found.cuts),
    }
    for flavour in COUNTED:
        if flavour in found.values:
            what = "efficiency" if flavour is signal else "rejection"
            names = (f"{flavour.short}_{what}{end}" for end in ("", "_low", "_high"))
            content |= dict(zip(names, map(_plain, found.values[flavour]), strict=True))
    return content


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
