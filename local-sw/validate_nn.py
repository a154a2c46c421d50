#!/usr/bin/env python3
"""Prove on every jet that the network in the dumper computes what it does in Keras."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from btagging import cli as arguments
from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> int:
    """Evaluate the network again with Keras, compare, and exit with 1 if it differs."""
    args = parse(argv)

    # NumPy and h5py take their time, so not before it is clear that there is something to do.
    from btagging.figures import style as figures
    from btagging.figures import validation as validation_figure
    from btagging.jets.stream import open_jets
    from btagging.network import network
    from btagging.output import write_files
    from btagging.performance import validation
    from btagging.training import keras_model

    # The jets hold the inputs of the network, and the scores that the dumper computed from them
    # with its own code, far away from Keras.
    jets = open_jets(args.jets)
    trained = network.load(*args.nn)
    keras_network = keras_model.load(*args.nn)
    for warning in validation.warnings(jets, trained):
        print(warning)

    # The dumper rounds its inputs to what it writes before it uses them: what is in the file
    # is all that there is, and the two must agree to the precision of a float.
    compared = validation.compare(jets, trained, keras_network.predict_on_batch)

    path, row = validation.find(jets, compared.worst)
    print(f"compared {compared.n_jets:,} jets, {compared.n_defaulted:,} with an unknown input")
    if compared.n_transformed:
        print(f"in {compared.n_transformed:,} of these, only the input's transform is unknown")
    print(f"largest difference {compared.largest:.2g}, in jet {row} of {path}")
    print(f"mean difference {compared.mean_difference:.2g}")
    if compared.n_not_finite:
        print(f"{compared.n_not_finite:,} jets have scores that are no numbers")
    picture = validation_figure.draw_differences(jets, compared, args.tolerance)
    files = figures.writers(picture, args.output / "validation", args.format)
    write_files(files, inputs=arguments.inputs(args))

    # A wrong default or a swapped class can hide in a few jets. So it is the worst that counts.
    agreed = compared.largest <= args.tolerance
    print(f"the two {'agree' if agreed else 'DIFFER'} (tolerance {args.tolerance:g})")
    return 0 if agreed else 1


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line: that of the plotting scripts, and a tolerance."""
    parser = arguments.parser(__doc__)
    parser.add_argument(
        "--tolerance",
        type=float,
        default=1e-5,
        help="largest difference that is allowed (%(default)s)",
    )
    args = parser.parse_args(argv)
    if args.nn is None:
        parser.error("the following arguments are required: -n/--nn")
    if not 0 < args.tolerance < 1:
        parser.error(f"argument --tolerance: {args.tolerance} is not between 0 and 1")
    return args


if __name__ == "__main__":
    run(main)
