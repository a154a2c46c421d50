"""The jets to train on, small enough to keep all of them in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError
from btagging.flavours import FLAVOURS, LIGHT, flavour_index
from btagging.inputs import Input
from btagging.jets import Jets

VALIDATION_SHARE = 5  # one jet of so many
_BLOCK = 1000  # jets
_FEWEST = 10  # jets of a flavour


@dataclass(frozen=True)
class TrainingJets:
    """Jets with their flavours, 9 bytes each for two inputs.

    Parameters
    ----------
    values
        The inputs, transformed but not normalised, NaN and infinities among them; of shape
        (jets, inputs), float32.
    flavours
        Places in `FLAVOURS`, of shape (jets,), uint8.
    """

    values: NDArray[np.float32]
    flavours: NDArray[np.uint8]

    def batch(
        self, inputs: Sequence[Input], rows: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Take some jets, normalised as the network sees them, and their flavours.

        Parameters
        ----------
        inputs
            How to normalise.
        rows
            Which jets: any index of NumPy's.
        """
        columns = zip(inputs, self.values[rows].T, strict=True)
        seen = [i.normalised(x).astype(np.float32) for i, x in columns]
        return np.stack(seen, axis=1), self.flavours[rows]


def collect(jets: Jets, inputs: Sequence[Input]) -> tuple[TrainingJets, Mapping[int, int]]:
    """Read all jets of the three flavours.

    Returns
    -------
    TrainingJets
        The jets, in the order of the files.
    mapping
        How many jets were left out for their label, a label.

    Raises
    ------
    UserError
        If there are too few jets of a flavour, or the files cannot be used.
    """
    values = np.empty((jets.n_jets, len(inputs)), np.float32)
    flavours = np.empty(jets.n_jets, np.uint8)
    left_out: Counter[int] = Counter()
    n = 0
    for batch in jets.batches([jets.label_field, *dict.fromkeys(i.field for i in inputs)]):
        labels = batch[jets.label_field]
        flavour = flavour_index(labels)
        kept = flavour < len(FLAVOURS)
        stop = n + int(kept.sum())
        flavours[n:stop] = flavour[kept]
        for column, i in enumerate(inputs):
            values[n:stop, column] = i.transformed(batch)[kept]
        left_out.update(labels[~kept].tolist())
        n = stop
    found = TrainingJets(values[:n], flavours[:n])
    _check(jets, found)
    return found, dict(sorted(left_out.items()))


def held_out(n_jets: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose a fifth of the jets, which the training must not see.

    They are chosen in blocks of neighbours. The jets of an event stand in a row and share its
    event and its quarks: single jets drawn at random would leave a brother in the training.

    Parameters
    ----------
    n_jets
        How many there are.
    rng
        Chooses the blocks.

    Returns
    -------
    ndarray
        True for a held-out jet, of shape (n_jets,).
    """
    block = min(_BLOCK, max(1, n_jets // (10 * VALIDATION_SHARE)))
    n_blocks = -(-n_jets // block)
    chosen = rng.permutation(n_blocks) < n_blocks // VALIDATION_SHARE
    return np.repeat(chosen, block)[:n_jets]


def measure(
    jets: TrainingJets, inputs: Sequence[Input], chosen: NDArray[np.bool_]
) -> tuple[Input, ...]:
    """Measure the normalisation of each input on the chosen jets.

    Raises
    ------
    UserError
        If an input says nothing, because it is the same for all of them.
    """
    light = jets.flavours[chosen] == FLAVOURS.index(LIGHT)
    columns = zip(inputs, jets.values.T, strict=True)
    return tuple(i.measured(x[chosen], light) for i, x in columns)


def summary(what: str, flavours: NDArray[np.uint8]) -> str:
    """Say how many jets of each flavour there are."""
    counts = zip(FLAVOURS, _count(flavours), strict=True)
    return f"{what}: " + ", ".join(f"{n:,} {flavour.name}" for flavour, n in counts)


def _count(flavours: NDArray[np.uint8]) -> list[int]:
    return [int(np.count_nonzero(flavours == place)) for place in range(len(FLAVOURS))]


def _check(jets: Jets, found: TrainingJets) -> None:
    for flavour, n in zip(FLAVOURS, _count(found.flavours), strict=True):
        if n < _FEWEST:
            raise UserError(
                f"{jets.paths[0]}: {n} {flavour.name} (label {flavour.label}) are too few to "
                f"train on; at least {_FEWEST} are needed"
            )
