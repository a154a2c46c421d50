"""Training jets for Keras, batch by batch."""

from __future__ import annotations

from typing import Any

from btagging.training.shuffling import Batch, ShuffledJets

_STEPS_AT_ONCE = 16


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
            self._epoch = 0

        def __len__(self) -> int:
            return jets.n_pools * per_pool

        def __getitem__(self, i: int) -> Batch:
            return jets.batch(self._epoch, i, per_pool)

        def on_epoch_end(self) -> None:
            self._epoch += 1

    return Batches()


def steps_at_once(keras: Any, n_batches: int) -> int:
    """Choose how many batches Keras hands to its backend at once, which saves time."""
    # With PyTorch it can only be one. Keras before 3.7 fails with more than there are.
    return 1 if keras.backend.backend() == "torch" else min(_STEPS_AT_ONCE, n_batches)
