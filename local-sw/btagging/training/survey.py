"""What is known of the jets before the training: how many there are, and how their inputs lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError
from btagging.flavours import FLAVOURS
from btagging.inputs import Input, unknown
from btagging.jets import stream
from btagging.jets.held_out import HeldOut
from btagging.jets.stream import Jets
from btagging.terminal import wrapped
from btagging.training.labelled_jets import labelled_jets
from btagging.training.moments import InputMoments, fit_normalisation

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
        How many jets were left out for their label, per label.
    n_failing
        How many fail the cuts of `Jets.where`.
    unknown
        For each input, how many of these jets have none, and how many lose it in its transform.
    """

    inputs: tuple[Input, ...]
    training: tuple[int, ...]
    held_out: tuple[int, ...]
    left_out: Mapping[int, int]
    n_failing: int
    unknown: tuple[tuple[int, int], ...]

    @property
    def used(self) -> list[int]:
        """How many jets of each flavour, held out or not."""
        return [sum(both) for both in zip(self.training, self.held_out, strict=True)]


def survey(jets: Jets, inputs: Sequence[Input], held_out: HeldOut) -> Survey:
    """Look at all jets once.

    Raises
    ------
    UserError
        If there are too few jets of a flavour to train on or none held out, an input is the same
        for all training jets, or the files cannot be used.
    """
    counts = np.zeros((2, len(FLAVOURS)), int)
    left_out: Counter[int] = Counter()
    n_unknown = np.zeros((len(inputs), 2), int)
    moments = [InputMoments()] * len(inputs)
    n_failing = 0
    for some in labelled_jets(jets, [i.field for i in inputs], held_out):
        n_failing += int(np.count_nonzero(~some.passed))
        counts += [_count(some.flavour[~some.held_out]), _count(some.flavour[some.held_out])]
        left_out.update(_times(some.batch[jets.label_field][some.passed & ~some.used]))
        values = [i.transformed(some.batch) for i in inputs]
        for count, i, x in zip(n_unknown, inputs, values, strict=True):
            count += (unknown(i, some.batch, x) & some.used).sum(axis=1)
        these, light = some.training, some.light[some.training]
        more = [InputMoments.of(x[these], light) for x in values]
        moments = [m + n for m, n in zip(moments, more, strict=True)]
    _check(jets, *counts)
    measured = tuple(fit_normalisation(i, m) for i, m in zip(inputs, moments, strict=True))
    training, held = map(tuple, counts.tolist())
    without = tuple(map(tuple, n_unknown.tolist()))
    return Survey(measured, training, held, dict(sorted(left_out.items())), n_failing, without)


def summary(jets: Jets, found: Survey) -> str:
    """Say which jets there are, and how the inputs are normalised."""
    lines = [
        stream.summary(jets, found.left_out, found.n_failing),
        f"training: {_listed(found.training)}",
        f"held-out: {_listed(found.held_out)}",
        *map(_normalisation, found.inputs, found.unknown),
    ]
    return wrapped("\n".join(lines))


def _listed(counts: Sequence[int]) -> str:
    pairs = zip(FLAVOURS, counts, strict=True)
    return ", ".join(f"{n:,} {flavour.name}" for flavour, n in pairs)


def _normalisation(i: Input, unknown: tuple[int, int]) -> str:
    text = f"input {i.name}: (x {i.offset:+.5g}) * {i.scale:.5g}, {i.default:.5g} if unknown"
    no_value, no_transform = unknown
    if no_value:
        text += f"; {no_value:,} jets have no {i.field}"
    if no_transform:
        text += f"; {no_transform:,} have no {i.transform} of {i.field}"
    return text


def _count(flavour: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.bincount(flavour, minlength=len(FLAVOURS) + 1)[: len(FLAVOURS)]


def _times(labels: NDArray[Any]) -> dict[int, int]:
    values, times = np.unique(labels, return_counts=True)
    return dict(zip(values.tolist(), times.tolist(), strict=True))


def _check(jets: Jets, training: NDArray[np.intp], held_out: NDArray[np.intp]) -> None:
    for flavour, n, held in zip(FLAVOURS, training.tolist(), held_out.tolist(), strict=True):
        if n < _FEWEST:
            also = f", besides {held} that are held out," if held else ""
            raise UserError(
                f"{jets.paths[0]}: {n} {flavour.name} (label {flavour.label}){also} are too few to "
                f"train on; at least {_FEWEST} are needed"
            )
    if not held_out.any():
        raise UserError(
            f"{jets.paths[0]}: none of the {training.sum()} labelled jets is among the held-out "
            "ones, so that the training could not be checked; take more jets, or another --seed"
        )
