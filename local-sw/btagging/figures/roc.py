"""Colours, panels, ends of curves and legend for the picture of ROC curves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.figures import style, text
from btagging.flavours import Flavour
from btagging.jets.stream import Jets
from btagging.performance.roc import WORKING_POINTS, Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, safe for the colour-blind; lines and markers differ too.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_LINES = ("--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (8, 3)), (0, (1, 3)), (0, (3, 1)))
_MARKERS = "s^DvPX<>p*hd8"
_NETWORKS = [
    {"color": "black", "linestyle": line, "marker": marker}
    for line, marker in zip(("-", *_LINES[4:], *_LINES[:4]), ("o", *_MARKERS[2:]), strict=False)
]
_WIDTH = 11.0  # inches
LEGEND_ROW = 0.23  # inches


def looks(names: Iterable[str]) -> list[dict[str, Any]]:
    """Choose a colour, a line and a marker per curve; networks are always black."""
    found: list[dict[str, Any]] = []
    taggers, networks = count(), cycle(_NETWORKS)
    for name in names:
        if re.fullmatch(r"nn(_\d+)?", name):
            found.append(next(networks))
        else:
            i = next(taggers)
            kinds = {"color": _COLOURS, "linestyle": _LINES, "marker": _MARKERS}
            found.append({key: kind[i % len(kind)] for key, kind in kinds.items()})
    return found


def new_panels(
    jets: Jets, n_jets: Sequence[int], curves: Mapping[Discriminant, Curve]
) -> tuple[Figure, NDArray[Any]]:
    """Make a figure with a column of panels per background, and room for the legend below."""
    n_columns = len(next(iter(curves.values())).backgrounds)
    below = LEGEND_ROW * (-(-len(curves) // legend_columns(curves, _WIDTH)) + 1.5)
    figure = style.new_figure(
        jets,
        n_jets,
        (_WIDTH * n_columns / 2, 6.2 + below),
        margins=(1.0, 0.2, 0.55 + below, 0),
        spaces=(0.27, 0.05),
    )
    return figure, figure.subplots(2, n_columns, sharex=True, height_ratios=[2.6, 1])


def working_points(efficiencies: NDArray[np.float64]) -> list[int]:
    """Find the indices of the working points among some b efficiencies."""
    return [int(np.abs(efficiencies - point).argmin()) for point in WORKING_POINTS]


def draw_ends(
    panel: Axes,
    curve: Curve,
    background: Flavour,
    *,
    look: Mapping[str, Any],
    efficiencies: NDArray[np.float64],
) -> None:
    """Draw the next cut after a gap in the curve, and limits where no background jet is left."""
    reached = curve.reaches(efficiencies)
    after = curve.at(efficiencies[~reached])
    ends = np.stack([after.efficiency(curve.signal)[1:], after.rejection(background)[0][1:]])
    if np.isfinite(ends).any():
        hollow = {**look, "linestyle": "", "markerfacecolor": "white", "clip_on": False}
        panel.plot(*np.unique(ends, axis=1), **hollow)
    limits = np.isinf(curve.at(efficiencies).interval(background)[1][1:]) & reached
    indices = [i for i in working_points(efficiencies) if limits[i]]
    indices = indices or np.flatnonzero(limits)[-1:].tolist()  # else where the curve ends
    if indices:
        here = efficiencies[indices]
        limit = curve.at(here).interval(background)[0][1:]
        shift = 0.008 * len(panel.containers)  # limits of several curves are the same
        arrow = {"fmt": look["marker"], "lolims": True, "capsize": 0, "color": look["color"]}
        panel.errorbar(here + shift, limit, 0.5 * limit, **arrow)


def draw_legend(figure: Figure, curves: Mapping[Discriminant, Curve]) -> None:
    """Name the curves below all panels, and explain markers, bands and arrows."""
    notes = ["markers: working points", "bands: 68% intervals"]
    n_columns = len(figure.axes) // 2
    panels, ratios = figure.axes[:n_columns], figure.axes[n_columns:]
    if any(line.get_markerfacecolor() == "white" for panel in panels for line in panel.lines):
        notes.append("open markers: the next possible cut, where many jets have the same value")
    if any(panel.containers for panel in panels):
        notes.append("arrows: 68% limits, no jet left")
    figure.legend(
        ratios[0].lines,
        [text.literal(discriminant.title) for discriminant in curves],
        loc="lower center",
        ncols=legend_columns(curves, _WIDTH),
        title=";  ".join(notes),
        title_fontsize=10,
        borderaxespad=0.1,
    )


def legend_columns(discriminants: Iterable[Discriminant], width: float) -> int:
    """Count the columns of a legend that the longest title allows, in a width in inches."""
    longest = max(text.width(text.literal(found.title), 12) for found in discriminants)
    return max(1, min(6, int((width - 0.2) / (longest + 0.95))))
