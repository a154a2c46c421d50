#!/usr/bin/env python3
"""Train a network that looks at each track of a jet: a set of tracks in, three numbers out."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> None:
    """Read, normalise, train, save."""
    from btagging.training_cli import parse_track_training

    args = parse_track_training(__doc__, argv)

    # Imported only now, to keep --help fast.
    from btagging.figures import loss, style
    from btagging.flavours import FLAVOURS
    from btagging.jets import held_out
    from btagging.jets.stream import open_jets
    from btagging.network.training_record import TrainingRecord
    from btagging.output import write_files
    from btagging.training import batches, best_epoch, resume, saving, survey, track_survey
    from btagging.training.input_choice import choose
    from btagging.training.keras_import import import_keras
    from btagging.training.keras_model import as_track_network
    from btagging.training.schedule import TRACKS
    from btagging.training.shuffling import ShuffledJets
    from btagging.training.track_reader import TrackReader
    from btagging.training.weighting import measure_weighting

    # Which jets, and what the network is to know of each: some fields of the jet as a whole, as in
    # train_nn.py, and some of each of its tracks. All are normalised: those of tracks with the
    # tracks of the training jets. Significances have long tails, which a logarithm shortens.
    jets = open_jets(args.jets, args.dataset, args.labels, args.where)
    inputs = () if args.tracks_only else choose(args.inputs, jets.fields, jets.sources)
    held = held_out.choose(jets.n_jets, args.seed)
    found = survey.survey(jets, inputs, held)
    of_tracks = track_survey.survey_tracks(jets, args.track_inputs, held)
    n_jets = sum(found.training)
    summary = f"{survey.summary(jets, found)}\n{track_survey.summary(of_tracks)}"
    print(summary)
    weighting = measure_weighting(jets, held, args.weight, args.reweight)
    saving.check_writable(args.output, args.jets)  # else hours of training would be lost

    # A jet has no tracks, or few, or many, and no order of them means anything (in the files they
    # are sorted only to choose which are kept): it is a set. Deep Sets (arXiv:1703.06114; in ATLAS,
    # DIPS) handle that in two steps. First each track goes through the same layers, alone. Keras
    # wants the same number of places for every jet of a batch, any number (`None`): `valid` is 1
    # where there is a track and 0 where there is none. A layer is called with what goes into it.
    keras = import_keras()  # the same as `import keras`, but quiet
    layers = keras.layers
    keras.utils.set_random_seed(args.seed)  # the weights are random at first
    tracks = keras.Input((None, len(of_tracks.variables.inputs)), name="tracks")
    valid = keras.Input((None, 1), name="valid")
    x = tracks
    for i, n_outputs in enumerate(args.track_hidden, 1):
        x = layers.Dense(n_outputs, activation="relu", name=f"track_{i}")(x)

    # Then a sum over the tracks, in which empty places are multiplied by 0: it is the same in
    # whatever order they come. `Dot` multiplies and sums over axis 1, the places: of (jets, places,
    # 1) and (jets, places, 32) it makes (jets, 1, 32), and `Flatten` of that (jets, 32). This is
    # all that the rest of the network knows of the tracks.
    x = layers.Flatten(name="summed")(layers.Dot(axes=1, name="sum")([valid, x]))
    model_inputs = [tracks, valid]

    # From here on it is a network like that of train_nn.py, to which the sums are more inputs.
    # `Model` is told where it all begins and ends.
    if inputs:
        jet = keras.Input((len(inputs),), name="jets")
        x = layers.Concatenate(name="jet_and_tracks")([jet, x])
        model_inputs.append(jet)
    for i, n_outputs in enumerate(args.hidden, 1):
        x = layers.Dense(n_outputs, activation="relu", name=f"hidden_{i}")(x)
    x = layers.Dense(len(FLAVOURS), activation="softmax", name="flavours")(x)
    model = keras.Model(model_inputs, x, name="btagging")

    # The rest is as in train_nn.py: batches in another order in each epoch, the cross-entropy,
    # Adam with a learning rate that falls to 0, the best epoch is kept, and `--resume` goes on
    # after the last epoch of a training that was interrupted. The held-out jets come in batches as
    # well: with places for all tracks they would not fit into memory.
    epochs = args.epochs or TRACKS.default_epochs(n_jets)
    batch_size = TRACKS.batch_size(n_jets, epochs)
    reader = TrackReader(jets, found.inputs, held, weighting, of_tracks=of_tracks)
    shuffled = ShuffledJets(reader, args.seed)
    training_batches = batches.keras_batches(keras, shuffled, n_jets, batch_size)
    held_out_jets = reader.validation()
    n_steps = epochs * len(training_batches)
    rate = keras.optimizers.schedules.CosineDecay(TRACKS.learning_rate, n_steps)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        steps_per_execution=batches.steps_at_once(keras, len(training_batches)),
    )
    record = TrainingRecord.of(jets, [*inputs, *of_tracks.variables.inputs], held, args.seed)
    best = best_epoch.keep_best(keras, epochs)
    checkpoint = resume.open_checkpoint(args, keras, model, f"{summary} {record}")
    with checkpoint.announced():
        fitted = model.fit(
            training_batches,
            epochs=epochs,
            initial_epoch=checkpoint.epoch,
            shuffle=False,  # they are shuffled already
            validation_data=batches.in_order(keras, held_out_jets, 2**12),
            callbacks=[best, resume.keep_checkpoint(keras, checkpoint, best, training_batches)],
            verbose="auto" if sys.stdout.isatty() else 2,  # a progress bar, or a line per epoch
        )
    print(best_epoch.summary(fitted.history))

    # Save the network as Keras does, and beside it what the inputs mean, which jets were held out,
    # and the same network for lwtnn.
    path = args.output / saving.ARCHITECTURE
    network = as_track_network(model, found.inputs, of_tracks.variables, path)
    files = saving.writers(
        args.output,
        network,
        architecture=model.to_json(),
        save_weights=model.save_weights,
        history={"kept_epoch": best_epoch.kept_epoch(fitted.history), **fitted.history},
        record=record,
        weighting=weighting.as_dict() if weighting else None,
    )
    error = batches.held_out_error(model, held_out_jets)
    picture = loss.draw_loss(jets, found.used, fitted.history, error)
    write_files(files | style.writers(picture, args.output / "loss"), inputs=args.jets)
    checkpoint.remove()


if __name__ == "__main__":
    run(main)
