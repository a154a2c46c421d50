#!/usr/bin/env python3
"""Prove on every jet that the network in the dumper computes what it does in Keras."""

from __future__ import annotations

from collections.abc import Sequence

from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> int:
    """Evaluate the network again with Keras, compare, and exit with 1 if it differs."""
    from btagging import cli

    args = cli.parse_validation(__doc__, argv)

    # Imported only now, to keep --help fast.
    from btagging.figures import style
    from btagging.figures.validation import draw_differences
    from btagging.jets.stream import open_jets
    from btagging.network import network
    from btagging.output import write_files
    from btagging.performance import validation
    from btagging.training.keras_import import import_keras
    from btagging.training.keras_model import allowed_architecture, keras_may_refuse, weights_file

    # The jets hold the inputs of the network, and the scores that the dumper computed from them
    # with its own code, far away from Keras.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    trained = network.load(*args.nn[0])  # refuses all that is no plain network
    for warning in validation.warnings(jets, trained):
        print(warning)

    # Keras builds the layers from the architecture, and then reads the weights into them. The
    # file may come from a stranger, and Keras builds whatever class it names: so it gets only
    # what is on the list of what is allowed.
    keras = import_keras()
    architecture, weights = args.nn[0]
    with keras_may_refuse(weights), weights_file(weights) as path:
        model = keras.models.model_from_json(allowed_architecture(architecture, weights))
        model.load_weights(path)

    # `predict_on_batch` takes normalised inputs, of shape (jets, inputs), to probabilities, of
    # shape (jets, flavours); a network on tracks takes those of (jets, tracks, inputs) besides.
    # The dumper rounds its inputs to what it writes before it uses them: what is in the file is
    # all that there is, and the two must agree to the precision of a float.
    compared = validation.compare(jets, trained, model.predict_on_batch)
    print(validation.summary(jets, compared))
    picture = draw_differences(jets, compared, args.tolerance)
    files = style.writers(picture, args.output / "validation", args.format)
    write_files(files, inputs=cli.inputs(args))

    # A wrong default or a swapped class can hide in a few jets. So it is the worst that counts.
    agreed = compared.largest <= args.tolerance
    print(f"the two {'agree' if agreed else 'DIFFER'} (tolerance {args.tolerance:g})")
    return 0 if agreed else 1


if __name__ == "__main__":
    run(main)
