#!/usr/bin/env python3
"""Look at the jets before training on them: a histogram of each discriminant, and a correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from btagging.errors import run

N_BINS = 50


def main(argv: Sequence[str] | None = None) -> None:
    """Count jets in bins, flavour by flavour, and draw the counts."""
    from btagging import cli

    args = cli.verdict_parser(__doc__).parse_args(argv)

    # Imported only now, to keep --help fast.
    from btagging.discriminants import known
    from btagging.figures import style
    from btagging.jets.stream import open_jets, summary
    from btagging.network import network
    from btagging.output import write_files
    from btagging.performance.histogram import Axis, JetHistograms
    from btagging.performance.unseen_jets import unseen_jets

    # What separates b-jets from the others in these files? A network is one more discriminant; it
    # knows the jets of its training by heart, so all are compared on those that were held out.
    jets = open_jets(args.jets, args.dataset, args.labels)
    discriminants = known(jets.fields, jets.sources, needed=args.nn is None)
    if args.nn:
        trained = network.load(*args.nn)
        discriminants.append(trained.discriminant())
        jets = jets if args.all_jets else unseen_jets(jets, trained)

    # An HDF5 file holds tables; ours is called jets. With h5py, `h5py.File(path)["jets"][:1000]`
    # is a NumPy array of the first thousand rows, and `rows["jf_sig"]` one field of them.
    # `jets.batches` reads all rows of all files like that, a batch at a time, so that there may
    # be any number of them. Each batch is added to the histograms and forgotten.
    axes = [Axis(found, found.bounds, N_BINS) for found in discriminants]
    pair = axes[:2]
    histograms = JetHistograms(jets, [*([axis] for axis in axes), pair])
    for batch in jets.batches(histograms.fields):
        histograms.fill(batch)
    counts = histograms.counts()
    print(summary(jets, counts.left_out))

    # Draw each discriminant, and whether the first two know the same: then they are worth as
    # much as one. `figure.savefig(path)` writes a picture; here all are written, or none.
    *singles, both = counts.histograms
    pictures = {
        axis.discriminant.name: draw_histogram(jets, single, axis)
        for axis, single in zip(axes, singles, strict=True)
    }
    if len(pair) == 2:
        pictures["correlation"] = draw_correlation(jets, both, pair)
    write_files(style.all_writers(pictures, args.output, args.format), inputs=cli.inputs(args))


def draw_histogram(jets: Any, counts: Any, axis: Any) -> Any:
    """Draw how a discriminant is distributed, for each flavour; `counts` is (flavours, slots)."""
    from btagging.figures import histogram, style
    from btagging.flavours import FLAVOURS, LIGHT, B, C
    from btagging.performance.histogram import density

    # matplotlib draws in a panel, its `Axes`, of a `Figure`. `stairs` draws the outline of a
    # histogram that is already counted, from heights and edges. There are many more light jets
    # than b-jets: it is the shapes that are compared, so each has the area 1. The pale band is
    # the statistical error of each bin.
    figure = style.new_figure(jets, int(counts.sum()), (6.4, 5.2), margins=(0.8, 0.15, 0.65, 0.6))
    panel = figure.subplots()
    for flavour in (B, C, LIGHT):
        heights, errors = density(counts[FLAVOURS.index(flavour)], axis)
        label = histogram.label(flavour, counts[FLAVOURS.index(flavour)])
        colour = flavour.colour
        panel.stairs(heights, axis.edges, color=colour, ls=flavour.line, lw=2, label=label)
        band: Any = {"baseline": histogram.above_zero(heights, errors), "fill": True, "alpha": 0.25}
        panel.stairs(heights + errors, axis.edges, color=colour, lw=0, **band)
    panel.set_xlim(axis.bounds)
    panel.set_ylim(histogram.limits(counts, axis))
    panel.set_yscale("log")  # the tails are what a cut is about
    panel.set_xlabel(axis.discriminant.axis_label)
    panel.set_ylabel(r"$1/N\;\mathrm{d}N/\mathrm{d}x$")
    note = histogram.edge_note(counts)
    panel.legend(loc="upper right", title=note, title_fontsize=9, alignment="right")
    return figure


def draw_correlation(jets: Any, counts: Any, axes: Sequence[Any]) -> Any:
    """Draw two discriminants against each other; `counts` is (flavours, slots, slots)."""
    from btagging.figures import histogram

    # `imshow` draws a picture from an array: of (rows, columns, 3) in red, green and blue, here
    # for b-, c- and light jets, the brighter the more there are; of (rows, columns) in shades.
    figure, panels, extent = histogram.correlation_panels(jets, counts, axes)
    shades = histogram.shades(counts)
    options: Any = {"origin": "lower", "extent": extent, "aspect": "auto", "vmin": 0, "vmax": 1}
    panels["all"].imshow(histogram.as_rgb(shades), **options)
    panels["all"].set(xlabel=axes[0].discriminant.axis_label)
    panels["all"].set(ylabel=axes[1].discriminant.axis_label)
    for name, shade in shades.items():
        panels[name].imshow(shade, cmap="Greys", **options)
        panels[name].set_title(name, fontsize=11, pad=3)
    histogram.draw_colour_key(panels["all"], counts)
    return figure


if __name__ == "__main__":
    run(main)
