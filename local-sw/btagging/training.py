"""Train a network with Keras, which is imported only when it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from btagging.flavours import FLAVOURS
from btagging.history import History
from btagging.jet_parts import TrainingJets
from btagging.keras_batches import keras_batches
from btagging.keras_import import import_keras
from btagging.mixing import MixedJets

# A single layer has one minimum, which large steps find; hidden layers are more delicate.
_RATE, _RATE_HIDDEN = 0.1, 0.01
_STEPS = 500
_STEPS_AT_ONCE = 16
_VALIDATION_BATCH = 2**16


def build(n_inputs: int, hidden: Sequence[int], seed: int) -> Any:
    """Build a network: hidden layers if any, then one softmax over the flavours.

    Parameters
    ----------
    n_inputs
        How many numbers go in.
    hidden
        The width of each hidden layer.
    seed
        For the first weights.

    Returns
    -------
    keras.Sequential
        Not compiled.
    """
    keras = import_keras()
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((n_inputs,), name="jets")]
    for i, width in enumerate(hidden, 1):
        layers.append(keras.layers.Dense(width, activation="relu", name=f"hidden_{i}"))
    layers.append(keras.layers.Dense(len(FLAVOURS), activation="softmax", name="flavours"))
    return keras.Sequential(layers, name="btagging")


def default_epochs(n_jets: int) -> int:
    """Choose how often to see each jet: 1 to 5 times, some 3 million sights in all."""
    return min(max(3_000_000 // n_jets, 1), 5)


def batch_size(n_jets: int) -> int:
    """Choose the jets in a batch, a power of two.

    From its first random weights, a single layer needs some 500 steps to its minimum, however
    large they are. Beyond that, the more jets in a batch the faster.
    """
    wanted = n_jets * default_epochs(n_jets) // _STEPS
    return int(2 ** min(max(wanted.bit_length() - 1, 5), 14))


def fit(
    model: Any,
    jets: MixedJets,
    held_out: TrainingJets,
    *,
    n_jets: int,
    epochs: int | None,
) -> History:
    """Train, and print a line an epoch.

    Parameters
    ----------
    model
        Made by `build`; its weights change.
    jets
        Those to train on.
    held_out
        Those to validate with.
    n_jets
        How many there are to train on.
    epochs
        How often each of them is seen; None: as often as it takes.

    Returns
    -------
    History
        How the cross-entropy fell.
    """
    keras = import_keras()
    epochs = epochs or default_epochs(n_jets)
    size = batch_size(n_jets)
    batches = keras_batches(keras, jets, -(-n_jets // (size * jets.n_pools)))
    _compile(keras, model, epochs * len(batches))
    history = History(len(batches), epochs, size)
    model.fit(
        batches,
        epochs=epochs,
        shuffle=False,
        validation_data=(held_out.values, held_out.flavours),
        validation_batch_size=_VALIDATION_BATCH,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_train_batch_end=history.add_batches, on_epoch_end=history.add_epoch
            )
        ],
        verbose=0,
    )
    return history


def _compile(keras: Any, model: Any, n_steps: int) -> None:
    rate = _RATE if len(model.layers) == 1 else _RATE_HIDDEN
    model.compile(
        # The steps shrink to nothing along a cosine, and the noise of the batches with them.
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, n_steps)),
        loss="sparse_categorical_crossentropy",
        # With PyTorch, Keras takes one step at a time.
        steps_per_execution=1 if keras.backend.backend() == "torch" else _STEPS_AT_ONCE,
    )
