#!/usr/bin/env python3
"""Train a network to tell b-, c- and light jets apart: by default one layer, two inputs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> None:
    """Read, normalise, train, save."""
    from btagging.training_cli import parse_training

    args = parse_training(__doc__, argv)

    # Imported only now, to keep --help fast.
    from btagging.figures import loss, style
    from btagging.flavours import FLAVOURS
    from btagging.jets import held_out
    from btagging.jets.stream import open_jets
    from btagging.network.training_record import TrainingRecord
    from btagging.output import write_files
    from btagging.training import batches, best_epoch, saving, survey
    from btagging.training.input_choice import choose
    from btagging.training.keras_import import import_keras
    from btagging.training.keras_model import as_network
    from btagging.training.reader import TrainingReader
    from btagging.training.schedule import schedule_for
    from btagging.training.shuffling import ShuffledJets

    # Which jets, and what the network is to know of each of them.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    inputs = choose(args.inputs, jets.fields)

    # Hold a fifth of the jets out: what a network has learnt shows only in jets that it has not
    # seen. And look at the others: a network learns fastest from numbers around 0 with a standard
    # deviation of 1, so each input is shifted and scaled. A jet without an input, such as one
    # without tracks, gets the mean of the light jets.
    held = held_out.choose(jets.n_jets, args.seed)
    found = survey.survey(jets, inputs, held)
    n_jets = sum(found.training)
    print(survey.summary(jets, found))
    saving.check_writable(args.output, args.jets)  # hours of training would be lost

    # A Keras model is a chain of layers. `Input` says how many numbers come in for each jet. Each
    # output of a `Dense` layer is a weighted sum of all that comes in, plus a constant: the
    # weights are what is trained. `relu` sets negative sums to 0; without something like it, two
    # layers could do no more than one. At the end `softmax` turns three sums into three
    # probabilities that add up to 1: light, c and b.
    keras = import_keras()  # the same as `import keras`, but quiet
    keras.utils.set_random_seed(args.seed)  # the weights are random at first
    layers = [keras.Input((len(inputs),), name="jets")]
    for i, n_outputs in enumerate(args.hidden, 1):
        layers.append(keras.layers.Dense(n_outputs, activation="relu", name=f"hidden_{i}"))
    layers.append(keras.layers.Dense(len(FLAVOURS), activation="softmax", name="flavours"))
    model = keras.Sequential(layers, name="btagging")

    # Keras takes the jets in batches, in another order in each epoch, that is each time that it
    # goes through all of them: files are sorted by event, by sample or even by flavour.
    schedule = schedule_for(args.hidden)
    epochs = args.epochs or schedule.default_epochs(n_jets)
    batch_size = schedule.batch_size(n_jets, epochs)
    reader = TrainingReader(jets, found.inputs, held)
    training_jets = batches.keras_batches(
        keras, ShuffledJets(reader, args.seed), n_jets, batch_size
    )
    held_out_jets = reader.validation()

    # What is to become small is the cross-entropy: minus the logarithm of the probability that
    # the network gives to a jet's true flavour ("sparse", since that is a number and not three
    # zeros and ones). After each batch, Adam changes all weights a little, downhill. How much is
    # the learning rate, which falls to 0 along a cosine, and the noise of the batches with it.
    rate = keras.optimizers.schedules.CosineDecay(
        schedule.learning_rate, epochs * len(training_jets)
    )
    model.compile(
        optimizer=keras.optimizers.Adam(rate, beta_2=0.99),
        loss="sparse_categorical_crossentropy",
        steps_per_execution=batches.steps_at_once(keras, len(training_jets)),
    )
    fitted = model.fit(
        training_jets,
        epochs=epochs,
        shuffle=False,  # they are shuffled already
        validation_data=(held_out_jets.values, held_out_jets.flavours),
        validation_batch_size=2**16,
        callbacks=[best_epoch.keep_best(keras, epochs)],
        verbose="auto" if sys.stdout.isatty() else 2,  # a progress bar, or a line per epoch
    )
    print(best_epoch.summary(fitted.history))

    # Save the network as Keras does, layers and weights apart, and beside it what Keras knows
    # nothing of: what the inputs mean, and which jets were held out. lwtnn gets a file as well.
    network = as_network(model, found.inputs, args.output / saving.ARCHITECTURE)
    files = saving.writers(
        args.output,
        network,
        architecture=model.to_json(),
        save_weights=model.save_weights,
        history={"kept_epoch": best_epoch.kept_epoch(fitted.history), **fitted.history},
        record=TrainingRecord.of(jets, inputs, held, args.seed),
    )
    used = [sum(both) for both in zip(found.training, found.held_out, strict=True)]
    error = best_epoch.held_out_error(network, held_out_jets.values, held_out_jets.flavours)
    picture = loss.draw_loss(jets, used, fitted.history, error)
    write_files(files | style.writers(picture, args.output / "loss"), inputs=args.jets)


if __name__ == "__main__":
    run(main)
