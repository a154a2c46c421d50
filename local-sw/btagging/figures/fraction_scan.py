"""The picture of c rejection against light rejection for many f_c."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from btagging.figures import roc, scales, style
from btagging.jets.stream import Jets
from btagging.performance.fraction_scan import Scan

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_scan(
    jets: Jets, n_jets: Sequence[int], scans: Sequence[Scan], efficiency: float
) -> Figure:
    """Draw a line per tagger or network; the b efficiency is the same everywhere."""
    note = f"b efficiency {efficiency:.0%};  $f_c$ from 0 to 1"
    figure = style.new_figure(jets, n_jets, (7, 6), note=note)
    panel = figure.subplots()
    looks = roc.looks(scan.name for scan in scans)
    for scan, look in zip(scans, looks, strict=True):
        panel.plot(scan.light, scan.c, label=scan.title, markevery=10, **look)
    panel.set(xscale="log", yscale="log")
    style.label_axes(panel, "light-jet rejection", "c-jet rejection")
    scales.label_logarithmic(panel.xaxis)
    scales.label_logarithmic(panel.yaxis)
    panel.legend(title="markers: every tenth $f_c$ tried")
    return figure
