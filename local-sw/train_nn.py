#!/usr/bin/env python3
"""Train a network to tell b-, c- and light jets apart: by default two inputs, no hidden layer."""

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
    from btagging.training import batches, best_epoch, resume, saving, survey
    from btagging.training.input_choice import choose
    from btagging.training.keras_import import import_keras
    from btagging.training.keras_model import as_network
    from btagging.training.reader import TrainingReader
    from btagging.training.schedule import schedule_for
    from btagging.training.shuffling import ShuffledJets
    from btagging.training.weighting import measure_weighting

    # Which jets, and what the network learns of each of them: its inputs.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    inputs = choose(args.inputs, jets.fields, jets.sources)

    # Hold a fifth of the jets out: only jets that a network has not seen show what it has learnt.
    # Survey the others: a network learns fastest from numbers around 0 with a standard deviation
    # of 1, so each input will be shifted and scaled. A jet without an input, such as one without
    # tracks, is nearly always a light jet, so it gets the mean of the light jets.
    held = held_out.choose(jets.n_jets, args.seed)
    found = survey.survey(jets, inputs, held)  # inputs with shift and scale, jets per flavour
    n_jets = sum(found.training)
    summary = survey.summary(jets, found)
    print(summary)
    # Jets may have weights of their own: they multiply what each jet adds to the loss.
    weighting = measure_weighting(jets, held, args.weight, args.reweight)
    saving.check_writable(args.output, args.jets)  # else hours of training would be lost

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

    # Keras changes the network a little after each batch of jets. An epoch is a pass through all
    # of them, each in another order: in the files they are sorted by event, by sample or even by
    # flavour.
    schedule = schedule_for(args.hidden)
    epochs = args.epochs or schedule.default_epochs(n_jets)
    batch_size = schedule.batch_size(n_jets, epochs)
    reader = TrainingReader(jets, found.inputs, held, weighting)
    shuffled = ShuffledJets(reader, args.seed)
    training_batches = batches.keras_batches(keras, shuffled, n_jets, batch_size)
    held_out_jets = reader.validation().arrays()  # inputs, flavours and, if any, weights

    # Training minimises the cross-entropy: the mean over the jets of minus the logarithm of the
    # probability that the network gives to a jet's true flavour ("sparse", since the flavour is
    # given as 0, 1 or 2, not as three numbers such as 0, 0, 1). After each batch, Adam changes all
    # weights a little, downhill. The size of the step is the learning rate. It falls to 0 along a
    # cosine, so that the noise from batch to batch dies out; beta_2 says that Adam remembers the
    # last 100 steps, of which there are few. `compile` only puts this together.
    n_steps = epochs * len(training_batches)
    rate = keras.optimizers.schedules.CosineDecay(schedule.learning_rate, n_steps)
    model.compile(
        optimizer=keras.optimizers.Adam(rate, beta_2=0.99),
        loss="sparse_categorical_crossentropy",
        steps_per_execution=batches.steps_at_once(keras, len(training_batches)),  # for speed
    )

    # After each epoch Keras also computes the loss of the held-out jets, which it calls validation.
    # If that ends clearly above its lowest value, `keep_best` goes back to that epoch. A training
    # may take hours: after each epoch a checkpoint is written, with which `--resume` goes on.
    record = TrainingRecord.of(jets, inputs, held, args.seed)  # so that plots find these jets
    best = best_epoch.keep_best(keras, epochs)
    checkpoint = resume.open_checkpoint(args, keras, model, f"{summary} {record}")
    with checkpoint.announced():  # if interrupted, says that `--resume` goes on
        fitted = model.fit(
            training_batches,
            epochs=epochs,
            initial_epoch=checkpoint.epoch,
            shuffle=False,  # they are shuffled already
            validation_data=held_out_jets,
            validation_batch_size=2**16,  # for speed
            callbacks=[best, resume.keep_checkpoint(keras, checkpoint, best, training_batches)],
            verbose="auto" if sys.stdout.isatty() else 2,  # a progress bar, or a line per epoch
        )
    print(best_epoch.summary(fitted.history))

    # Save the network as Keras does, layers and weights in separate files, and beside them what
    # Keras knows nothing of: what the inputs mean, and which jets were held out. `writers` adds a
    # file for lwtnn. Nothing is written before `write_files`, which writes all files or none.
    network = as_network(model, found.inputs, args.output / saving.ARCHITECTURE)
    files = saving.writers(
        args.output,
        network,
        architecture=model.to_json(),
        save_weights=model.save_weights,
        history={"kept_epoch": best_epoch.kept_epoch(fitted.history), **fitted.history},
        record=record,
        weighting=weighting.as_dict() if weighting else None,
    )
    error = best_epoch.held_out_error(network, *held_out_jets)  # the statistical one, of the loss
    picture = loss.draw_loss(jets, found.used, fitted.history, error)
    write_files(files | style.writers(picture, args.output / "loss"), inputs=args.jets)
    checkpoint.remove()  # there is nothing left to resume


if __name__ == "__main__":
    run(main)
