"""What is known of the jets before the training: how many there are, and how their inputs lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError
from btagging.flavours import FLAVOURS, LIGHT, flavour_index
from btagging.held_out import HeldOut
from btagging.inputs import Input
from btagging.jets import Batch, Jets
from btagging.moments import Moments

_FEWEST = 10  # jets of a flavour


@dataclass(frozen=True)
class Survey:
    """What is known of the jets.

    Parameters
    ----------
    inputs
        With the normalisation that suits the training jets.
    training, held_out
        How many jets of each flavour, in the order of `FLAVOURS`.
    left_out
        How many jets were left out for their label, a label.
    """

    inputs: tuple[Input, ...]
    training: tuple[int, ...]
    held_out: tuple[int, ...]
    left_out: Mapping[int, int]


def survey(jets: Jets, inputs: Sequence[Input], held_out: HeldOut) -> Survey:
    """Look at all jets once.

    Raises
    ------
    UserError
        If there are too few jets of a flavour, an input is the same for all training jets, or
        the files cannot be used.
    """
    counts = np.zeros((2, len(FLAVOURS)), int)
    left_out: Counter[int] = Counter()
    moments = [(Moments(), Moments())] * len(inputs)
    first = 0
    for batch in jets.batches([jets.label_field, *dict.fromkeys(i.field for i in inputs)]):
        labels = batch[jets.label_field]
        flavour = flavour_index(labels)
        out = held_out.mask(first, len(labels))
        counts += [_count(flavour[~out]), _count(flavour[out])]
        left_out.update(_times(labels[flavour == len(FLAVOURS)]))
        more = _moments(inputs, batch, np.where(out, len(FLAVOURS), flavour))
        moments = [(m[0] + n[0], m[1] + n[1]) for m, n in zip(moments, more, strict=True)]
        first += len(labels)
    _check(jets, counts.sum(axis=0))
    measured = tuple(i.measured(*m) for i, m in zip(inputs, moments, strict=True))
    training, held = map(tuple, counts.tolist())
    return Survey(measured, training, held, dict(sorted(left_out.items())))


def summary(what: str, counts: Sequence[int]) -> str:
    """Say how many jets of each flavour there are."""
    pairs = zip(FLAVOURS, counts, strict=True)
    return f"{what}: " + ", ".join(f"{n:,} {flavour.name}" for flavour, n in pairs)


def _count(flavour: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.bincount(flavour, minlength=len(FLAVOURS) + 1)[: len(FLAVOURS)]


def _times(labels: NDArray[Any]) -> dict[int, int]:
    values, times = np.unique(labels, return_counts=True)
    return dict(zip(values.tolist(), times.tolist(), strict=True))


def _moments(
    inputs: Sequence[Input], batch: Batch, flavour: NDArray[np.intp]
) -> list[tuple[Moments, Moments]]:
    """Measure each input for the light jets, and for the c- and b-jets."""
    light = flavour == FLAVOURS.index(LIGHT)
    heavy = ~light & (flavour < len(FLAVOURS))
    values = (i.transformed(batch) for i in inputs)
    return [(Moments.of(x[light]), Moments.of(x[heavy])) for x in values]


def _check(jets: Jets, counts: Sequence[int]) -> None:
    for flavour, n in zip(FLAVOURS, counts, strict=True):
        if n < _FEWEST:
            raise UserError(
                f"{jets.paths[0]}: {n} {flavour.name} (label {flavour.label}) are too few to "
                f"train on; at least {_FEWEST} are needed"
            )
