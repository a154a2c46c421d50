"""What would distract from the drawing of ROC curves: styles, scales, the legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from btagging.flavours import Flavour
from btagging.performance.roc import WORKING_POINTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which the colour-blind tell apart; lines and markers differ too.
_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "linestyle": "--", "marker": "s"},
    {"color": "#D55E00", "linestyle": "-.", "marker": "^"},
    {"color": "#000000", "linestyle": "-", "marker": "o"},
    {"color": "#009E73", "linestyle": ":", "marker": "D"},
    {"color": "#CC79A7", "linestyle": (0, (6, 1, 1, 1, 1, 1)), "marker": "v"},
    {"color": "#E69F00", "linestyle": (0, (8, 3)), "marker": "P"},
    {"color": "#56B4E9", "linestyle": (0, (1, 3)), "marker": "X"},
)
_NOTE = (
    "markers: working points;  bands: binomial errors;  "
    "a curve ends where no background jet is left"
)


def looks() -> Iterator[dict[str, Any]]:
    """Give each curve its colour, line and marker."""
    return cycle(_LOOKS)


def marked(efficiencies: NDArray[np.float64]) -> list[int]:
    """Find the places of the working points among some b efficiencies."""
    return [int(np.abs(efficiencies - point).argmin()) for point in WORKING_POINTS]


def set_axes(
    panel: Axes, ratio: Axes, background: Flavour, efficiencies: NDArray[np.float64]
) -> None:
    """Scale a panel of curves logarithmically, and the panel of their ratios below."""
    from matplotlib.ticker import LogFormatter

    name = background.name.replace(" ", "-").removesuffix("-jets")
    panel.set_ylabel(f"{name}-jet rejection  $1/\\varepsilon$")
    if np.isfinite(np.array([line.get_ydata() for line in panel.lines])).any():
        panel.set_yscale("log")
        panel.yaxis.set_major_formatter("{x:,.0f}")
        panel.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    else:
        panel.set_yticks([])
        panel.text(0.5, 0.5, f"no {background.name} left", transform=panel.transAxes, ha="center")
    # The ratio diverges where no background is left: scale by the working points.
    ratios = np.array([line.get_ydata() for line in ratio.lines])[:, marked(efficiencies)]
    top = 1.4 * np.nanmax(ratios, initial=1)
    ratio.set(xlim=(efficiencies[0], efficiencies[-1]), ylim=(-0.08 * top, top))


def draw_legend(figure: Figure, labels: Sequence[str]) -> None:
    """Name the curves below all panels."""
    lines = figure.axes[0].lines
    legend: dict[str, Any] = {
        "loc": "outside lower center",
        "ncols": 6,
        "title": _NOTE,
        "title_fontsize": 10,
    }
    figure.legend(lines, labels, **legend)
