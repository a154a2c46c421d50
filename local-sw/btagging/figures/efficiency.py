"""Panels, scales and legend for the picture of efficiencies in bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.figures import scales, style, text
from btagging.figures.roc import LEGEND_ROW, legend_columns
from btagging.flavours import Flavour
from btagging.jets.stream import Jets
from btagging.performance.efficiency import FieldAxis, InBins

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 15.0  # inches


def new_panels(
    jets: Jets, n_jets: Sequence[int], found: Mapping[Discriminant, InBins], note: str
) -> tuple[Figure, NDArray[Any]]:
    """Make a figure with a column of panels per flavour, and room for the legend below."""
    n_columns = len(next(iter(found.values())).values)
    below = LEGEND_ROW * (-(-len(found) // legend_columns(found, _WIDTH)) + 0.8)
    figure = style.new_figure(
        jets,
        n_jets,
        (_WIDTH * n_columns / 3, 5.9 + below),
        margins=(1.0, 0.2, 0.6 + below, 0),
        spaces=(0.27, 0.05),
        note=note,
    )
    return figure, figure.subplots(2, n_columns, sharex=True, height_ratios=[2.6, 1])


def set_axes(
    panel: Axes, ratio: Axes, flavour: Flavour, *, versus: FieldAxis, signal: Flavour
) -> None:
    """Scale and label a panel, and that of its ratios."""
    kept = flavour is signal
    symbol = rf"$\varepsilon_\mathrm{{{flavour.short}}}$"
    name = f"{flavour.short}-jet " + (f"efficiency  {symbol}" if kept else f"rejection  1/{symbol}")
    style.label_axes(panel, "", name)
    if kept:
        low, high = panel.get_ylim()
        panel.set_ylim(max(low - 0.1, 0), min(high + 0.1, 1.05))
    elif any(np.isfinite(line.get_ydata()).any() for line in panel.lines):
        panel.set_yscale("log")
        panel.set_ylim(bottom=max(panel.get_ylim()[0], 0.5))
        scales.label_logarithmic(panel.yaxis)
    panel.tick_params(labelbottom=False)
    label = versus.discriminant.axis_label
    across = label if "$" in label else text.literal(label)
    style.label_axes(ratio, across, "ratio to\nfirst", size=12)
    ratio.set_xlim(*versus.bounds)
    if versus.edges[0] > 0 and versus.edges[-1] > 10 * versus.edges[0]:
        ratio.set_xscale("log")
        scales.label_logarithmic(ratio.xaxis)
    ratio.grid(axis="y", linewidth=0.5, alpha=0.5)


def draw_legend(figure: Figure, discriminants: Sequence[Discriminant]) -> None:
    """Name the points below all panels."""
    points: Any = figure.axes[0].containers
    figure.legend(
        points,
        [text.literal(discriminant.title) for discriminant in discriminants],
        loc="lower center",
        ncols=legend_columns(discriminants, _WIDTH),
        borderaxespad=0.1,
    )
