#!/usr/bin/env python3
"""Draw b efficiency against light and c rejection, and tabulate the usual working points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> None:
    """Count jets in very fine bins, add the counts up, and draw them."""
    from btagging import cli

    args = cli.parse_roc_curves(__doc__, argv)

    # Imported only now, to keep --help fast.
    from btagging.figures import style
    from btagging.figures.fraction_scan import draw_scan
    from btagging.jets.stream import open_jets
    from btagging.network import network
    from btagging.output import text_writer, write_files
    from btagging.performance import compared, fraction_scan, roc, table, working_points
    from btagging.performance.histogram import count_jets, summary

    # What separates b-jets from the others in these files? A network is one more discriminant:
    # log(p_b / p_u) of the probabilities that it gives. It knows the jets of its training by
    # heart, so all are compared on those that were held out.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    networks = [network.load(*files) for files in args.nn]
    discriminants = compared.find_discriminants(jets, networks, args.ratio, args.taggers)
    if not args.all_jets:
        jets = compared.unseen_jets(jets, *networks)
    reference = discriminants[0]
    if args.reference:
        reference = compared.named("--reference", args.reference, discriminants)

    # A ROC curve needs no sorted list of all jets: counts in bins much finer than anything that
    # the picture shows give the same curve, in one reading of the files.
    axes = [roc.fine_axis(found) for found in discriminants]
    counts = count_jets(jets, [[axis] for axis in axes], args.weight, taus=args.tau)
    print(summary(jets, counts, args.weight))

    # Cut on a discriminant at the lower edge of a bin: the jets of this bin and of all bins above
    # pass. Their share is the efficiency of the cut, for each flavour. For b-jets it should be
    # large; for the others one quotes the rejection, 1 / efficiency: of so many, one gets through.
    curves = roc.curves(jets, counts, axes, args.ratio.signal)

    # Write the numbers that people quote, as a table and as JSON, and the picture. For each usual
    # b efficiency, the cut is the tightest one that keeps at least as many b-jets.
    print(table.as_text(curves))
    numbers = working_points.as_json(jets, counts, curves, args.weight)
    files = {args.output / "roc.json": text_writer(numbers)}
    picture = draw_roc(jets, counts.n_jets.tolist(), curves, reference)
    files |= style.writers(picture, args.output / "roc", args.format)
    if args.scan_fc:  # how the rejections change with the share f_c of charm in D_b
        scans = fraction_scan.scan(jets, networks, args.ratio, args.scan_fc, weight=args.weight)
        picture = draw_scan(jets, counts.n_jets.tolist(), scans, args.scan_fc)
        files |= style.writers(picture, args.output / "fc-scan", args.format)
    write_files(files, inputs=cli.inputs(args))


def draw_roc(jets: Any, n_jets: Sequence[int], curves: Any, reference: Any) -> Any:
    """Draw the curve of each discriminant, and its ratio to that of the reference."""
    import numpy as np
    from btagging.figures import roc, roc_axes

    efficiencies = np.linspace(0.5, 1, 501)  # of b-jets: as fine as a line is wide
    signal, backgrounds = curves[reference].signal, curves[reference].backgrounds
    looks = roc.looks(discriminant.name for discriminant in curves)
    marked = roc.working_points(efficiencies)

    # A column of panels for light and one for c-jets; in each the curves, and below them their
    # ratios to the reference. `plot` draws a line through points, `fill_between` the band of the
    # errors; `**look` are the options that give each curve its colour, line and marker.
    figure, panels = roc.new_panels(jets, n_jets, curves)
    for (panel, ratio), background in zip(panels.T, backgrounds, strict=True):
        unit, *_ = curves[reference].rejection_at(efficiencies, background)
        for curve, look in zip(curves.values(), looks, strict=True):
            rejection, low, high = curve.rejection_at(efficiencies, background)
            for where, scale in ((panel, 1), (ratio, unit)):
                where.plot(efficiencies, rejection / scale, markevery=marked, **look)
                band = {"color": look["color"], "alpha": 0.25, "linewidth": 0}
                where.fill_between(efficiencies, low / scale, high / scale, **band)
            roc.draw_ends(panel, curve, background, look=look, efficiencies=efficiencies)
        roc_axes.set_axes(panel, background, curves.values())
        roc_axes.set_ratio_axes(ratio, reference, signal)
        ratio.set_xlim(0.5, 1)
    roc.draw_legend(figure, curves)
    return figure


if __name__ == "__main__":
    run(main)
