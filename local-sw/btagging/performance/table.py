"""The working points as a table."""

from __future__ import annotations

from collections.abc import Mapping

from btagging.discriminants import Discriminant
from btagging.errors import shown
from btagging.performance.roc import Curve
from btagging.performance.working_points import Rejection, WorkingPoint, cut_as_text, working_points

_TITLE = 15  # characters
# Upper and lower errors that differ by a smaller fraction are quoted as one.
_ALIKE = 0.1


def as_text(curves: Mapping[Discriminant, Curve]) -> str:
    """Write the working points of all discriminants."""
    lines = []
    for discriminant, curve in curves.items():
        title = shown(discriminant.title)
        long = len(title) > _TITLE
        lines += ["", title] if long else [""]
        lines.append(f"{'' if long else title:{_TITLE}}{_head(curve)}")
        lines += [_row(point, curve) for point in working_points(curve)]
    return "\n".join([*lines, ""])


def _head(curve: Curve) -> str:
    rejections = [f"{flavour.short}-jet rejection" for flavour in curve.backgrounds]
    kept = f"{curve.signal.short}-jet efficiency"
    return f"{kept:>17}{'cut >=':>9}{''.join(f'{text:>24}' for text in rejections)}"


def _row(point: WorkingPoint, curve: Curve) -> str:
    found = [_rejection(r, curve.n_jets(flavour)) for flavour, r in point.rejections.items()]
    kept = f"{point.target_efficiency:{_TITLE}.0%}{point.efficiency:17.2%}"
    return f"{kept}{cut_as_text(point.cut):>9}{''.join(f'{text:>24}' for text in found)}"


def _rejection(found: Rejection, n_jets: float) -> str:
    """Write the rejection and its errors, or a limit."""
    value, low, high = found.value, found.low, found.high
    if not n_jets or low is None:
        return "no such jets"
    if value is None or high is None:
        return f"> {low:,.{0 if low >= 10 else 1}f} (68%)"
    if value == 1:
        return "1 (all pass)"
    up, down = high - value, value - low
    # Two digits of the smaller error: its exponent after rounding, since 0.996 is 1.0.
    digits = 1 - int(f"{min(up, down):.1e}".partition("e")[2])
    number, plus, minus, mean = (
        f"{round(x, digits):,.{max(digits, 0)}f}" for x in (value, up, down, (up + down) / 2)
    )
    alike = abs(up - down) < _ALIKE * (up + down) / 2
    return f"{number} ± {mean}" if alike else f"{number} +{plus} -{minus}"
