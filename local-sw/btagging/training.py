"""Train a network with Keras, which is imported only when it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.flavours import FLAVOURS
from btagging.history import History
from btagging.inputs import Input
from btagging.keras_batches import Batch, keras_batches
from btagging.keras_import import import_keras
from btagging.training_jets import TrainingJets

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
        For the first weights, and for the order of the jets later.

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
    jets: TrainingJets,
    inputs: Sequence[Input],
    held_out: NDArray[np.bool_],
    *,
    epochs: int | None,
    seed: int,
) -> History:
    """Train, and print a line an epoch.

    Parameters
    ----------
    model
        Made by `build`; its weights change.
    jets
        All jets.
    inputs
        How they are normalised.
    held_out
        The jets to validate with, of shape (jets,); the training does not see them.
    epochs
        How often each jet is seen; None: as often as it takes.
    seed
        Of the order in which they are seen.

    Returns
    -------
    History
        How the cross-entropy fell.
    """
    keras = import_keras()
    rows, held = (np.flatnonzero(chosen).astype(np.uint32) for chosen in (~held_out, held_out))
    epochs = epochs or default_epochs(len(rows))
    size = batch_size(len(rows))
    _compile(keras, model, epochs * -(-len(rows) // size))
    history = History(len(rows), epochs, size)

    def take(chosen: NDArray[np.uint32]) -> Batch:
        return jets.batch(inputs, chosen)

    model.fit(
        keras_batches(keras, take, rows, size, np.random.default_rng(seed)),
        epochs=epochs,
        shuffle=False,
        validation_data=keras_batches(keras, take, held, _VALIDATION_BATCH),
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
