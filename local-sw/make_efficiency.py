#!/usr/bin/env python3
"""Draw what a cut keeps and rejects in bins of pt, or of any other field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> None:
    """Count jets in bins of two quantities at once, cut, and draw."""
    from btagging import cli

    args = cli.parse_efficiency(__doc__, argv)

    # Imported only now, to keep --help fast.
    import json

    from btagging.figures import style
    from btagging.jets.stream import open_jets
    from btagging.network import network
    from btagging.output import text_writer, write_files
    from btagging.performance import compared, efficiency, roc
    from btagging.performance.histogram import count_jets, summary

    # The discriminants are those of the ROC curves: make_roc_curves.py tells more of these lines.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    networks = [network.load(*files) for files in args.nn]
    discriminants = compared.find_discriminants(jets, networks, args.ratio, args.taggers)
    if not args.all_jets:
        jets = compared.unseen_jets(jets, *networks)

    # A histogram in two dimensions for each: bins of pt, and very many fine bins of the
    # discriminant. From that, the number of jets that pass any cut follows, in each bin of pt.
    versus = efficiency.field_axis(args.versus, args.bins)
    axes = [roc.fine_axis(found, efficiency.N_BINS) for found in discriminants]
    wanted = [[versus, axis] for axis in axes]
    counts = count_jets(jets, wanted, args.weight, taus=args.tau)
    print(summary(jets, counts, args.weight))

    # One cut for all jets keeps more b-jets at some momenta than at others. With --flat there is
    # a cut for each bin, so that the same share is kept everywhere.
    options = {"flat": args.flat, "signal": args.ratio.signal}
    results = {
        axis.discriminant: efficiency.in_bins(histogram, axis, args.efficiency, **options)
        for axis, histogram in zip(axes, counts.histograms, strict=True)
    }

    # Write the numbers as JSON, and the picture.
    numbers = {
        discriminant.name: efficiency.as_dict(versus, result)
        for discriminant, result in results.items()
    }
    files = {args.output / "efficiency.json": text_writer(json.dumps(numbers, indent=2) + "\n")}
    where = "in each bin" if args.flat else "with one cut"
    note = f"{args.ratio.signal.short} efficiency of {args.efficiency:.0%} {where}"
    picture = draw_efficiency(jets, counts.n_jets.tolist(), results, versus, note=note)
    files |= style.writers(picture, args.output / "efficiency", args.format)
    write_files(files, inputs=cli.inputs(args))


def draw_efficiency(
    jets: Any, n_jets: Sequence[int], results: Any, versus: Any, *, note: str
) -> Any:
    """Draw the signal's efficiency and the backgrounds' rejections, and their ratios below."""
    import numpy as np
    from btagging.figures import efficiency, roc

    # `errorbar` draws a point in the middle of each bin, with a bar as wide as the bin and one for
    # the 68% interval. It wants the ends of bars as distances from the point.
    centres = (versus.edges[:-1] + versus.edges[1:]) / 2
    half = np.diff(versus.edges) / 2
    looks = roc.looks(discriminant.name for discriminant in results)
    first = next(iter(results.values()))
    figure, panels = efficiency.new_panels(jets, n_jets, results, note)
    for (panel, ratio), flavour in zip(panels.T, first.values, strict=True):
        unit = first.values[flavour][0]
        for result, look in zip(results.values(), looks, strict=True):
            value, low, high = result.values[flavour]
            points = {**look, "linestyle": "", "markersize": 5}
            for where, scale in ((panel, 1), (ratio, unit)):
                errors = np.array([value - low, high - value]) / scale
                where.errorbar(centres, value / scale, np.maximum(errors, 0), half, **points)
        efficiency.set_axes(panel, ratio, flavour, versus=versus, signal=first.signal)
    efficiency.draw_legend(figure, list(results))
    return figure


if __name__ == "__main__":
    run(main)
