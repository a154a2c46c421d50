"""The bins of a discriminant, and histograms in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.flavours import COUNTED, Flavour

NAN, UNDERFLOW, BINS, OVERFLOW = 0, 1, slice(2, -1), -1
"""The slots of an axis; a jet without a value is the least b-like, so its slot is the first."""


@dataclass(frozen=True)
class Axis:
    """Equal bins in a discriminant, and slots for NaN, under- and overflow.

    Parameters
    ----------
    bounds
        Of the equal bins, of which there are `n_bins`.
    n_tail
        Number of ever wider bins on each side, up to the largest float32.
    """

    discriminant: Discriminant
    bounds: tuple[float, float]
    n_bins: int
    n_tail: int = 0

    @property
    def n_slots(self) -> int:
        """Number of bins, and of slots for the others."""
        return self.n_bins + 2 * self.n_tail + 3

    @cached_property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins, of shape (bins + 1,)."""
        low, high = self.bounds
        # The first is as wide as the equal ones, each next one by the same factor wider.
        tail = np.geomspace((high - low) / self.n_bins, 1e39, self.n_tail)
        equal = np.linspace(low, high, self.n_bins + 1)
        return np.concatenate([np.subtract(low, tail)[::-1], equal, np.add(high, tail)])

    @cached_property
    def _floor(self) -> NDArray[np.float64]:
        """The lower end of each slot."""
        return np.concatenate([[np.nan, -np.inf], self.edges])

    @cached_property
    def _ceiling(self) -> NDArray[np.float64]:
        """The upper end of each slot; NaN for the last, since no value is beyond it."""
        return np.append(self._floor[1:], np.nan)

    def find(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Find each value's slot.

        The same as `np.histogram` with the bins `[-inf, *edges, inf]`: an edge belongs to the
        bin above it.
        """
        low, high = self.bounds
        first = 2 + self.n_tail  # of the equal bins
        # In place: to allocate new arrays takes longer than to compute.
        guess = values - low
        with np.errstate(over="ignore"):
            guess *= self.n_bins / (high - low)
        guess += first
        np.fmax(guess, first - 1, out=guess)
        np.fmin(guess, first + self.n_bins, out=guess)
        slot = guess.astype(np.intp)
        # Rounding may have put a value into the next bin: only the edges decide.
        slot -= values < self._floor.take(slot, out=guess, mode="clip")
        slot += values >= self._ceiling.take(slot, out=guess, mode="clip")
        self._find_others(values, slot, first)
        return slot

    def _find_others(self, values: NDArray[np.float64], slot: NDArray[np.intp], first: int) -> None:
        """Correct the slots of values in none of the equal bins."""
        # Below the first bin, the difference is a very large unsigned number.
        others = np.flatnonzero((slot - first).view(np.uintp) >= self.n_bins)
        rest = values[others]
        found = np.searchsorted(self.edges, rest, side="right") + 1
        slot[others] = np.where(np.isnan(rest), NAN, found)


@dataclass(frozen=True)
class Histogram:
    """Jets in bins.

    Parameters
    ----------
    sums
        Of the jets' weights, of shape (flavours, slots) or (flavours, slots, slots), or of one
        flavour only. Without weights the numbers of jets, int64.
    squares
        Sums of the squares of the weights, for errors; without weights the same array.
    """

    sums: NDArray[Any]
    squares: NDArray[Any]

    def map(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Histogram:
        """Do the same to both arrays."""
        sums = change(self.sums)
        return Histogram(sums, sums if self.squares is self.sums else change(self.squares))

    def of(self, flavour: Flavour) -> Histogram:
        """Take the jets of a flavour."""
        return self.map(lambda values: values[COUNTED.index(flavour)])
