"""The picture of ROC curves."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.figures.style import literal, new_figure
from btagging.flavours import FLAVOURS, LIGHT, C, Flavour
from btagging.jets.stream import Jets
from btagging.performance.roc import WORKING_POINTS, Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which the colour-blind tell apart; lines and markers differ too.
_STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "linestyle": "--", "marker": "s"},
    {"color": "#D55E00", "linestyle": "-.", "marker": "^"},
    {"color": "#000000", "linestyle": "-", "marker": "o"},
    {"color": "#009E73", "linestyle": ":", "marker": "D"},
    {"color": "#CC79A7", "linestyle": (0, (6, 1, 1, 1, 1, 1)), "marker": "v"},
    {"color": "#E69F00", "linestyle": (0, (8, 3)), "marker": "P"},
    {"color": "#56B4E9", "linestyle": (0, (1, 3)), "marker": "X"},
)
# Where the staircases are read off, as fine as a line is wide, and the working points in there.
_EFFICIENCIES = np.linspace(0.5, 1, 501)
_NOTE = (
    "markers: working points;  bands: binomial errors;  "
    "a curve ends where no background jet is left"
)
_MARKED = [int(np.abs(_EFFICIENCIES - point).argmin()) for point in WORKING_POINTS]


def draw_roc(jets: Jets, curves: Mapping[Discriminant, Curve]) -> Figure:
    """Draw light and c rejection against b efficiency, and the ratios to the first curve.

    Parameters
    ----------
    jets
        What the caption says.
    curves
        The curve of each discriminant.
    """
    reference, first = next(iter(curves.items()))
    figure = new_figure(jets, sum(first.n_jets(flavour) for flavour in FLAVOURS), (11, 6.8))
    panels = figure.subplots(2, 2, sharex=True, height_ratios=[3, 1])
    for (panel, ratio), background in zip(panels.T, (LIGHT, C), strict=True):
        unit, _ = _rejection(first, background)
        for (discriminant, curve), style in zip(curves.items(), cycle(_STYLES), strict=False):
            _draw_curve(panel, curve, background, style | {"label": literal(discriminant.title)})
            _draw_curve(ratio, curve, background, style, unit=unit)
        _set_axes(panel, ratio, background, literal(reference.title))
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=6,
        title=_NOTE,
        title_fontsize=10,
    )
    return figure


def _set_axes(panel: Axes, ratio: Axes, background: Flavour, reference: str) -> None:
    from matplotlib.ticker import LogFormatter

    name = background.name.replace(" ", "-").removesuffix("-jets")
    panel.set(ylabel=f"{name}-jet rejection  $1/\\varepsilon$")
    if np.isfinite(np.array([line.get_ydata() for line in panel.lines])).any():
        panel.set(yscale="log")
        panel.yaxis.set_major_formatter("{x:,.0f}")
        panel.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    else:
        panel.set(yticks=[])
        panel.text(0.5, 0.5, f"no {background.name} left", transform=panel.transAxes, ha="center")
    ratio.set(xlim=(_EFFICIENCIES[0], _EFFICIENCIES[-1]), xlabel=r"$b$-jet efficiency")
    # The ratio diverges where no background is left: scale by the working points.
    marked = np.array([line.get_ydata() for line in ratio.lines])[:, _MARKED]
    top = 1.4 * np.nanmax(marked, initial=1)
    ratio.set(ylim=(-0.08 * top, top), ylabel=f"ratio to\n{reference}")


def _draw_curve(
    panel: Axes,
    curve: Curve,
    background: Flavour,
    style: Mapping[str, Any],
    *,
    unit: NDArray[np.float64] | float = 1.0,
) -> None:
    rejection, error = _rejection(curve, background)
    low, high = np.maximum(rejection - error, 1), rejection + error  # no cut rejects less
    panel.plot(_EFFICIENCIES, rejection / unit, markevery=_MARKED, markersize=6, **style)
    panel.fill_between(
        _EFFICIENCIES, low / unit, high / unit, color=style["color"], alpha=0.25, linewidth=0
    )


def _rejection(
    curve: Curve, background: Flavour
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read the staircase off at the drawn efficiencies."""
    rejection, error = curve.at(_EFFICIENCIES).rejection(background)
    return rejection[1:], error[1:]
