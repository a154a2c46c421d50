"""Training jets for Keras, batch by batch."""

from __future__ import annotations

from typing import Any

from btagging.training.shuffling import Batch, ShuffledJets


def keras_batches(keras: Any, jets: ShuffledJets, n_batches: int) -> Any:
    """Give Keras the jets, in another order for each epoch.

    Keras's own shuffling takes the same order for each epoch when the seed is fixed.

    Parameters
    ----------
    keras
        The module.
    jets
        To train on.
    n_batches
        Number of batches for each pool of jets.

    Returns
    -------
    keras.utils.PyDataset
        For `fit`.
    """

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._epoch = 0

        def __len__(self) -> int:
            return jets.n_pools * n_batches

        def __getitem__(self, i: int) -> Batch:
            return jets.batch(self._epoch, i, n_batches)

        def on_epoch_end(self) -> None:
            self._epoch += 1

    return Batches()
