"""The picture of a validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from btagging.figures import scales, style, text
from btagging.flavours import FLAVOURS
from btagging.jets.stream import Jets
from btagging.performance.validation import EDGES, Comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DATA = 0.66  # of the panel's height; above it is the legend


def draw_differences(jets: Jets, comparison: Comparison, tolerance: float) -> Figure:
    """Draw the distribution of the differences, for each output of the network."""
    styles: dict[str, dict[str, Any]] = {
        f.output: {"color": f.colour, "linestyle": f.line} for f in FLAVOURS
    }
    figure = style.new_figure(jets, [comparison.n_jets], (6.4, 4.8))
    panel = figure.subplots()
    for output, counts in zip(comparison.outputs, comparison.counts, strict=True):
        label = f"$p_{output[1:]}$" if output in styles else text.literal(output)
        panel.stairs(counts, EDGES, linewidth=2, label=label, **styles.get(output, {}))
    # A single jet with a large difference decides: it must be visible beside thousands.
    largest = comparison.largest
    for name, value, line in (("largest", largest, "--"), ("tolerance", tolerance, "-")):
        position = min(max(value, EDGES[0]), EDGES[-1])
        look: Any = {"color": "black", "linewidth": 1.5, "linestyle": line}
        panel.axvline(position, ymax=_DATA, label=f"{name} {value:.2g}", **look)
    filled = np.flatnonzero(comparison.counts.any(axis=0))
    low = EDGES[filled[0]] if filled.size else EDGES[0]
    high = min(4 * max(tolerance, largest), EDGES[-1])
    top = 0.5 * (2 * max(comparison.counts.max(), 5)) ** (1 / _DATA)
    panel.set(xlim=(low, high), ylim=(0.5, top))
    panel.set(xscale="log", yscale="log")
    scales.label_logarithmic(panel.xaxis)
    scales.label_logarithmic(panel.yaxis)
    differences = r"$|\,p_\mathrm{file} - p_\mathrm{Keras}\,|$"
    style.label_axes(panel, differences, "jets per factor of 2")
    title = "first bin: this size and all smaller ones"
    panel.legend(title=title, title_fontsize=9, fontsize=11, ncols=2, loc="upper right")
    return figure
