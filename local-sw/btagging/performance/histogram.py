"""Counts of jets in bins of discriminants, flavour by flavour, in one pass over the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.errors import UserError
from btagging.flavours import FLAVOURS, flavour_index
from btagging.jets.stream import BATCH_SIZE, Batch, Jets

NAN, UNDERFLOW, BINS, OVERFLOW = 0, 1, slice(2, -1), -1
"""The slots of an axis, the least b-like first: a jet without a value is the least b-like."""


@dataclass(frozen=True)
class Axis:
    """Equal bins in a discriminant, and slots for NaN, under- and overflow.

    Parameters
    ----------
    discriminant
        What is counted.
    bounds
        From where to where the equal bins go.
    n_bins
        Number of bins between the bounds.
    n_tail
        Number of ever wider bins on each side of the bounds, as far as float32 numbers go.
    """

    discriminant: Discriminant
    bounds: tuple[float, float]
    n_bins: int
    n_tail: int = 0

    @property
    def n_slots(self) -> int:
        """Number of bins and of slots for the others."""
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
        """Where each slot begins."""
        return np.concatenate([[np.nan, -np.inf], self.edges])

    @cached_property
    def _ceiling(self) -> NDArray[np.float64]:
        """Where each slot ends; no value reaches the end of the last."""
        return np.append(self._floor[1:], np.nan)

    def find(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Find each value's slot.

        The same as `np.histogram` with the bins `[-inf, *edges, inf]`: an edge belongs to the
        bin above it.
        """
        low, high = self.bounds
        first = 2 + self.n_tail  # of the equal bins
        # In one array: to get new ones from the system takes longer than to compute.
        guess = values - low
        with np.errstate(over="ignore"):
            guess *= self.n_bins / (high - low)
        guess += first
        np.fmax(guess, first - 1, out=guess)
        np.fmin(guess, first + self.n_bins, out=guess)
        slot = guess.astype(np.intp)
        # Rounding may have put a value next door: only the edges decide.
        slot -= values < self._floor.take(slot, out=guess, mode="clip")
        slot += values >= self._ceiling.take(slot, out=guess, mode="clip")
        self._find_others(values, slot, first)
        return slot

    def _find_others(self, values: NDArray[np.float64], slot: NDArray[np.intp], first: int) -> None:
        """Put right what is in none of the equal bins, where a division finds no slot."""
        # Below the first one, the difference is a very large unsigned number.
        others = np.flatnonzero((slot - first).view(np.uintp) >= self.n_bins)
        rest = values[others]
        found = np.searchsorted(self.edges, rest, side="right") + 1
        slot[others] = np.where(np.isnan(rest), NAN, found)


@dataclass(frozen=True)
class Counts:
    """What one pass over the jets gives.

    Parameters
    ----------
    histograms
        In the order asked for, each of shape (flavours, slots) or (flavours, slots, slots).
    left_out
        Number of jets with each label that is no flavour's.
    """

    histograms: tuple[NDArray[np.int64], ...]
    left_out: Mapping[int, int]

    @property
    def n_jets(self) -> NDArray[np.int64]:
        """Number of jets of each flavour, of shape (flavours,)."""
        first = self.histograms[0]
        total: NDArray[np.int64] = first.reshape(len(first), -1).sum(axis=1)
        return total


class JetHistograms:
    """Histograms in one or more dimensions, all filled in the same pass over the jets.

    Parameters
    ----------
    jets
        Which field of them has the labels.
    histograms
        The axes of each histogram.
    """

    def __init__(self, jets: Jets, histograms: Sequence[Sequence[Axis]]) -> None:
        self._jets, self._histograms = jets, histograms
        self._axes = {axis for histogram in histograms for axis in histogram}
        self._counts = [_zeros(histogram) for histogram in histograms]
        self._left_out: Counter[int] = Counter()

    @property
    def fields(self) -> list[str]:
        """The fields of `/jets` that are needed to fill them."""
        fields = {field for axis in self._axes for field in axis.discriminant.fields}
        return sorted(fields | {self._jets.label_field})

    def fill(self, batch: Batch) -> None:
        """Count the jets of a batch."""
        labels = batch[self._jets.label_field]
        flavour = flavour_index(labels)
        slots = _slots(self._axes, batch)
        for histogram, count in zip(self._histograms, self._counts, strict=True):
            index = (flavour, *(slots[axis] for axis in histogram))
            # Unlike bincount, this costs nothing for bins without jets.
            np.add.at(count.reshape(-1), np.ravel_multi_index(index, count.shape), 1)
        others, n = np.unique(labels[flavour == len(FLAVOURS)], return_counts=True)
        self._left_out.update(dict(zip(others.tolist(), n.tolist(), strict=True)))

    def counts(self) -> Counts:
        """Return what was counted.

        Raises
        ------
        UserError
            If no jet has a label of one of the flavours.
        """
        if self._left_out.total() == self._jets.n_jets:
            ids = ", ".join(str(flavour.label) for flavour in FLAVOURS)
            raise UserError(
                f"{self._jets.paths[0]}: no jet has one of the labels {ids} in "
                f"{self._jets.label_field}"
            )
        counts = tuple(count[:-1] for count in self._counts)
        return Counts(counts, dict(sorted(self._left_out.items())))


def count_jets(
    jets: Jets, histograms: Sequence[Sequence[Axis]], *, size: int = BATCH_SIZE
) -> Counts:
    """Fill histograms with all jets.

    Parameters
    ----------
    jets
        The files.
    histograms
        The axes of each histogram.
    size
        Jets in a batch; the counts do not depend on it.

    Raises
    ------
    UserError
        If the jets have no labels, or none of them has a label of one of the flavours.
    """
    filled = JetHistograms(jets, histograms)
    for batch in jets.batches(filled.fields, size):
        filled.fill(batch)
    return filled.counts()


def _zeros(histogram: Sequence[Axis]) -> NDArray[np.int64]:
    """One row more than flavours: for the jets that are left out."""
    return np.zeros((len(FLAVOURS) + 1, *(axis.n_slots for axis in histogram)), np.int64)


def _slots(axes: set[Axis], batch: Batch) -> dict[Axis, NDArray[np.intp]]:
    return {axis: axis.find(axis.discriminant.compute(batch)) for axis in axes}
