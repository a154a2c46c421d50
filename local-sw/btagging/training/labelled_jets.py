"""All jets with their flavours: what comes before a training goes through them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from btagging.flavours import FLAVOURS, LIGHT, flavour_index
from btagging.jets.held_out import HeldOut
from btagging.jets.stream import Batch, Jets


@dataclass(frozen=True)
class LabelledJets:
    """Some jets.

    Parameters
    ----------
    batch
        Their fields.
    passed, held_out
        Whether each passes the cuts of `Jets.where`, and whether it is not to train on.
    flavour
        Its place in `FLAVOURS`; ``len(FLAVOURS)`` if it is of none, or fails the cuts.
    """

    batch: Batch
    passed: NDArray[np.bool_]
    held_out: NDArray[np.bool_]
    flavour: NDArray[np.intp]

    @property
    def used(self) -> NDArray[np.bool_]:
        """Whether each jet is trained on or held out."""
        return self.flavour < len(FLAVOURS)

    @property
    def training(self) -> NDArray[np.bool_]:
        """Whether each jet is trained on."""
        return self.used & ~self.held_out

    @property
    def light(self) -> NDArray[np.bool_]:
        """Whether each is a light jet."""
        return self.flavour == FLAVOURS.index(LIGHT)


def labelled_jets(jets: Jets, fields: Sequence[str], held_out: HeldOut) -> Iterator[LabelledJets]:
    """Read some fields of all jets, also of those that fail the cuts.

    The held-out ones are known by their place among all.
    """
    names = [jets.label_field, *fields, *(condition.field for condition in jets.where)]
    first = 0
    for batch in replace(jets, where=()).batches(list(dict.fromkeys(names))):
        passed = jets.passing(batch)
        flavour = np.where(passed, flavour_index(batch[jets.label_field]), len(FLAVOURS))
        yield LabelledJets(batch, passed, held_out.mask(first, len(passed)), flavour)
        first += len(passed)
