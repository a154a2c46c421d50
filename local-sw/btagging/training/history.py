"""How the cross-entropy fell during a training."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

_RISE = 1.01
"""A cross-entropy that is larger by this factor is clearly larger."""


class History:
    """Collects what Keras reports, and prints a line an epoch.

    Parameters
    ----------
    n_batches
        Batches in an epoch, all of the same size.
    epochs
        Number of epochs.
    batch_size
        Jets in a batch.
    """

    def __init__(self, n_batches: int, epochs: int, batch_size: int) -> None:
        self._n_batches, self._epochs, self._batch_size = n_batches, epochs, batch_size
        self._epoch = 0
        self._before = (0, 0.0)  # batches, and sum of their cross-entropies, in this epoch
        self._start = time.monotonic()
        self._loss = 0.0  # of the training jets, in the last epoch
        self.training: list[tuple[float, float]] = []
        """Epochs so far, and the mean cross-entropy of the batches since the point before."""
        self.validation: list[tuple[float, float]] = []
        """Epochs so far, and the mean cross-entropy of the held-out jets."""

    def add_batches(self, step: int, logs: Mapping[str, float]) -> None:
        """Note the loss after some batches, of which `step` is the last in this epoch."""
        n = step + 1
        total = n * logs["loss"]  # Keras gives the mean since the epoch's begin
        n_before, total_before = self._before
        epochs = self._epoch + 0.5 * (n + n_before) / self._n_batches
        self.training.append((epochs, (total - total_before) / (n - n_before)))
        self._before = (n, total)

    def add_epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Note the losses after an epoch; the first has the number 0."""
        self._epoch, self._before, self._loss = epoch + 1, (0, 0.0), logs["loss"]
        self.validation.append((self._epoch, logs["val_loss"]))
        print(
            f"epoch {self._epoch}/{self._epochs}: cross-entropy {logs['loss']:.5f}, of the "
            f"held-out jets {logs['val_loss']:.5f}, {time.monotonic() - self._start:.1f} s"
        )

    @property
    def kept(self) -> int:
        """The epoch whose weights are kept: the last, unless an earlier one is clearly better.

        The held-out cross-entropy always goes a little up and down, and the last steps, which
        are the smallest, come closest to the optimum. Jets are learnt by heart where it ends
        clearly above its minimum, and above that of the training jets.
        """
        last, best = self.validation[-1], min(self.validation, key=lambda point: point[1])
        return int((best if last[1] > _RISE * max(best[1], self._loss) else last)[0])

    def summary(self) -> str:
        """Say which epoch is kept, if it is not the last."""
        if self.kept == self._epoch:
            return ""
        return f"kept epoch {self.kept} of {self._epoch}: its held-out cross-entropy was the lowest"

    def as_dict(self) -> dict[str, Any]:
        """Give all of it, for a JSON file."""
        return {
            "batch_size": self._batch_size,
            "kept_epoch": self.kept,
            "training": _columns(self.training),
            "validation": _columns(self.validation),
        }


def _columns(points: list[tuple[float, float]]) -> dict[str, list[float]]:
    return {"epochs": [x for x, _ in points], "cross_entropy": [y for _, y in points]}
