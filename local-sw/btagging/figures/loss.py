"""The picture of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from btagging.figures.style import new_figure
from btagging.jets.stream import Jets
from btagging.training.best_epoch import kept_epoch

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_loss(jets: Jets, n_jets: int, history: Mapping[str, Sequence[float]]) -> Figure:
    """Draw how the cross-entropy fell.

    Parameters
    ----------
    jets
        What the caption says.
    n_jets
        Number of jets used, the held-out ones among them.
    history
        Keras's, with `loss` and `val_loss` of each epoch.
    """
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(jets, n_jets, (6.4, 4.6), margins=(0.8, 0.2, 0.65, 0.6))
    panel = figure.subplots()
    epochs, kept = np.arange(1, len(history["loss"]) + 1), kept_epoch(history)
    when = "at the end" if kept == epochs[-1] else f"in epoch {kept}, which is kept"
    held_out = f"held-out jets, {history['val_loss'][kept - 1]:.4f} {when}"
    # The weights change while Keras takes the mean of the training loss: half an epoch earlier.
    panel.plot(epochs - 0.5, history["loss"], "s-", color="tab:gray", label="training jets")
    panel.plot(epochs, history["val_loss"], "o--", color="black", label=held_out, clip_on=False)
    panel.set(xlabel="epochs", ylabel="mean cross-entropy", xlim=(0, epochs[-1]))
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    panel.legend(loc="best")
    return figure
