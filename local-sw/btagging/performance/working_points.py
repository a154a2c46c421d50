"""The numbers that people quote: rejections at the usual b efficiencies."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from btagging.discriminants import Discriminant
from btagging.errors import shown
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
    """

    target_efficiency: float
    b_efficiency: float
    cut: float | None
    light_rejection: float | None
    light_rejection_error: float | None
    c_rejection: float | None
    c_rejection_error: float | None


def working_points(
    curve: Curve, efficiencies: Sequence[float] = WORKING_POINTS
) -> list[WorkingPoint]:
    """Read a curve off at some b efficiencies."""
    few = curve.at(np.array(efficiencies))
    kept, light, c = few.efficiency(B), few.rejection(LIGHT), few.rejection(C)
    return [
        WorkingPoint(
            target_efficiency,
            float(kept[i]),
            None if math.isnan(few.cuts[i]) else float(few.cuts[i]),
            *(_finite(array[i]) for array in (*light, *c)),
        )
        for i, target_efficiency in enumerate(efficiencies, 1)
    ]


def as_text(curves: Mapping[Discriminant, Curve]) -> str:
    """Write the working points of all discriminants as a table for people."""
    lines = []
    for discriminant, curve in curves.items():
        lines += [
            "",
            f"{shown(discriminant.title):14}{'kept':>9}{'cut >=':>9}{'light rejection':>22}",
        ]
        lines[-1] += f"{'c rejection':>20}"
        lines += [_row(point, curve) for point in working_points(curve)]
    return "\n".join([*lines, ""])


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
    return asdict(point) | ({} if finite else {"cut": _cut(point.cut)})


def _row(point: WorkingPoint, curve: Curve) -> str:
    cut = _cut(point.cut)
    light = _rejection(point.light_rejection, point.light_rejection_error, curve.n_jets(LIGHT))
    c = _rejection(point.c_rejection, point.c_rejection_error, curve.n_jets(C))
    return f"{point.target_efficiency:13.0%} {point.b_efficiency:9.2%}{cut:>9}{light:>22}{c:>20}"


def _cut(cut: float | None) -> str:
    return "all" if cut is None else f"{cut:.3f}"


def _rejection(value: float | None, error: float | None, n_jets: int) -> str:
    """Write the rejection and its error, or that it is larger than the jets can tell."""
    if value is None or error is None:
        return f"> {n_jets:,}" if n_jets else "no such jets"
    digits = 0 if error >= 10 else 1 if error >= 1 else 2
    return f"{value:,.{digits}f} ± {error:,.{digits}f}"


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
