"""Count jets in bins of discriminants, flavour by flavour, in one pass over the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.flavours import COUNTED, FLAVOURS, flavour_index
from btagging.jets import stream
from btagging.jets.stream import BATCH_SIZE, Batch, Jets
from btagging.performance.axis import Axis, Histogram

EVENT_WEIGHT = "mcEventWeight"
"""A field whose values should be used as weights where they are not 1."""


@dataclass(frozen=True)
class Counts:
    """The result of one pass over the jets.

    Parameters
    ----------
    histograms
        In the order of the request.
    n_jets
        Of each flavour, of shape (flavours,).
    left_out
        Number of jets with each label that is no flavour's.
    n_failing
        Number of jets that fail the cuts of `Jets.where`.
    n_negative
        Number of jets of the flavours with a negative weight.
    forgotten
        Whether there are event weights other than 1 that were not used.
    """

    histograms: tuple[Histogram, ...]
    n_jets: NDArray[np.int64]
    left_out: Mapping[int, int]
    n_failing: int = 0
    n_negative: int = 0
    forgotten: bool = False


class JetHistograms:
    """Histograms in one or more dimensions, all filled in the same pass over the jets.

    Parameters
    ----------
    histograms
        The axes of each histogram.
    weight
        The field of `/jets` with the jets' weights; None: each jet counts once.
    taus
        Whether to count tau-jets, which otherwise are left out.
    """

    def __init__(
        self,
        jets: Jets,
        histograms: Sequence[Sequence[Axis]],
        weight: str | None = None,
        *,
        taus: bool = False,
    ) -> None:
        self._jets, self._histograms, self._weight = jets, histograms, weight
        self._flavours = COUNTED if taus else FLAVOURS
        self._axes = {axis for histogram in histograms for axis in histogram}
        n_rows = len(self._flavours) + 1  # one for the jets that are left out
        shapes = [(n_rows, *(axis.n_slots for axis in some)) for some in histograms]
        self._sums = [np.zeros(shape, float if weight else np.int64) for shape in shapes]
        self._squares = [np.zeros(shape) for shape in shapes] if weight else self._sums
        self._n_jets = np.zeros(n_rows, np.int64)
        self._left_out: Counter[int] = Counter()
        self._n_negative, self._forgotten = 0, False

    @property
    def fields(self) -> list[str]:
        """The fields of `/jets` that are needed to fill them."""
        fields = {field for axis in self._axes for field in axis.discriminant.fields}
        weight = self._weight or (EVENT_WEIGHT if EVENT_WEIGHT in self._jets.fields else None)
        return sorted(fields | {self._jets.label_field} | ({weight} if weight else set()))

    def fill(self, batch: Batch) -> None:
        """Count the jets of a batch.

        Raises
        ------
        UserError
            If a weight is not finite.
        """
        labels = batch[self._jets.label_field]
        flavour = flavour_index(labels, self._flavours)
        self._n_jets += np.bincount(flavour, minlength=len(self._n_jets))
        weights = self._weights(batch, flavour)
        slots = {axis: axis.find(axis.discriminant.compute(batch)) for axis in self._axes}
        for i, histogram in enumerate(self._histograms):
            index = (flavour, *(slots[axis] for axis in histogram))
            flat = np.ravel_multi_index(index, self._sums[i].shape)
            # Unlike bincount, this takes no time for bins without jets.
            np.add.at(self._sums[i].reshape(-1), flat, 1 if weights is None else weights)
            if weights is not None:
                np.add.at(self._squares[i].reshape(-1), flat, np.square(weights))
        others, n = np.unique(labels[flavour == len(self._flavours)], return_counts=True)
        self._left_out.update(dict(zip(others.tolist(), n.tolist(), strict=True)))

    def _weights(self, batch: Batch, flavour: NDArray[np.intp]) -> NDArray[np.float64] | None:
        if self._weight is None:
            self._forgotten |= EVENT_WEIGHT in batch and bool((batch[EVENT_WEIGHT] != 1).any())
            return None
        weights = batch[self._weight].astype(np.float64)
        if not np.isfinite(weights).all():
            raise UserError(
                f"{self._jets.paths[0]}: --weight {shown(self._weight)}: some jets have no finite "
                "weight; choose another field"
            )
        self._n_negative += int(np.count_nonzero((weights < 0) & (flavour < len(self._flavours))))
        return weights

    def counts(self) -> Counts:
        """Return what was counted.

        Raises
        ------
        UserError
            If no jet has a label of one of the flavours, or the weights of one do not add up to
            more than 0.
        """
        n_jets, n_read = self._n_jets[:-1], int(self._n_jets.sum())
        if not n_jets[: len(FLAVOURS)].any():
            ids = ", ".join(str(flavour.label) for flavour in FLAVOURS)
            cuts = " and ".join(map(str, self._jets.where))
            raise UserError(
                f"{self._jets.paths[0]}: no jet {f'with {cuts} ' if cuts else ''}has one of the "
                f"labels {ids} in {self._jets.label_field}"
            )
        pairs = zip(self._sums, self._squares, strict=True)
        found = tuple(
            Histogram(sums, squares).map(lambda all_: all_[:-1]) for sums, squares in pairs
        )
        self._require_positive(found[0].sums.reshape(len(n_jets), -1).sum(axis=1), n_jets)
        left_out = dict(sorted(self._left_out.items()))
        failing = self._jets.n_jets - n_read
        return Counts(found, n_jets, left_out, failing, self._n_negative, self._forgotten)

    def _require_positive(self, totals: NDArray[Any], n_jets: NDArray[np.int64]) -> None:
        for flavour, total, n in zip(self._flavours, totals, n_jets, strict=True):
            if n and not total > 0:
                raise UserError(
                    f"{self._jets.paths[0]}: --weight {shown(self._weight)}: the weights of the "
                    f"{flavour.name} add up to {total:g}, so that there are no shares of them"
                )


def count_jets(
    jets: Jets,
    histograms: Sequence[Sequence[Axis]],
    weight: str | None = None,
    *,
    taus: bool = False,
    size: int = BATCH_SIZE,
) -> Counts:
    """Fill `JetHistograms` with all jets, in batches of `size`, which does not change the result.

    Raises
    ------
    UserError
        If the jets have no labels, or none of them has a label of one of the flavours.
    """
    filled = JetHistograms(jets, histograms, weight, taus=taus)
    for batch in jets.batches(filled.fields, size):
        filled.fill(batch)
    return filled.counts()


def summary(jets: Jets, counts: Counts, weight: str | None = None) -> str:
    """Say what was read and counted, and what was left out and why."""
    lines = [stream.summary(jets, counts.left_out, counts.n_failing)]
    if weight:
        negative = f"; {counts.n_negative:,} are negative, and count" if counts.n_negative else ""
        lines.append(f"weighted by {shown(weight)}{negative}")
    if counts.forgotten:
        lines.append(f"{EVENT_WEIGHT} is not 1, but not used: --weight {EVENT_WEIGHT} uses it")
    return "\n".join(lines)
