#!/usr/bin/env python3
"""Look at the jets before training on them: one histogram per discriminant, and a correlation."""

from __future__ import annotations

from collections.abc import Sequence

from btagging import cli as arguments
from btagging.errors import run

N_BINS = 50


def main(argv: Sequence[str] | None = None) -> None:
    """Count jets, then draw them."""
    args = arguments.verdict_parser(__doc__).parse_args(argv)

    # Imported here to keep --help fast.
    from btagging import plotting
    from btagging.figures import histogram as histogram_figure
    from btagging.figures import style as figures
    from btagging.jets.stream import open_jets
    from btagging.output import write_files
    from btagging.performance.histogram import Axis, count_jets

    # A network knows the jets of its training by heart: all are compared on those held out.
    jets = open_jets(args.jets)
    if not args.all_jets:
        jets = plotting.not_trained_on(jets, args.nn)

    # What separates b-jets from the others in these files?
    axes = [
        Axis(discriminant, discriminant.bounds, N_BINS)
        for discriminant in plotting.discriminants_of(jets, args.nn)
    ]

    # Read the jets once: a histogram of each discriminant, and one of the first two together.
    # A copy of all jets in memory is not needed, so there may be any number of them.
    pair = axes[:2]
    counts = count_jets(jets, [*([axis] for axis in axes), pair])
    print(plotting.summary(jets, counts.left_out))

    # Draw each discriminant for b-, c- and light jets. They have very different numbers of jets,
    # so it is the shapes that are compared.
    *singles, both = counts.histograms
    pictures = {
        axis.discriminant.name: histogram_figure.draw_histogram(jets, single, axis)
        for axis, single in zip(axes, singles, strict=True)
    }

    # Two inputs that know the same thing are worth as much as one. Do these two?
    if len(pair) == 2:
        pictures["correlation"] = histogram_figure.draw_correlation(jets, both, pair)

    # A field may have a name that no file can have, or one that leads out of the folder.
    stems = figures.file_stems(list(pictures))
    files = {
        path: write
        for name, picture in pictures.items()
        for path, write in figures.writers(picture, args.output / stems[name], args.format).items()
    }
    write_files(files, inputs=arguments.inputs(args))


if __name__ == "__main__":
    run(main)
