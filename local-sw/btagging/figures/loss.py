"""The picture of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btagging.figures.style import new_figure
from btagging.jets.stream import Jets
from btagging.training.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_loss(jets: Jets, n_jets: int, history: History) -> Figure:
    """Draw how the cross-entropy fell.

    Parameters
    ----------
    jets
        What the caption says.
    n_jets
        Number of jets used, the held-out ones among them.
    history
        Of the training.
    """
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(jets, n_jets, (6.4, 4.6), margins=(0.8, 0.2, 0.65, 0.6))
    panel = figure.subplots()
    epochs = history.validation[-1][0]
    kept, lowest = history.validation[history.kept - 1]
    when = "at the end" if kept == epochs else f"in epoch {kept}, which is kept"
    panel.plot(*np.transpose(history.training), color="tab:gray", label="training")
    panel.plot(
        *np.transpose(history.validation),
        "o--",
        color="black",
        label=f"held-out jets, {lowest:.4f} {when}",
        clip_on=False,
    )
    panel.set(xlabel="epochs", ylabel="mean cross-entropy", xlim=(0, epochs))
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    panel.legend(loc="best")
    return figure
