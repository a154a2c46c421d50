"""Scales and labels of the panels with ROC curves, and with their ratios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from btagging.discriminants import Discriminant
from btagging.figures import style, text
from btagging.flavours import Flavour
from btagging.performance.roc import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE = 0.5
"""Ratios are drawn logarithmically if they differ by more decades."""


def set_axes(panel: Axes, background: Flavour, curves: Iterable[Curve]) -> None:
    """Scale and label a panel of rejections."""
    from matplotlib.ticker import FuncFormatter, LogFormatter

    name = background.name.removesuffix("jets").rstrip("- ")
    style.label_axes(panel, "", rf"{name}-jet rejection  $1/\varepsilon_\mathrm{{{name}}}$")
    panel.set_yscale("log")
    panel.set_ylim(0.8, max(10, panel.get_ylim()[1]))  # no rejection is below 1
    panel.yaxis.set_major_formatter(FuncFormatter(_number))
    panel.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    panel.tick_params(labelbottom=False)
    if not any(curve.n_jets(background) for curve in curves):
        _leave_empty(panel, f"no {background.name} in these files")


def set_ratio_axes(panel: Axes, reference: Discriminant) -> None:
    """Label a panel of ratios, and show all that are at working points.

    The scale is logarithmic if they differ much.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    figure: Any = panel.figure
    height = figure.get_figheight() * panel.get_position().height
    title = text.literal(text.elided(reference.title, 12, height))
    across = r"$b$-jet efficiency  $\varepsilon_b$"
    style.label_axes(panel, across, f"ratio to\n{title}", size=12)
    marked: Any = [line.get_markevery() for line in panel.lines]
    found = np.array([np.asarray(line.get_ydata())[marked[0]] for line in panel.lines])
    low, high = np.nanmin(found, initial=1), np.nanmax(found, initial=1)
    decades = np.log10(high / low)
    if decades > _WIDE:
        subs = (1, 1.5, 2, 3, 5, 7) if decades < 0.8 else (1, 2, 5) if decades < 2 else (1,)
        panel.set(yscale="log", ylim=(low / 1.4, high * 1.4))
        panel.yaxis.set_major_locator(LogLocator(subs=subs, numticks=20))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.yaxis.set_minor_formatter(NullFormatter())
    else:
        margin = max(0.15 * (high - low), 0.05)
        panel.set_ylim(min(low - margin, 0.85), max(high + margin, 1.15))
        panel.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], prune="both"))
    panel.grid(axis="y", linewidth=0.5, alpha=0.5)
    if not any(np.isfinite(line.get_ydata()).any() for line in panel.lines):
        _leave_empty(panel, "no jets to compare")


def _number(value: float, _: int) -> str:
    return f"{value:,.0f}" if 1 <= value < 1e5 else f"$10^{{{np.log10(value):.0f}}}$"


def _leave_empty(panel: Axes, why: str) -> None:
    panel.text(0.5, 0.5, why, transform=panel.transAxes, ha="center", va="center")
    panel.tick_params(which="both", labelleft=False, left=False, right=False)
    panel.grid(visible=False)
