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
    from btagging import plotting
    from btagging.figures import loss as loss_figure
    from btagging.figures import style as figures
    from btagging.jets import held_out
    from btagging.jets.stream import open_jets
    from btagging.network.training_record import TrainingRecord
    from btagging.output import write_files
    from btagging.training import fit as training
    from btagging.training import saving
    from btagging.training import survey as training_jets
    from btagging.training.input_choice import choose
    from btagging.training.reader import TrainingReader
    from btagging.training.shuffling import ShuffledJets

    # Which jets, and what the network is to know of each of them.
    jets = open_jets(args.jets)
    inputs = choose(args.inputs, jets.fields)

    # Hold some jets out: what the network has learnt shows only in jets that it has not seen.
    held = held_out.choose(jets.n_jets, args.seed)
    found = training_jets.survey(jets, inputs, held)
    print(plotting.summary(jets, found.left_out))
    print(training_jets.summary("training", found.training))
    print(training_jets.summary("held-out", found.held_out))

    # A network learns fastest from numbers around 0 with a standard deviation of 1. A jet without
    # an input, such as one without tracks, gets the mean of the light jets.
    for i, unknown in zip(found.inputs, found.unknown, strict=True):
        print(training_jets.summary_of_input(i, unknown))

    # Hours of training would be lost if the network could not be written.
    saving.check_writable(args.output, args.jets)

    # Train on the jets in a random order: files are sorted by event, sample or even flavour.
    parts = TrainingReader(jets, found.inputs, held)
    mixed = ShuffledJets(parts, args.seed)
    if mixed.n_pools > 1:
        print(f"too many jets to keep in memory: they are read and mixed in {mixed.n_pools} pools")
    model = training.build(len(inputs), args.hidden, args.seed)
    history = training.fit(
        model, mixed, parts.validation(), n_jets=sum(found.training), epochs=args.epochs
    )
    if history.summary():
        print(history.summary())

    # Save the network, what it needs to know of its inputs, how the training went, and which jets
    # it has seen: a verdict needs others.
    fields = [jets.label_field, *dict.fromkeys(i.field for i in found.inputs)]
    record = TrainingRecord.of(jets, fields, held, args.seed)
    files = saving.writers(args.output, model, found.inputs, history.as_dict(), record)
    picture = loss_figure.draw_loss(jets, sum(found.training + found.held_out), history)
    files |= figures.writers(picture, args.output / "loss")
    write_files(files, inputs=args.jets)


if __name__ == "__main__":
    run(main)
