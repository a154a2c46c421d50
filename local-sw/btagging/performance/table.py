"""The working points as a table for people."""

from __future__ import annotations

from collections.abc import Mapping

from btagging.discriminants import Discriminant
from btagging.errors import shown
from btagging.flavours import LIGHT, C
from btagging.performance.roc import Curve
from btagging.performance.working_points import WorkingPoint, cut_as_text, working_points

_TITLE = 15  # characters
_HEAD = f"{'b-jet efficiency':>17}{'cut >=':>9}{'light-jet rejection':>24}{'c-jet rejection':>24}"
# Errors upwards and downwards that differ by less are quoted as one.
_ALIKE = 0.1


def as_text(curves: Mapping[Discriminant, Curve]) -> str:
    """Write the working points of all discriminants as a table for people."""
    lines = []
    for discriminant, curve in curves.items():
        title = shown(discriminant.title)
        long = len(title) > _TITLE
        lines += ["", title] if long else [""]
        lines.append(f"{'' if long else title:{_TITLE}}{_HEAD}")
        lines += [_row(point, curve) for point in working_points(curve)]
    return "\n".join([*lines, ""])


def _row(point: WorkingPoint, curve: Curve) -> str:
    light = _rejection(
        point.light_rejection,
        (point.light_rejection_low, point.light_rejection_high),
        curve.n_jets(LIGHT),
    )
    c = _rejection(
        point.c_rejection, (point.c_rejection_low, point.c_rejection_high), curve.n_jets(C)
    )
    kept = f"{point.target_efficiency:{_TITLE}.0%}{point.b_efficiency:17.2%}"
    return f"{kept}{cut_as_text(point.cut):>9}{light:>24}{c:>24}"


def _rejection(
    value: float | None, interval: tuple[float | None, float | None], n_jets: int
) -> str:
    """Write the rejection and its errors, or that it is larger than the jets can tell."""
    low, high = interval
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
