"""Panels, shares and contour levels for the picture of two discriminants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from btagging.figures import scales, style, text
from btagging.figures.histogram import DRAWN, share
from btagging.flavours import FLAVOURS, B, Flavour
from btagging.jets.stream import Jets
from btagging.performance.axis import BINS, Axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CONTOURS = (0.9, 0.5)  # of the b-jets are inside
_ENOUGH, _SMOOTHED = 1000, 2  # b-jets for contours; bins to each side in the smoothing
_SIZE, _BAR = (11.0, 4.5), 1.1  # inches; the bar is on the right


def new_panels(
    jets: Jets, n_jets: Sequence[int], counts: NDArray[Any], axes: Sequence[Axis]
) -> tuple[Figure, dict[Flavour, Axes]]:
    """Make a figure with a panel for each flavour."""
    inside = " and ".join(f"{some:.0%}" for some in reversed(_CONTOURS))
    figure = style.new_figure(
        jets,
        n_jets,
        _SIZE,
        margins=(0.98, _BAR, 0.62, 0.25),
        spaces=(0.06, 0),
        note=f"lines: around {inside} of the b-jets shown" if enough(counts) else "",
    )
    row = figure.subplots(1, len(DRAWN), sharex=True, sharey=True)
    across, upwards = (axis.discriminant.axis_label for axis in axes)
    for flavour, panel in zip(DRAWN, row, strict=True):
        count = counts[FLAVOURS.index(flavour)]
        style.label_axes(panel, across, upwards if panel is row[0] else "")
        panel.set_title(_title(flavour, count), fontsize=10.5, pad=4)
        panel.set(xlim=axes[0].bounds, ylim=axes[1].bounds)
        scales.label_linear(panel.xaxis)  # no number below two panels
        if not count.any():
            panel.text(0.5, 0.5, "none in these files", transform=panel.transAxes, ha="center")
    return figure, dict(zip(DRAWN, row, strict=True))


def _title(flavour: Flavour, count: NDArray[Any]) -> str:
    """Name a flavour, and the share of its jets outside the picture."""
    inside, total = count[BINS, BINS].sum(), count.sum()
    elsewhere = f" ({share(total - inside, total)} outside or no value)" if inside < total else ""
    return f"{flavour.name}{elsewhere}"


def shares(counts: NDArray[Any]) -> dict[Flavour, NDArray[np.float64]]:
    """Divide the counts by the number of jets of each flavour.

    Of shape (bins, bins), upwards and across; NaN in empty bins, which stay white.
    """
    found = {}
    for flavour in DRAWN:
        count = counts[FLAVOURS.index(flavour)]
        shown = count[BINS, BINS].T
        if count.any():
            found[flavour] = np.where(shown > 0, shown, np.nan) / count.sum()
    return found


def scale(shares: dict[Flavour, NDArray[np.float64]]) -> Any:
    """Make one logarithmic colour scale for all flavours."""
    from matplotlib.colors import LogNorm

    found = np.concatenate([values.ravel() for values in shares.values()])
    high = float(np.nanmax(found, initial=0)) or 1.0
    low = float(np.nanmin(found, initial=high)) / 3  # a single jet must not look like none
    return LogNorm(low, high)


def smooth(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth the shares over neighbouring bins, for contours."""
    padded = np.pad(np.nan_to_num(shares), _SMOOTHED, mode="edge")
    for _ in range(2 * _SMOOTHED):  # a quarter to each neighbour, along one axis and the other
        padded = (padded[:-2] + 2 * padded[1:-1] + padded[2:]).T / 4
    return padded


def levels(shares: NDArray[np.float64]) -> list[float]:
    """Find the heights of the contours that enclose `_CONTOURS` of the jets, in ascending order."""
    falling = np.sort(shares, axis=None)[::-1]
    inside = falling.cumsum() / falling.sum()
    return np.unique([falling[np.searchsorted(inside, some)] for some in _CONTOURS]).tolist()


def enough(counts: NDArray[Any]) -> bool:
    """Tell whether there are enough b-jets to draw contours of them."""
    return bool(counts[FLAVOURS.index(B), BINS, BINS].sum() >= _ENOUGH)


def draw_bar(figure: Figure, image: Any) -> None:
    """Draw the colour bar beside the last panel."""
    width, height = _SIZE
    last = figure.axes[-1].get_position()
    bar = figure.add_axes((1 - (_BAR - 0.1) / width, last.y0, 0.13 / width, last.height))
    figure.colorbar(image, cax=bar)
    scales.label_logarithmic(bar.yaxis)
    label = bar.set_ylabel("fraction of the flavour's jets per bin", fontsize=11, va="bottom")
    bar.yaxis.set_label_coords(1 - 0.06 / width, (last.y0 + last.y1) / 2, figure.transFigure)
    text.shrink(label, last.height * height)
