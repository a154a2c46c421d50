"""Go back to the weights of an earlier epoch, where the network got worse on jets new to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.network.dense import evaluate
from btagging.network.network import Network

_RISE = 1.01
"""A cross-entropy that is larger by this factor is clearly larger."""

_SPREAD_FROM = 50_000
"""Jets that tell how much the cross-entropy differs from jet to jet."""


def kept_epoch(history: Mapping[str, Sequence[float]]) -> int:
    """Choose the epoch to keep: the last, unless an earlier one is clearly better.

    The held-out cross-entropy always goes a little up and down, and the last steps, which are the
    smallest, come closest to the optimum. Jets are learnt by heart where it ends clearly above
    its minimum, and above that of the training jets.

    Parameters
    ----------
    history
        Keras's, with `loss` and `val_loss` of each epoch.

    Returns
    -------
    int
        The first epoch is 1.
    """
    loss, held_out = history["loss"][-1], history["val_loss"]
    best = min(held_out)
    risen = held_out[-1] > _RISE * max(best, loss)
    return held_out.index(best) + 1 if risen else len(held_out)


def summary(history: Mapping[str, Sequence[float]]) -> str:
    """Say which epoch is kept."""
    kept, epochs = kept_epoch(history), len(history["loss"])
    why = ": its held-out cross-entropy was the lowest" if kept < epochs else ""
    return f"kept epoch {kept} of {epochs}{why}"


def held_out_error(
    network: Network,
    values: NDArray[np.float32],
    flavours: NDArray[np.uint8],
    weights: NDArray[np.float32] | None = None,
) -> float:
    """Return the statistical error of the mean cross-entropy of a network.

    Parameters
    ----------
    network
        That of the epoch that is kept.
    values, flavours
        The held-out jets, as the network sees them, and their places in `FLAVOURS`.
    weights
        How much each counts, if not all the same.
    """
    some = spread(len(values))
    probabilities = evaluate(network.layers, values[some].astype(np.float64))
    of_some = None if weights is None else weights[some]
    return loss_error(probabilities, flavours[some], of_some, len(values))


def spread(n_jets: int) -> slice:
    """Choose as many jets as are needed to know how their cross-entropies differ."""
    return slice(None, None, -(-n_jets // _SPREAD_FROM))


def loss_error(
    probabilities: NDArray[np.floating],
    flavours: NDArray[np.uint8],
    weights: NDArray[np.float32] | None,
    n_jets: int,
) -> float:
    """Return the statistical error of the mean cross-entropy of `n_jets` jets.

    Parameters
    ----------
    probabilities, flavours, weights
        Of some of the jets: what a network gives, their places in `FLAVOURS`, and how much each
        counts, if not all the same.
    n_jets
        How many there are.
    """
    true = np.take_along_axis(probabilities, flavours[:, np.newaxis].astype(np.intp), axis=1)
    loss = -np.log(np.maximum(true, 1e-7))  # as Keras does
    if weights is None:
        return float(loss.std() / np.sqrt(n_jets))
    w = weights.astype(np.float64)
    apart = w * (loss[:, 0] - np.average(loss[:, 0], weights=w))
    return float(np.sqrt(np.square(apart).sum() * len(w) / n_jets) / w.sum())


def keep_best(keras: Any, epochs: int) -> Any:
    """Let Keras go back to the epoch to keep, at the end of the training.

    Parameters
    ----------
    keras
        The module.
    epochs
        How many there are.

    Returns
    -------
    keras.callbacks.Callback
        For `fit`.
    """

    class KeepBest(keras.callbacks.EarlyStopping):  # type: ignore[misc]
        def on_train_end(self, logs: Any = None) -> None:
            if kept_epoch(self.model.history.history) < epochs:
                super().on_train_end(logs)

    # With such a patience it never stops a training.
    return KeepBest("val_loss", mode="min", patience=epochs, restore_best_weights=True)
