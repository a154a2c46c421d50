#!/usr/bin/env python3
"""Look at the jets before training on them: a histogram of each discriminant, and a correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> None:
    """Count jets in bins, flavour by flavour, and draw the counts."""
    from btagging import cli

    args = cli.parse_histograms(__doc__, argv)

    # Imported only now, to keep --help fast.
    from btagging.figures import style
    from btagging.jets.stream import open_jets
    from btagging.network import network
    from btagging.output import write_files
    from btagging.performance import binning, compared
    from btagging.performance.histogram import JetHistograms, summary

    # What separates b-jets from the others in these files? A network is one more discriminant:
    # log(p_b / p_u) of its probabilities, or D_b with the shares of charm and taus that are asked
    # for. It may know the jets of its training by heart, so all discriminants are compared on jets
    # that were held out, with several networks on those that none of them has seen.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    networks = [network.load(*files) for files in args.nn]
    discriminants = compared.find_discriminants(jets, networks, args.ratio, args.taggers)
    if not args.all_jets:
        jets = compared.unseen_jets(jets, *networks)

    # An HDF5 file holds tables; ours is called jets. With h5py, `h5py.File(path)["jets"][:1000]`
    # is a NumPy array of the first thousand rows, and `rows["jf_sig"]` one field of them.
    # `jets.batches` reads all rows of all files like that, a batch at a time, so that files may be
    # of any size. Each batch is added to the histograms, as `np.histogram` would count it, and
    # forgotten. Where the range of a discriminant is not known before, the bins are narrow; they
    # are merged when all jets are counted.
    axes = [binning.counting_axis(discriminant) for discriminant in discriminants]
    pair = [axes[i] for i in compared.chosen_pair(args.pair, discriminants)]
    wanted = [[axis] for axis in axes]  # one histogram of each axis, and one of two:
    if pair:
        wanted.append(pair)
    histograms = JetHistograms(jets, wanted, args.weight)
    for batch in jets.batches(histograms.fields):
        histograms.fill(batch)
    counts = histograms.counts()
    print(summary(jets, counts, args.weight))
    n_jets = counts.n_jets.tolist()  # of each flavour

    # Draw each discriminant by itself, and two against each other: if they carry the same
    # information, the second adds nothing. `figure.savefig(path)` writes a picture; `write_files`
    # writes all of them, or none.
    drawn = binning.fit_axes(axes, counts.histograms)  # for each axis, that of the picture
    pictures = {}
    for axis, histogram in zip(axes, counts.histograms, strict=False):
        merged = binning.merge(histogram, [axis], drawn)
        pictures[axis.discriminant.name] = draw_histogram(jets, n_jets, merged, drawn[axis])
    if pair:
        merged = binning.merge(counts.histograms[-1], pair, drawn)
        shown = [drawn[axis] for axis in pair]
        pictures["correlation"] = draw_correlation(jets, n_jets, merged.sums, shown)
    write_files(style.all_writers(pictures, args.output, args.format), inputs=cli.inputs(args))


def draw_histogram(jets: Any, n_jets: Sequence[int], counts: Any, axis: Any) -> Any:
    """Draw the distribution of a discriminant, for each flavour.

    `counts` is of shape (flavours, slots): the bins, and slots for NaN, under- and overflow.
    """
    from btagging.figures import histogram, style
    from btagging.performance.binning import shares

    # matplotlib draws in a panel (`Axes`) of a `Figure`. `stairs` draws the outline of a
    # histogram that is already counted, from heights and edges; `ls` and `lw` are the style and the
    # width of the line, `alpha` is how opaque it is. There are more light jets than b-jets: it is
    # the shapes that are compared, so the heights are the shares of a flavour's jets in each bin.
    # The pale band is the statistical error of each bin.
    figure = style.new_figure(jets, n_jets, (6.4, 5.2))
    panel = figure.subplots()
    for flavour, count in histogram.flavours_with_jets(counts):
        heights, low, high = shares(count)
        label, colour = histogram.label(flavour, count, axis), flavour.colour
        panel.stairs(heights, axis.edges, color=colour, ls=flavour.line, lw=2, label=label)
        panel.stairs(high, axis.edges, baseline=low, color=colour, lw=0, fill=True, alpha=0.25)
    panel.set_xlim(axis.bounds)
    panel.set_ylim(histogram.limits(counts))
    panel.set_yscale("log")  # a cut is made in the tail, which a linear scale would hide
    style.label_axes(panel, axis.discriminant.axis_label, histogram.height_label(axis))
    histogram.mark_overflow(panel, counts, axis)
    panel.legend(loc="upper right", fontsize=10)
    return figure


def draw_correlation(jets: Any, n_jets: Sequence[int], counts: Any, axes: Sequence[Any]) -> Any:
    """Draw two discriminants against each other; `counts` is (flavours, slots, slots)."""
    import numpy as np
    from btagging.figures import correlation
    from btagging.flavours import B

    # `imshow` draws an array of (rows, columns) as a picture, here in shades of grey: each flavour
    # in a panel of its own, the first row at the bottom. `contour` draws lines of equal height, as
    # on a map: those that enclose 50% and 90% of the b-jets are drawn in every panel, to show which
    # other jets lie inside. `norm` says which number is which grey, `extent` where the axes end.
    figure, panels = correlation.new_panels(jets, n_jets, counts, axes)
    shares = correlation.shares(counts)
    options: Any = {"norm": correlation.scale(shares), "cmap": "Greys", "aspect": "auto"}
    options |= {"origin": "lower", "extent": (*axes[0].bounds, *axes[1].bounds)}
    for flavour, share in shares.items():
        image = panels[flavour].imshow(share, **options)
    if correlation.enough(counts):
        height = correlation.smooth(shares[B])
        levels, widths = correlation.levels(height), (1, 2)
        x, y = (axis.edges[:-1] + np.diff(axis.edges) / 2 for axis in axes)
        for flavour in shares:
            panels[flavour].contour(x, y, height, levels, colors=B.colour, linewidths=widths)
    correlation.draw_bar(figure, image)
    return figure


if __name__ == "__main__":
    run(main)
