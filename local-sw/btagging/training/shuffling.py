"""The training jets in a random order: that in the files must not matter."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from btagging.training.reader import RowRange, TrainingReader
from btagging.training.training_jets import Batch, TrainingJets

_MEMORY = 300_000_000  # bytes for the jets of a pool: 33 million with two inputs


class ShuffledJets:
    """Gives the training jets in batches, each jet once an epoch.

    While they all fit in memory they are in one pool, which is shuffled anew for each epoch. Of
    more, a pool at a time is read: parts from all over the files.

    Parameters
    ----------
    parts
        Where the jets come from.
    seed
        Of their order.
    memory
        Bytes for the jets of a pool; the shuffling takes half as much again. None: as many as
        are usually there.
    """

    def __init__(self, parts: TrainingReader, seed: int, memory: int | None = None) -> None:
        self._parts, self._seed = parts, seed
        n_pools = math.ceil(parts.n_bytes / (memory or _MEMORY))
        self._pools = assign_to_pools(parts.all(), n_pools, seed)
        self._in_memory, self._shuffled = -1, (-1, -1)  # which pool; which epoch and pool
        self._jets: TrainingJets | None = None
        self._order = np.empty(0, np.uint32)

    @property
    def n_pools(self) -> int:
        """How many pools there are."""
        return len(self._pools)

    def batch(self, epoch: int, i: int, n_batches: int) -> Batch:
        """Take a batch.

        Parameters
        ----------
        epoch
            In each the order is another one.
        i
            The number of the batch in the epoch. To go through them by number is fastest.
        n_batches
            How many a pool gives. They differ by one jet at most.
        """
        pool, i = divmod(i, n_batches)
        if self._shuffled != (epoch, pool):
            self._shuffle(epoch, pool)
        n = len(self._order)
        rows = self._order[i * n // n_batches : (i + 1) * n // n_batches]
        assert self._jets  # of this pool
        return self._jets.arrays(rows)

    def _shuffle(self, epoch: int, pool: int) -> None:
        # What was in memory must go first: there is no room for both.
        self._order = np.empty(0, np.uint32)
        if self._jets is None or self._in_memory != pool:
            self._jets = None
            self._jets, self._in_memory = self._parts.training(self._pools[pool]), pool
        self._order = np.arange(len(self._jets.flavours), dtype=np.uint32)
        np.random.default_rng([self._seed, epoch, pool]).shuffle(self._order)
        self._shuffled = epoch, pool


def assign_to_pools(parts: Sequence[RowRange], n_pools: int, seed: int) -> list[list[RowRange]]:
    """Spread parts over pools that are as like each other as can be.

    Of each few neighbours, every pool gets one. So in a file that is sorted by flavour, or made
    of one sample after the other, each pool has the mixture of the whole.

    Parameters
    ----------
    parts
        In the order of the files.
    n_pools
        How many pools; with fewer parts, a pool for each.
    seed
        Chooses who gets which.
    """
    n_pools = min(n_pools, len(parts))
    rng = np.random.default_rng(seed)
    pools: list[list[RowRange]] = [[] for _ in range(n_pools)]
    for start in range(0, len(parts), n_pools):
        order = rng.permutation(n_pools)
        for i, part in enumerate(parts[start : start + n_pools]):
            pools[order[i]].append(part)
    return pools
