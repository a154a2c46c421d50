"""How often each jet is seen, in batches of which size, and in how large steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

_FEW, _MANY = 100_000, 700_000  # jets
_MOST_EPOCHS = 20


class Schedule(NamedTuple):
    """How to go down to the minimum of the loss.

    Parameters
    ----------
    learning_rate
        Size of the first steps.
    steps
        How many it takes, however large the batches are.
    epochs
        How often to see each jet, if they are neither few nor many.
    """

    learning_rate: float
    steps: int
    epochs: int

    def default_epochs(self, n_jets: int) -> int:
        """Choose how often to see each jet: of many jets fewer times, of few jets more times."""
        if n_jets < _FEW:
            return min(self.epochs * _FEW // n_jets, _MOST_EPOCHS)
        return max(self.epochs * min(n_jets, _MANY) // n_jets, 1)

    def batch_size(self, n_jets: int, epochs: int) -> int:
        """Choose the jets in a batch, a power of two: the more jets in a batch the faster."""
        wanted = n_jets * min(epochs, self.default_epochs(n_jets)) / self.steps
        return int(2 ** min(max(round(math.log2(wanted)), 5), 14))


# A single layer has one minimum, which large steps find; hidden layers are more delicate.
SINGLE, HIDDEN = Schedule(0.2, 250, 3), Schedule(0.01, 1000, 10)
TRACKS = Schedule(0.005, 2500, 15)
"""That of a network on tracks."""


def schedule_for(hidden: Sequence[int]) -> Schedule:
    """Choose the schedule of a network with these hidden layers."""
    return HIDDEN if hidden else SINGLE
