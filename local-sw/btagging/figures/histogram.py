"""What would distract from the drawing of histograms: limits, shades, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def label(flavour: Flavour, counts: NDArray[np.int64]) -> str:
    """Name a flavour, and the share of its jets that have no value."""
    without = f" (no value: {counts[NAN] / counts.sum():.1%})" if counts[NAN] else ""
    return f"{flavour.name}{without}"


def above_zero(heights: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lower end of error bands, such that a log scale shows it."""
    low: NDArray[np.float64] = np.maximum(heights - errors, heights / 10)
    return low


def limits(counts: NDArray[np.int64], axis: Axis) -> tuple[float, float]:
    """Leave room below for the fewest jets' error, and above for the legend."""
    heights = np.array([density(count, axis)[0] for count in counts])
    low = heights.min(where=heights > 0, initial=1) / 3
    return low, (heights.max(initial=1) / low) ** 0.3 * heights.max(initial=0.1)


def edge_note(counts: NDArray[np.int64]) -> str:
    """Say so if the first and the last bin take in what is outside."""
    outside = counts[:, [UNDERFLOW, OVERFLOW]].sum()
    return "first and last bin include under- and overflow" if outside else ""


def correlation_panels(
    jets: Jets, counts: NDArray[np.int64], axes: Sequence[Axis]
) -> tuple[Figure, dict[str, Axes], tuple[float, float, float, float]]:
    """Make a figure with a large panel, `all`, and a small one for each flavour's name.

    Returns
    -------
    tuple
        The figure, its panels, and the ranges of both axes, as `imshow` wants them.
    """
    figure = new_figure(jets, int(counts.sum()), (8.6, 6.4), margins=(0.65, 0.15, 0.6, 1.15))
    panels = figure.subplot_mosaic(
        [["all", "b-jets"], ["all", "c-jets"], ["all", "light jets"]],
        width_ratios=[2.6, 1],
        gridspec_kw={"wspace": 0.15, "hspace": 0.3},
    )
    for flavour in FLAVOURS:
        panels[flavour.name].tick_params(labelsize=9)
        panels[flavour.name].minorticks_off()
    across, upwards = axes
    return figure, panels, (*across.bounds, *upwards.bounds)


def shades(counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Turn counts into shades, for each flavour of shape (bins, bins).

    They go by the logarithm from 0 for no jets over 0.3 for one to 1 for the fullest bin.
    """
    found = {}
    for flavour in (B, C, LIGHT):
        shown = counts[FLAVOURS.index(flavour)][BINS, BINS].T
        depth = np.log(np.maximum(shown, 1)) / np.log(max(shown.max(), 2))
        found[flavour.name] = np.where(shown > 0, 0.3 + 0.7 * depth, 0)
    return found


def as_rgb(shades: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Put three shades into one array of shape (bins, bins, 3)."""
    return np.dstack(list(shades.values()))


def draw_colour_key(panel: Axes, counts: NDArray[np.int64]) -> None:
    """Explain the colours of `as_rgb` above a panel."""
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
