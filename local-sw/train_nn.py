#!/usr/bin/env python3
"""Train a network to tell b-, c- and light jets apart: by default one layer, two inputs."""

from __future__ import annotations

from collections.abc import Sequence

from btagging import training_options
from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> None:
    """Read, normalise, train, save."""
    args = training_options.parse(__doc__, argv)

    # NumPy and h5py take their time, so not before it is clear that there is something to do.
    import numpy as np
    from btagging import figures, loss_figure, plotting, saving, training, training_jets
    from btagging.inputs import choose
    from btagging.jets import open_jets

    # Which jets, and what the network is to know of each of them.
    jets = open_jets(args.jets)
    inputs = choose(args.inputs, jets.fields)
    found, left_out = training_jets.collect(jets, inputs)
    print(plotting.summary(jets, left_out))

    # Hold some jets out: what the network has learnt shows only in jets that it has not seen.
    held = training_jets.held_out(len(found.flavours), np.random.default_rng(args.seed))
    for text, chosen in ("training", ~held), ("held-out", held):
        print(training_jets.summary(text, found.flavours[chosen]))

    # A network learns fastest from numbers around 0 with a spread of 1. A jet without an input,
    # such as one without tracks, gets the mean.
    inputs = training_jets.measure(found, inputs, ~held)
    for i in inputs:
        print(f"input {i.name}: (x {i.offset:+.5g}) * {i.scale:.5g}, {i.default:.5g} if unknown")

    # Train. A common flavour counts for more than a rare one, so that the outputs are the
    # probabilities for a jet of this very sample.
    model = training.build(len(inputs), args.hidden, args.seed)
    history = training.fit(model, found, inputs, held, epochs=args.epochs, seed=args.seed)

    # Save the network, what it needs to know of its inputs, and how the training went.
    paths = saving.save(args.output, model, inputs, history.as_dict())
    picture = loss_figure.draw_loss(jets, len(found.flavours), history)
    paths += figures.save(picture, args.output / "loss", plotting.FORMATS)
    print("\n".join(f"wrote {path}" for path in paths))


if __name__ == "__main__":
    run(main)
