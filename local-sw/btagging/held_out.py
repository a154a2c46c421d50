"""The jets that the training must not see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SHARE = 5  # one jet of so many
_MOST = 2_000_000  # jets: their cross-entropy is then known to a few 1e-4
_BLOCK = 1000  # jets


@dataclass(frozen=True)
class HeldOut:
    """Which jets are held out: whole blocks of neighbours.

    The jets of an event stand in a row and share its event and its quarks: single jets drawn at
    random would leave a brother in the training.

    Parameters
    ----------
    block
        Jets in a block.
    chosen
        True for a block that is held out, of shape (blocks,).
    """

    block: int
    chosen: NDArray[np.bool_]

    def mask(self, first: int, n: int) -> NDArray[np.bool_]:
        """Tell of `n` jets in a row, from number `first` on, which are held out."""
        return self.chosen[np.arange(first, first + n) // self.block]


def choose(n_jets: int, seed: int) -> HeldOut:
    """Hold out a fifth of the jets, or two million where a fifth would be more.

    Of each few neighbouring blocks it is one. So the held-out jets are the same mixture as the
    others, also in a file that is sorted by flavour.

    Parameters
    ----------
    n_jets
        How many there are, in all files.
    seed
        Chooses the blocks.
    """
    block = min(_BLOCK, max(1, n_jets // (10 * _SHARE)))
    n_blocks = -(-n_jets // block)
    share = max(_SHARE, -(-n_jets // _MOST))
    starts = np.arange(0, n_blocks - share + 1, share)
    chosen = np.zeros(n_blocks, bool)
    chosen[starts + np.random.default_rng(seed).integers(share, size=len(starts))] = True
    return HeldOut(block, chosen)
