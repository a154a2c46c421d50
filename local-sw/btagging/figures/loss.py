"""The picture of the loss during a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from btagging.figures import style
from btagging.jets.stream import Jets
from btagging.training.best_epoch import kept_epoch

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_loss(
    jets: Jets, n_jets: Sequence[int], history: Mapping[str, Sequence[float]], error: float
) -> Figure:
    """Draw the cross-entropy of each epoch.

    Parameters
    ----------
    jets, n_jets
        For the caption; the number of each flavour includes held-out jets.
    history
        Keras's, with `loss` and `val_loss` of each epoch.
    error
        The statistical error of the held-out cross-entropy in the epoch that is kept.
    """
    from matplotlib.ticker import MaxNLocator

    figure = style.new_figure(jets, n_jets, (6.4, 4.8))
    panel = figure.subplots()
    epochs, kept = np.arange(1, len(history["loss"]) + 1), kept_epoch(history)
    final = history["val_loss"][kept - 1]
    when = "at the end" if kept == epochs[-1] else f"in epoch {kept}, which is kept"
    held_out = f"held-out jets, {with_error(final, error)} {when}"
    # The training loss is a mean over the epoch, so it belongs to the middle of it.
    panel.plot(epochs - 0.5, history["loss"], "s-", color="tab:gray", label="training jets")
    panel.plot(epochs, history["val_loss"], "o--", color="black", label=held_out)
    panel.errorbar(kept, final, error, color="black", capsize=4)
    panel.set_xlim(0, 1.06 * epochs[-1])
    panel.margins(y=0.2)
    style.label_axes(panel, "epoch", "mean cross-entropy")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    panel.legend(loc="best", fontsize=11)
    return figure


def with_error(value: float, error: float) -> str:
    """Write a number with two digits of its error, and as many of its own."""
    if not 0 < error < math.inf:
        return f"{value:.4f}"
    digits = max(0, 1 - int(f"{error:.1e}".partition("e")[2]))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
