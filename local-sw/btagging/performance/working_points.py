"""Rejections at the usual b efficiencies."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from btagging.discriminants import Discriminant
from btagging.flavours import COUNTED, Flavour, label_text
from btagging.jets.stream import Jets
from btagging.performance.histogram import Counts
from btagging.performance.roc import WORKING_POINTS, Curve


@dataclass(frozen=True)
class Rejection:
    """The rejection of a background at a working point.

    Parameters
    ----------
    value, error
        One over the efficiency, and its binomial error; None if no such jet passes.
    low, high
        The ends of Wilson's 68% interval. If no such jet passes, the lower one is the 68% limit,
        and the upper one None.
    """

    value: float | None
    error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class WorkingPoint:
    """A cut that keeps a given share of the signal's jets.

    Parameters
    ----------
    target_efficiency
        The smallest signal efficiency that is allowed.
    efficiency
        That of the tightest such cut; larger where many jets share one value.
    cut
        Jets with at least this value pass: all that have one if it is -inf. None if even jets
        without a value must pass.
    """

    target_efficiency: float
    efficiency: float
    cut: float | None
    rejections: Mapping[Flavour, Rejection]


def working_points(
    curve: Curve, efficiencies: Sequence[float] = WORKING_POINTS
) -> list[WorkingPoint]:
    """Find the working points of a curve at some signal efficiencies."""
    few = curve.at(np.array(efficiencies))
    kept = few.efficiency(few.signal)
    found = {
        flavour: (*few.rejection(flavour), *few.interval(flavour)) for flavour in few.backgrounds
    }
    return [
        WorkingPoint(
            target_efficiency,
            float(kept[i]),
            None if math.isnan(few.cuts[i]) else float(few.cuts[i]),
            {
                flavour: Rejection(*(_finite(array[i]) for array in arrays))
                for flavour, arrays in found.items()
            },
        )
        for i, target_efficiency in enumerate(efficiencies, 1)
    ]


def cut_as_text(cut: float | None) -> str:
    """Write a cut, or that all jets pass."""
    return "all" if cut is None else f"{cut:.3f}"


def as_json(
    jets: Jets, counts: Counts, curves: Mapping[Discriminant, Curve], weight: str | None = None
) -> str:
    """Write the working points as JSON for programs.

    What is undefined is null; a cut is "-inf" if all jets with a value pass, and "all" if the
    others pass too.
    """
    content = {
        "kind": jets.kind or None,
        "sample": jets.sample,
        "inputs": [str(file) for file in jets.paths],
        "held_out": bool(jets.kept),
        "jets": dict(
            zip((flavour.name for flavour in COUNTED), counts.n_jets.tolist(), strict=False)
        ),
        **({"where": [str(condition) for condition in jets.where]} if jets.where else {}),
        **({"weight": weight} if weight else {}),
        "left_out": {label_text(label): n for label, n in counts.left_out.items()},
        "discriminants": {
            found.name: _discriminant(found, curve) for found, curve in curves.items()
        },
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _discriminant(discriminant: Discriminant, curve: Curve) -> dict[str, Any]:
    without = curve.passing[:, 0] - curve.passing[:, 1]
    return {
        "title": discriminant.title,
        "without_value": dict(
            zip((flavour.name for flavour in COUNTED), without.tolist(), strict=False)
        ),
        **{f"auc_{flavour.short}": _finite(curve.auc(flavour)) for flavour in curve.backgrounds},
        "working_points": [_as_dict(point, curve.signal) for point in working_points(curve)],
    }


def _as_dict(point: WorkingPoint, signal: Flavour) -> dict[str, Any]:
    finite = point.cut is not None and math.isfinite(point.cut)
    content: dict[str, Any] = {
        "target_efficiency": point.target_efficiency,
        f"{signal.short}_efficiency": point.efficiency,
        "cut": point.cut if finite else cut_as_text(point.cut),
    }
    for flavour, found in point.rejections.items():
        values = zip(("", "_error", "_low", "_high"), astuple(found), strict=True)
        content |= {f"{flavour.short}_rejection{what}": value for what, value in values}
    return content


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
