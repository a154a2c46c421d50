"""The picture of a validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from btagging.figures.style import new_figure
from btagging.flavours import FLAVOURS
from btagging.jets.stream import Jets
from btagging.performance.validation import EDGES, Comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_differences(jets: Jets, comparison: Comparison, tolerance: float) -> Figure:
    """Draw how large the differences are, for each output of the network.

    Parameters
    ----------
    jets
        What the caption says.
    comparison
        The differences.
    tolerance
        The largest that is allowed.
    """
    styles: dict[str, dict[str, Any]] = {
        f.output: {"color": f.colour, "linestyle": f.line} for f in FLAVOURS
    }
    figure = new_figure(jets, comparison.n_jets, (6.4, 4.6))
    panel = figure.subplots()
    for output, counts in zip(comparison.outputs, comparison.counts, strict=True):
        panel.stairs(counts, EDGES, linewidth=2, label=output, **styles.get(output, {}))
    panel.axvline(tolerance, color="black", linewidth=1)
    panel.annotate(
        "tolerance",
        (tolerance, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(3, 0),
        textcoords="offset points",
        va="top",
        annotation_clip=True,
    )
    panel.set(
        xscale="log",
        yscale="log",
        xlim=(EDGES[0], EDGES[-1]),
        ylim=(0.5, 5 * comparison.counts.max()),
    )
    panel.set(xlabel=r"$|\,p_\mathrm{file} - p_\mathrm{Keras}\,|$", ylabel="jets")
    panel.legend(title="first bin with all smaller ones", title_fontsize=9)
    return figure
