#!/usr/bin/env python3
"""Draw b efficiency against light and c rejection, and tabulate the usual working points."""

from __future__ import annotations

from collections.abc import Sequence

from btagging import cli as arguments
from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> None:
    """Count jets in very fine bins, add the counts up, and draw them."""
    args = arguments.verdict_parser(__doc__).parse_args(argv)

    # Imported here to keep --help fast.
    from btagging import plotting
    from btagging.figures import roc as roc_figure
    from btagging.figures import style as figures
    from btagging.jets.stream import open_jets
    from btagging.output import text_writer, write_files
    from btagging.performance import roc, working_points
    from btagging.performance.histogram import count_jets

    # A network knows the jets of its training by heart: all are compared on those held out.
    jets = open_jets(args.jets)
    if not args.all_jets:
        jets = plotting.not_trained_on(jets, args.nn)

    # What separates b-jets from the others in these files?
    axes = [roc.fine_axis(found) for found in plotting.discriminants_of(jets, args.nn)]

    # A ROC curve needs no sorted list of all jets: counts in bins much finer than anything
    # that the picture shows give the same curve, in one reading of the files.
    counts = count_jets(jets, [[axis] for axis in axes])
    print(plotting.summary(jets, counts.left_out))

    # Cut on a discriminant: which share of each flavour passes? For b-jets that is the
    # efficiency, for the others one over it is the rejection.
    curves = roc.curves(jets, counts, axes)

    # The numbers that people quote, for people and for programs ...
    print(working_points.as_text(curves))
    table = working_points.as_json(jets, counts, curves)

    # ... and the picture.
    picture = roc_figure.draw_roc(jets, curves)
    files = {args.output / "roc.json": text_writer(table)}
    files |= figures.writers(picture, args.output / "roc", args.format)
    write_files(files, inputs=arguments.inputs(args))


if __name__ == "__main__":
    run(main)
