"""Training jets for Keras, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from btagging.training import best_epoch
from btagging.training.shuffling import ShuffledJets
from btagging.training.track_architecture import TRACKS, VALID
from btagging.training.training_jets import Batch, TrainingJets

_STEPS_AT_ONCE = 16
_AT_ONCE = 4096  # jets


def keras_batches(keras: Any, jets: ShuffledJets, n_jets: int, batch_size: int) -> Any:
    """Give Keras the jets, in another order for each epoch.

    Keras's own shuffling takes the same order for each epoch when the seed is fixed, and wants
    all jets in memory.

    Parameters
    ----------
    keras
        The module.
    jets
        To train on.
    n_jets
        How many there are.
    batch_size
        Jets in a batch, about.

    Returns
    -------
    keras.utils.PyDataset
        For `fit`.
    """
    per_pool = -(-n_jets // (batch_size * jets.n_pools))

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.epoch = 0

        def __len__(self) -> int:
            return jets.n_pools * per_pool

        def __getitem__(self, i: int) -> Batch:
            return _first_wider(i, jets.batch(self.epoch, i, per_pool))

        def on_epoch_end(self) -> None:
            self.epoch += 1

    return Batches()


def in_order(keras: Any, jets: TrainingJets, batch_size: int) -> Any:
    """Give Keras jets that are in memory, from the first to the last.

    Parameters
    ----------
    keras
        The module.
    jets
        Such as those that are held out.
    batch_size
        Jets in a batch.

    Returns
    -------
    keras.utils.PyDataset
        For `fit`.
    """
    n_jets = len(jets.flavours)

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return -(-n_jets // batch_size)

        def __getitem__(self, i: int) -> Batch:
            return _first_wider(i, jets.arrays(slice(i * batch_size, (i + 1) * batch_size)))

    return Batches()


def _first_wider(i: int, batch: Batch) -> Batch:
    """Give jets in batch 0 one more place for tracks, which stays empty.

    Keras takes a dimension that is the same in the first two batches for that of all batches. The
    others have multiples of 8 places, so that none is as wide as this one.
    """
    values, *others = batch
    if i == 0 and isinstance(values, dict):
        wider = {name: np.pad(values[name], [(0, 0), (0, 1), (0, 0)]) for name in (TRACKS, VALID)}
        values = values | wider
    return values, *others


def steps_at_once(keras: Any, n_batches: int) -> int:
    """Choose how many batches Keras hands to its backend at once, which saves time."""
    # With PyTorch it can only be one. Keras before 3.7 fails with more than there are.
    return 1 if keras.backend.backend() == "torch" else min(_STEPS_AT_ONCE, n_batches)


def held_out_error(model: Any, jets: TrainingJets) -> float:
    """Return the statistical error of the mean cross-entropy that a Keras model has for jets."""
    rows = np.arange(len(jets.flavours))
    some = rows[best_epoch.spread(len(rows))]
    parts = [some[i : i + _AT_ONCE] for i in range(0, len(some), _AT_ONCE)]
    found = [model.predict_on_batch(jets.arrays(part)[0]) for part in parts]
    weights = None if jets.weights is None else jets.weights[some]
    return best_epoch.loss_error(np.concatenate(found), jets.flavours[some], weights, len(rows))
