"""Pictures of how discriminants are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from btagging.figures.style import new_figure
from btagging.flavours import FLAVOURS, LIGHT, B, C, Flavour
from btagging.jets.stream import Jets
from btagging.performance.histogram import BINS, NAN, OVERFLOW, UNDERFLOW, Axis, density

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Red, green and blue light, and what is seen where they overlap.
_RGB = (
    ("red", "b"),
    ("lime", "c"),
    ("blue", "light"),
    ("yellow", "b, c"),
    ("magenta", "b, light"),
    ("cyan", "c, light"),
    ("white", "all three"),
)


def draw_histogram(jets: Jets, counts: NDArray[np.int64], axis: Axis) -> Figure:
    """Draw a discriminant's distribution for each flavour, scaled to unit area, on a log scale.

    Parameters
    ----------
    jets
        What the caption says.
    counts
        Of shape (flavours, slots).
    axis
        Which slots these are.
    """
    figure = new_figure(jets, int(counts.sum()), (6.4, 5.2), margins=(0.8, 0.15, 0.65, 0.6))
    panel = figure.subplots()
    for flavour in (B, C, LIGHT):
        _draw_flavour(panel, counts[FLAVOURS.index(flavour)], axis, flavour)
    panel.set(xlim=axis.bounds, ylim=_limits(counts, axis), yscale="log")
    panel.set(xlabel=axis.discriminant.axis_label, ylabel=r"$1/N\;\mathrm{d}N/\mathrm{d}x$")
    panel.legend(loc="upper right", title=_edge_note(counts), title_fontsize=9, alignment="right")
    return figure


def draw_correlation(jets: Jets, counts: NDArray[np.int64], axes: Sequence[Axis]) -> Figure:
    """Draw two discriminants against each other: b red, c green, light blue, and each alone.

    Parameters
    ----------
    jets
        What the caption says.
    counts
        Of shape (flavours, slots, slots).
    axes
        Of the last two dimensions: across and upwards.
    """
    across, upwards = axes
    figure = new_figure(jets, int(counts.sum()), (8.6, 6.4), margins=(0.65, 0.15, 0.6, 1.15))
    panels = figure.subplot_mosaic(
        [["all", "b-jets"], ["all", "c-jets"], ["all", "light jets"]],
        width_ratios=[2.6, 1],
        gridspec_kw={"wspace": 0.15, "hspace": 0.3},
    )
    shades = {flavour: _shade(counts[FLAVOURS.index(flavour)]) for flavour in (B, C, LIGHT)}
    extent = (*across.bounds, *upwards.bounds)
    panels["all"].imshow(np.dstack(list(shades.values())), origin="lower", extent=extent)
    for flavour, shade in shades.items():
        panel = panels[flavour.name]
        # One dark hue on white, for those who do not see red and green apart.
        panel.imshow(shade, origin="lower", extent=extent, cmap="Greys", vmin=0, vmax=1)
        panel.set_title(flavour.name, fontsize=11, pad=3)
        panel.tick_params(labelsize=9)
        panel.minorticks_off()
    for panel in panels.values():
        panel.set_aspect("auto")
    panels["all"].set(xlabel=across.discriminant.axis_label)
    panels["all"].set(ylabel=upwards.discriminant.axis_label)
    _draw_colour_key(panels["all"], counts)
    return figure


def _draw_flavour(panel: Axes, counts: NDArray[np.int64], axis: Axis, flavour: Flavour) -> None:
    heights, errors = density(counts, axis)
    label = flavour.name
    if counts[NAN]:
        label += f" (no value: {counts[NAN] / counts.sum():.1%})"
    panel.stairs(
        heights, axis.edges, color=flavour.colour, linestyle=flavour.line, linewidth=2, label=label
    )
    panel.stairs(
        heights + errors,
        axis.edges,
        baseline=np.maximum(heights - errors, heights / 10),
        color=flavour.colour,
        alpha=0.25,
        fill=True,
        linewidth=0,
    )


def _limits(counts: NDArray[np.int64], axis: Axis) -> tuple[float, float]:
    """Leave room below for the fewest jets' error, and above for the legend."""
    heights = np.array([density(count, axis)[0] for count in counts])
    low = heights.min(where=heights > 0, initial=1) / 3
    return low, (heights.max(initial=1) / low) ** 0.3 * heights.max(initial=0.1)


def _edge_note(counts: NDArray[np.int64]) -> str:
    outside = counts[:, [UNDERFLOW, OVERFLOW]].sum()
    return "first and last bin include under- and overflow" if outside else ""


def _shade(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Go by the logarithm from 0 for no jets over 0.3 for one to 1 for the fullest bin."""
    shown = counts[BINS, BINS].T
    depth = np.log(np.maximum(shown, 1)) / np.log(max(shown.max(), 2))
    return np.where(shown > 0, 0.3 + 0.7 * depth, 0)


def _draw_colour_key(panel: Axes, counts: NDArray[np.int64]) -> None:
    from matplotlib.patches import Patch

    keys = [Patch(facecolor=colour, edgecolor="black", label=text) for colour, text in _RGB]
    outside = 1 - counts[:, BINS, BINS].sum() / counts.sum()
    panel.legend(
        handles=keys,
        title=f"brightness: log of the number of jets;  without value or outside: {outside:.1%}",
        title_fontsize=9,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(keys),
        fontsize=10,
        handlelength=0.8,
        handletextpad=0.4,
        columnspacing=0.9,
    )
