"""The numbers that people quote: rejections at the usual b efficiencies."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from btagging.discriminants import Discriminant
from btagging.flavours import FLAVOURS, LIGHT, B, C, label_text
from btagging.jets.stream import Jets
from btagging.performance.histogram import Counts
from btagging.performance.roc import WORKING_POINTS, Curve


@dataclass(frozen=True)
class WorkingPoint:
    """A cut that keeps a given share of the b-jets.

    Parameters
    ----------
    target_efficiency
        The b efficiency to keep at least.
    b_efficiency
        What the tightest such cut keeps; more where many jets share one value.
    cut
        Jets with at least this value pass: all that have one if it is -inf. None if even jets
        without a value must pass.
    light_rejection, light_rejection_error, c_rejection, c_rejection_error
        One over the efficiency, and its binomial error; None if no such jet passes.
    light_rejection_low, light_rejection_high, c_rejection_low, c_rejection_high
        The ends of Wilson's 68% interval. If no such jet passes, the lower one is the 68% limit,
        and the upper one None.
    """

    target_efficiency: float
    b_efficiency: float
    cut: float | None
    light_rejection: float | None
    light_rejection_error: float | None
    c_rejection: float | None
    c_rejection_error: float | None
    light_rejection_low: float | None
    light_rejection_high: float | None
    c_rejection_low: float | None
    c_rejection_high: float | None


def working_points(
    curve: Curve, efficiencies: Sequence[float] = WORKING_POINTS
) -> list[WorkingPoint]:
    """Read a curve off at some b efficiencies."""
    few = curve.at(np.array(efficiencies))
    kept = few.efficiency(B)
    values = (*few.rejection(LIGHT), *few.rejection(C), *few.interval(LIGHT), *few.interval(C))
    return [
        WorkingPoint(
            target_efficiency,
            float(kept[i]),
            None if math.isnan(few.cuts[i]) else float(few.cuts[i]),
            *(_finite(array[i]) for array in values),
        )
        for i, target_efficiency in enumerate(efficiencies, 1)
    ]


def cut_as_text(cut: float | None) -> str:
    """Write a cut, or that all jets pass."""
    return "all" if cut is None else f"{cut:.3f}"


def as_json(jets: Jets, counts: Counts, curves: Mapping[Discriminant, Curve]) -> str:
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
            zip((flavour.name for flavour in FLAVOURS), counts.n_jets.tolist(), strict=True)
        ),
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
            zip((flavour.name for flavour in FLAVOURS), without.tolist(), strict=True)
        ),
        "auc_light": _finite(curve.auc(LIGHT)),
        "auc_c": _finite(curve.auc(C)),
        "working_points": [_as_dict(point) for point in working_points(curve)],
    }


def _as_dict(point: WorkingPoint) -> dict[str, Any]:
    finite = point.cut is not None and math.isfinite(point.cut)
    return asdict(point) | ({} if finite else {"cut": cut_as_text(point.cut)})


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
