"""The jets that the training must not see."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SHARE = 5  # one jet of so many
_MOST = 2_000_000  # jets: their cross-entropy is then known to a few 1e-4
_BLOCK = 1000  # jets


@dataclass(frozen=True)
class HeldOut:
    """Which jets are held out: whole blocks of neighbours.

    The jets of an event are neighbours and share its quarks: single jets at random would leak jets
    of one event into the training.

    Parameters
    ----------
    ranges
        The first jet of each block and the one after its last, in ascending order.
    """

    ranges: Sequence[tuple[int, int]]

    @property
    def n_jets(self) -> int:
        """Number of held-out jets."""
        return sum(stop - start for start, stop in self.ranges)

    def common(self, other: HeldOut) -> HeldOut:
        """Take the jets that are held out of both."""
        found = [
            (max(start, first), min(stop, last))
            for start, stop in self.ranges
            for first, last in other.part(start, stop - start).shifted(start)
        ]
        return HeldOut(found)

    def shifted(self, by: int) -> list[tuple[int, int]]:
        """Return the ranges, counted from `by` jets earlier."""
        return [(start + by, stop + by) for start, stop in self.ranges]

    def part(self, first: int, n: int) -> HeldOut:
        """Take `n` jets in a row, such as those of a file, and count from their first."""
        begin = bisect_right(self.ranges, first, key=lambda block: block[1])
        end = bisect_left(self.ranges, first + n, key=lambda block: block[0])
        blocks = self.ranges[begin:end]
        return HeldOut([(max(a - first, 0), min(b - first, n)) for a, b in blocks])

    def mask(self, first: int, n: int) -> NDArray[np.bool_]:
        """Tell which of `n` jets in a row, from number `first` on, are held out; of shape (n,)."""
        result = np.zeros(n, bool)
        for start, stop in self.part(first, n).ranges:
            result[start:stop] = True
        return result


def choose(n_jets: int, seed: int) -> HeldOut:
    """Hold out a fifth of the jets, or two million where a fifth would be more.

    One of every few neighbouring blocks is held out, at random. So the held-out jets are the same
    mixture as the others, also in a file that is sorted by flavour.
    """
    block = min(_BLOCK, max(1, n_jets // (10 * _SHARE)))
    n_blocks = -(-n_jets // block)
    share = max(_SHARE, -(-n_jets // _MOST))
    starts = np.arange(0, n_blocks - share + 1, share)
    chosen = starts + np.random.default_rng(seed).integers(share, size=len(starts))
    return HeldOut([(i * block, min((i + 1) * block, n_jets)) for i in chosen.tolist()])
