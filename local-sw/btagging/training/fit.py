"""Train a network with Keras, which is imported only when it is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from btagging.flavours import FLAVOURS
from btagging.training.best_epoch import keep_best
from btagging.training.history import History
from btagging.training.keras_batches import keras_batches
from btagging.training.keras_import import import_keras
from btagging.training.reader import TrainingJets
from btagging.training.shuffling import ShuffledJets

_STEPS_AT_ONCE = 16
_VALIDATION_BATCH = 2**16
_FEW, _MANY = 100_000, 700_000  # jets
_MOST_EPOCHS = 20


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


class Schedule(NamedTuple):
    """How to go down to the minimum.

    Parameters
    ----------
    learning_rate
        Size of the first steps.
    steps
        How many it takes, however large the batches are.
    epochs
        How often to see each jet, if they are neither few nor many.
    """

    learning_rate: float
    steps: int
    epochs: int

    def default_epochs(self, n_jets: int) -> int:
        """Choose how often to see each jet: of many jets fewer times, of few jets more times."""
        if n_jets < _FEW:
            return min(self.epochs * _FEW // n_jets, _MOST_EPOCHS)
        return max(self.epochs * min(n_jets, _MANY) // n_jets, 1)

    def batch_size(self, n_jets: int, epochs: int) -> int:
        """Choose the jets in a batch, a power of two: the more jets in a batch the faster."""
        wanted = n_jets * min(epochs, self.default_epochs(n_jets)) / self.steps
        return int(2 ** min(max(round(math.log2(wanted)), 5), 14))


# A single layer has one minimum, which large steps find; hidden layers are more delicate.
SINGLE, HIDDEN = Schedule(0.2, 250, 3), Schedule(0.01, 1000, 10)


def fit(
    model: Any,
    jets: ShuffledJets,
    held_out: TrainingJets,
    *,
    n_jets: int,
    epochs: int | None,
) -> History:
    """Train, print a line per epoch, and keep the weights of the best one.

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
    pace = SINGLE if len(model.layers) == 1 else HIDDEN
    epochs = epochs or pace.default_epochs(n_jets)
    size = pace.batch_size(n_jets, epochs)
    batches = keras_batches(keras, jets, -(-n_jets // (size * jets.n_pools)))
    _compile(keras, model, pace.learning_rate, epochs=epochs, n_batches=len(batches))
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
            ),
            keep_best(keras, history, epochs),
        ],
        verbose=0,
    )
    return history


def _compile(keras: Any, model: Any, learning_rate: float, *, epochs: int, n_batches: int) -> None:
    model.compile(
        # The steps shrink to nothing along a cosine, and the noise of the batches with them.
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(learning_rate, epochs * n_batches),
            beta_2=0.99,  # of hundreds of steps, the first should be forgotten at the end
        ),
        loss="sparse_categorical_crossentropy",
        # With PyTorch, Keras takes one step at a time. Keras before 3.7 fails if it is to take
        # more than there are.
        steps_per_execution=1
        if keras.backend.backend() == "torch"
        else min(_STEPS_AT_ONCE, n_batches),
    )
