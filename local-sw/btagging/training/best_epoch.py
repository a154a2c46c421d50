"""The weights of the best epoch, for Keras."""

from __future__ import annotations

from typing import Any

from btagging.training.history import History


def keep_best(keras: Any, history: History, epochs: int) -> Any:
    """Let Keras go back to the best epoch, if the network got worse on jets it has not seen.

    Parameters
    ----------
    keras
        The module.
    history
        Says which epoch is kept.
    epochs
        How many there are.

    Returns
    -------
    keras.callbacks.Callback
        For `fit`.
    """

    class KeepBest(keras.callbacks.EarlyStopping):  # type: ignore[misc]
        def on_train_end(self, logs: Any = None) -> None:
            if history.kept < epochs:
                super().on_train_end(logs)

    # With such a patience it never stops a training.
    return KeepBest("val_loss", mode="min", patience=epochs, restore_best_weights=True)
