"""Scales and labels for the panels of ROC curves and of their ratios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from btagging.discriminants import Discriminant
from btagging.figures import scales, style, text
from btagging.flavours import Flavour
from btagging.performance.roc import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE = 3.0
"""The scale of ratios is logarithmic if they differ by a larger factor."""


def set_axes(panel: Axes, background: Flavour, curves: Iterable[Curve]) -> None:
    """Scale and label a panel of rejections."""
    name = background.short
    style.label_axes(panel, "", rf"{name}-jet rejection  $1/\varepsilon_\mathrm{{{name}}}$")
    panel.set_yscale("log")
    top = max(10, panel.get_ylim()[1])
    panel.set_ylim(top**-0.05, top)  # no rejection is below 1
    scales.label_logarithmic(panel.yaxis)
    panel.tick_params(labelbottom=False)
    if not any(curve.n_jets(background) for curve in curves):
        _leave_empty(panel, f"no {background.name} in these files")


def set_ratio_axes(panel: Axes, reference: Discriminant, signal: Flavour) -> None:
    """Scale and label a panel of ratios, such that all at working points are visible."""
    figure: Any = panel.figure
    height = figure.get_figheight() * panel.get_position().height
    title = text.literal(text.elided(reference.title, 12, height))
    across = rf"${signal.short}$-jet efficiency  $\varepsilon_{signal.short}$"
    style.label_axes(panel, across, f"ratio to\n{title}", size=12)
    marked: Any = [line.get_markevery() for line in panel.lines]
    found = np.array([np.asarray(line.get_ydata())[marked[0]] for line in panel.lines])
    low, high = np.nanmin(found, initial=1), np.nanmax(found, initial=1)
    if high > _WIDE * low:
        margin = (high / low) ** 0.1
        panel.set(yscale="log", ylim=(low / margin, high * margin))
        scales.label_logarithmic(panel.yaxis)
    else:
        margin = max(0.15 * (high - low), 0.05)
        panel.set_ylim(min(low - margin, 0.85), max(high + margin, 1.15))
        scales.label_linear(panel.yaxis)
    panel.grid(axis="y", linewidth=0.5, alpha=0.5)
    if not any(np.isfinite(line.get_ydata()).any() for line in panel.lines):
        _leave_empty(panel, "no jets to compare")


def _leave_empty(panel: Axes, why: str) -> None:
    panel.text(0.5, 0.5, why, transform=panel.transAxes, ha="center", va="center")
    panel.tick_params(which="both", labelleft=False, left=False, right=False)
    panel.grid(visible=False)
