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

    from btagging.discriminants import known
    from btagging.figures import style
    from btagging.jets.stream import open_jets
    from btagging.network import network
    from btagging.output import text_writer, write_files
    from btagging.performance import binned
    from btagging.performance.histogram import count_jets, summary
    from btagging.performance.unseen_jets import unseen_jets

    # The discriminants are those of the ROC curves.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    ratio = args.ratio
    discriminants = known(jets.fields, jets.sources, options=ratio, needed=not args.nn)
    discriminants = cli.chosen("--taggers", args.taggers, discriminants)
    for number, files in enumerate(args.nn, 1):
        trained = network.load(*files)
        discriminants.append(trained.discriminant(ratio, number))
        jets = unseen_jets(jets, trained, all_jets=args.all_jets)

    # A table of counts for each: which bin of pt a jet is in, and which of very many fine bins of
    # the discriminant. From that, what passes any cut follows, in each bin of pt.
    versus = binned.field_axis(args.versus, args.bins)
    axes = [binned.fine_axis(found) for found in discriminants]
    wanted = [[versus, axis] for axis in axes]
    counts = count_jets(jets, wanted, args.weight, taus=args.tau)
    print(summary(jets, counts, args.weight))

    # One cut for all jets keeps more b-jets at some momenta than at others. With --flat there is
    # a cut for each bin, so that the same share is kept everywhere.
    found = {
        axis.discriminant: binned.in_bins(
            histogram, axis, args.efficiency, flat=args.flat, signal=ratio.signal
        )
        for axis, histogram in zip(axes, counts.histograms, strict=True)
    }
    numbers = {some.name: binned.as_dict(versus, found[some], ratio.signal) for some in found}
    files = {args.output / "efficiency.json": text_writer(json.dumps(numbers, indent=2) + "\n")}
    picture = draw_efficiency(jets, counts.n_jets.tolist(), found, versus, args)
    write_files(
        files | style.writers(picture, args.output / "efficiency", args.format),
        inputs=cli.inputs(args),
    )


def draw_efficiency(jets: Any, n_jets: Sequence[int], found: Any, versus: Any, args: Any) -> Any:
    """Draw the signal's efficiency and the backgrounds' rejections, and their ratios below."""
    import numpy as np
    from btagging.figures import efficiency, roc

    # A point in the middle of each bin, with the bin's width across and the 68% interval upwards:
    # `errorbar` wants distances from the point.
    centres = (versus.edges[:-1] + versus.edges[1:]) / 2
    half = np.diff(versus.edges) / 2
    looks = roc.looks(discriminant.name for discriminant in found)
    first = next(iter(found.values()))
    figure, panels = efficiency.new_panels(jets, n_jets, found, args)
    for (panel, ratio), flavour in zip(panels.T, first.values, strict=True):
        unit = first.values[flavour][0]
        for result, look in zip(found.values(), looks, strict=True):
            value, low, high = result.values[flavour]
            points = {**look, "linestyle": "", "markersize": 5}
            for where, scale in ((panel, 1), (ratio, unit)):
                errors = np.array([value - low, high - value]) / scale
                where.errorbar(centres, value / scale, np.maximum(errors, 0), half, **points)
        efficiency.set_axes(panel, ratio, flavour, versus=versus, signal=args.ratio.signal)
    efficiency.draw_legend(figure, list(found))
    return figure


if __name__ == "__main__":
    run(main)
