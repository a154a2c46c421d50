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
    from btagging.discriminants import known
    from btagging.figures import style
    from btagging.jets.stream import open_jets
    from btagging.network import network
    from btagging.output import text_writer, write_files
    from btagging.performance import fraction_scan, roc, table, working_points
    from btagging.performance.histogram import count_jets, summary
    from btagging.performance.unseen_jets import unseen_jets

    # What separates b-jets from the others in these files? A network is one more discriminant:
    # log(p_b / p_u) of the probabilities that it gives. It knows the jets of its training by
    # heart, so all are compared on those that were held out.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    ratio = args.ratio
    discriminants = known(jets.fields, jets.sources, options=ratio, needed=not args.nn)
    discriminants = cli.chosen("--taggers", args.taggers, discriminants)
    networks = [network.load(*files) for files in args.nn]
    for number, trained in enumerate(networks, 1):
        discriminants.append(trained.discriminant(ratio, number))
        jets = unseen_jets(jets, trained, all_jets=args.all_jets)
    reference = discriminants[0]
    if args.reference:
        reference = cli.named("--reference", args.reference, discriminants)

    # A ROC curve needs no sorted list of all jets: counts in bins much finer than anything that
    # the picture shows give the same curve, in one reading of the files.
    axes = [roc.fine_axis(found) for found in discriminants]
    counts = count_jets(jets, [[axis] for axis in axes], args.weight, taus=args.tau)
    print(summary(jets, counts, args.weight))

    # Cut on a discriminant at the lower edge of a bin: the jets of this bin and of all bins above
    # pass. Their share is the efficiency of the cut, for each flavour. For b-jets it should be
    # large; for the others one quotes the rejection, 1 / efficiency: of so many, one gets through.
    curves = roc.curves(jets, counts, axes, ratio.signal)

    # Write the numbers that people quote, for people and for programs, and the picture. For
    # each usual b efficiency, the cut is the tightest one that keeps at least as many b-jets.
    print(table.as_text(curves))
    numbers = working_points.as_json(jets, counts, curves, args.weight)
    files = {args.output / "roc.json": text_writer(numbers)}
    picture = draw_roc(jets, counts.n_jets.tolist(), curves, reference)
    files |= style.writers(picture, args.output / "roc", args.format)
    if args.scan_fc:
        scans = fraction_scan.scan(jets, networks, ratio, args.scan_fc, weight=args.weight)
        picture = draw_scan(jets, counts.n_jets.tolist(), scans, args.scan_fc)
        files |= style.writers(picture, args.output / "fc-scan", args.format)
    write_files(files, inputs=cli.inputs(args))


def draw_roc(jets: Any, n_jets: Sequence[int], curves: Any, reference: Any) -> Any:
    """Draw each curve, and its ratio to that of the reference; both by their discriminants."""
    import numpy as np
    from btagging.figures import roc, roc_axes

    efficiencies = np.linspace(0.5, 1, 501)  # of b-jets: as fine as a line is wide
    signal, backgrounds = curves[reference].signal, curves[reference].backgrounds
    looks = roc.looks(discriminant.name for discriminant in curves)

    # A column of panels for light and one for c-jets; in each the curves, and below them the
    # ratios. `plot` draws a line through points, `fill_between` the band of the errors.
    figure, panels = roc.new_panels(jets, n_jets, curves)
    for (panel, ratio), background in zip(panels.T, backgrounds, strict=True):
        unit, *_ = curves[reference].rejection_at(efficiencies, background)
        for curve, look in zip(curves.values(), looks, strict=True):
            rejection, low, high = curve.rejection_at(efficiencies, background)
            for where, scale in ((panel, 1), (ratio, unit)):
                marked = roc.working_points(efficiencies)
                where.plot(efficiencies, rejection / scale, markevery=marked, **look)
                band = {"color": look["color"], "alpha": 0.25, "linewidth": 0}
                where.fill_between(efficiencies, low / scale, high / scale, **band)
            roc.draw_ends(panel, curve, background, look=look, efficiencies=efficiencies)
        roc_axes.set_axes(panel, background, curves.values())
        roc_axes.set_ratio_axes(ratio, reference, signal)
        ratio.set_xlim(0.5, 1)
    roc.draw_legend(figure, curves)
    return figure


def draw_scan(jets: Any, n_jets: Sequence[int], scans: Any, efficiency: float) -> Any:
    """Draw how light and c rejection change with the share f_c of charm in D_b's background."""
    from btagging.figures import roc, scales, style

    note = f"b efficiency {efficiency:.0%};  $f_c$ from 0 to 1"
    figure = style.new_figure(jets, n_jets, (7, 6), note=note)
    panel = figure.subplots()
    looks = roc.looks("nn" if "etwork" in scan.title else scan.title for scan in scans)
    for scan, look in zip(scans, looks, strict=True):
        panel.plot(scan.light, scan.c, label=scan.title, markevery=10, **look)
    panel.set(xscale="log", yscale="log")
    style.label_axes(panel, "light-jet rejection", "c-jet rejection")
    scales.label_logarithmic(panel.xaxis)
    scales.label_logarithmic(panel.yaxis)
    panel.legend(title="markers: every tenth $f_c$ tried")
    return figure


if __name__ == "__main__":
    run(main)
