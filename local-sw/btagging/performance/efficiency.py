"""Efficiencies and rejections in bins of a field, such as the transverse momentum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.flavours import COUNTED, B, Flavour
from btagging.performance.axis import BINS, NAN, Axis, Histogram
from btagging.performance.intervals import wilson
from btagging.performance.roc import Curve, curve

# Coarser than for one ROC curve, since there are so many of them.
N_BINS = 30_000
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
    """Choose the bins of a field, or those of the absolute value of a pseudorapidity.

    Without limits they are those that suit pt in MeV, or |eta|.
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


@dataclass(frozen=True)
class InBins:
    """What passes a cut in each bin of a field.

    Parameters
    ----------
    signal
        B or C.
    cuts
        Of shape (bins,).
    values
        The efficiency of the signal and the rejection of each background, with the ends of the
        68% interval, each of shape (bins,). NaN where there are no jets, or where none passes; the
        lower end of a rejection is then the 68% limit.
    """

    signal: Flavour
    cuts: NDArray[np.float64]
    values: Mapping[Flavour, tuple[NDArray[np.float64], ...]]


def in_bins(
    counts: Histogram, fine: Axis, efficiency: float, *, flat: bool = False, signal: Flavour = B
) -> InBins:
    """Cut on a discriminant, and count what passes in each bin of a field.

    Parameters
    ----------
    counts
        Of shape (flavours, slots of the field, slots of the discriminant).
    fine
        The axis of the discriminant.
    efficiency
        The tightest cut that keeps at least this share of all signal jets is taken.
    flat
        Take a cut in each bin that keeps this share of the signal jets in it.
    signal
        B or C.
    """
    wanted = np.array([efficiency])
    whole = curve(counts.map(lambda values: values.sum(axis=1)), fine, signal)
    in_bin = [itemgetter(np.s_[:, i]) for i in range(counts.sums.shape[1])[BINS]]
    curves = [curve(counts.map(bin_of), fine, signal) for bin_of in in_bin]
    decisive = [one if flat and one.n_jets(signal) > 0 else whole for one in curves]
    cuts = [int(one.tightest_cut(wanted)[0]) for one in decisive]
    passing = [_at(one, cut) for one, cut in zip(curves, cuts, strict=True)]
    values = {flavour: _columns(passing, flavour) for flavour in (signal, *whole.backgrounds)}
    return InBins(signal, whole.cuts[cuts], values)


def _at(one: Curve, cut: int) -> Curve:
    """Keep only all jets, and those that pass one cut."""
    kept = [0, cut]
    return replace(one, cuts=one.cuts[kept], passing=one.passing[:, kept])


def _columns(curves: Sequence[Curve], flavour: Flavour) -> tuple[NDArray[np.float64], ...]:
    found = []
    for one in curves:
        if flavour is one.signal:
            value, n = one.efficiency(flavour), one.n_jets(flavour)
            low, high = wilson(np.clip(value, 0, 1) * n, n)
        else:
            value, (low, high) = one.rejection(flavour)[0], one.interval(flavour)
        found.append([value[1], low[1], high[1]])
    return tuple(np.array(found).T)


def as_dict(axis: FieldAxis, found: InBins) -> dict[str, Any]:
    """Describe the result for JSON; what is undefined or infinite is None."""
    content: dict[str, Any] = {"edges": axis.edges.tolist(), "cuts": _plain(found.cuts)}
    for flavour in COUNTED:
        if flavour in found.values:
            what = "efficiency" if flavour is found.signal else "rejection"
            names = (f"{flavour.short}_{what}{end}" for end in ("", "_low", "_high"))
            content |= dict(zip(names, map(_plain, found.values[flavour]), strict=True))
    return content


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
