"""Jets for Keras, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Batch = tuple[NDArray[np.float32], NDArray[np.uint8]]
"""Inputs, of shape (jets, inputs), and flavours, of shape (jets,)."""


def keras_batches(
    keras: Any,
    take: Callable[[NDArray[np.uint32]], Batch],
    rows: NDArray[np.uint32],
    size: int,
    rng: np.random.Generator | None = None,
) -> Any:
    """Give Keras the jets in these rows, batch by batch.

    Parameters
    ----------
    keras
        The module.
    take
        From row numbers to the inputs and flavours of these jets.
    rows
        The jets; with `rng` they are shuffled in place.
    size
        Jets in a batch.
    rng
        Shuffles the jets anew for each epoch, so that their order in the files does not
        matter. Keras's own shuffling takes the same order for each epoch when the seed is
        fixed.

    Returns
    -------
    keras.utils.PyDataset
        For `fit`.
    """

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.on_epoch_end()

        def __len__(self) -> int:
            return -(-len(rows) // size)

        def __getitem__(self, i: int) -> Batch:
            return take(rows[i * size : (i + 1) * size])

        def on_epoch_end(self) -> None:
            if rng:
                rng.shuffle(rows)

    return Batches()
