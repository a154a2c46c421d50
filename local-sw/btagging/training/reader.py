"""Parts of the files, read into memory as the network sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError
from btagging.flavours import FLAVOURS, flavour_index
from btagging.inputs import Input, prepare
from btagging.jets.held_out import HeldOut
from btagging.jets.jet_file import JetFile
from btagging.jets.read_rows import read_ranges, row_ranges
from btagging.jets.stream import Jets
from btagging.jets.track_file import TrackFile
from btagging.jets.tracks import Wanted, split_fields
from btagging.training.training_jets import TrainingJets
from btagging.training.weighting import Weighting

_SIZE = 2**14  # jets


@dataclass(frozen=True)
class RowRange:
    """Some neighbours in a file.

    Parameters
    ----------
    file
        The file.
    rows
        Which rows of its `/jets`.
    first
        How many jets are in the files before.
    """

    file: JetFile
    rows: range
    first: int


@dataclass(frozen=True)
class TrainingReader:
    """The jets of some files, which are read part by part.

    Parameters
    ----------
    jets
        The files. They were read before and found to be sound.
    inputs
        Normalised.
    held_out
        Which jets are not to train on.
    weighting
        How much each jet counts; None: all count the same.
    """

    jets: Jets
    inputs: Sequence[Input]
    held_out: HeldOut
    weighting: Weighting | None = None

    @property
    def fields(self) -> Sequence[str]:
        """What is read of each jet."""
        return [i.field for i in self.inputs]

    @property
    def n_bytes(self) -> float:
        """What all jets would take in memory."""
        return self.jets.n_jets * (4 * len(self.inputs) + (5 if self.weighting else 1))

    def all(self) -> list[RowRange]:
        """List the parts in the order of the files."""
        parts, first = [], 0
        for file in self.jets.files:
            ranges = row_ranges(self._layout(file), _SIZE)
            parts += [RowRange(file, rows, first) for rows in ranges]
            first += file.n_jets
        return parts

    def training(self, parts: Sequence[RowRange]) -> TrainingJets:
        """Read the jets to train on into memory."""
        return self._load(parts, held=False)

    def validation(self) -> TrainingJets:
        """Read the held-out jets into memory; a `UserError` if their weights come to nothing."""
        parts = [part for part in self.all() if self._held(part.first, part.rows).any()]
        found = self._load(parts, held=True)
        if found.weights is not None and not found.weights.sum(dtype=np.float64) > 0:
            raise UserError(
                f"{self.jets.paths[0]}: the weights of the held-out jets add up to "
                f"{found.weights.sum(dtype=np.float64):g}, so that the training could not be "
                "checked; choose other fields for --weight and --reweight, or another --seed"
            )
        return found

    def _load(self, parts: Sequence[RowRange], *, held: bool) -> TrainingJets:
        return self._put_together(self._read(parts, held), sum(len(part.rows) for part in parts))

    def _put_together(self, read: Iterable[TrainingJets], n: int) -> TrainingJets:
        """Put what was read, at most `n` jets, into arrays of all."""
        # What is never written to takes no memory.
        values = np.empty((n, len(self.inputs)), np.float32)
        flavours = np.empty(n, np.uint8)
        weights = np.empty(n, np.float32) if self.weighting else None
        stop = 0
        for found in read:
            start, stop = stop, stop + len(found.flavours)
            values[start:stop], flavours[start:stop] = found.values, found.flavours
            if weights is not None:
                weights[start:stop] = found.weights
        return TrainingJets(
            values[:stop], flavours[:stop], None if weights is None else weights[:stop]
        )

    def _read(self, parts: Iterable[RowRange], held: bool) -> Iterator[TrainingJets]:
        _, tracks = split_fields(self.fields)
        for first, of_file in groupby(parts, lambda part: part.first):
            ranges = list(of_file)
            file = ranges[0].file

            def wanted(rows: range, first: int = first) -> NDArray[np.bool_]:
                return self._held(first, rows) == held

            def use(
                rows: NDArray[Any], numbers: range, file: JetFile = file, wanted: Wanted = wanted
            ) -> TrainingJets:
                return self._prepare(file, rows, wanted(numbers))

            yield from read_ranges(file, [part.rows for part in ranges], use, tracks, wanted)

    def _layout(self, file: JetFile) -> JetFile | TrackFile:
        """Describe the storage of the rows whose chunks the parts follow."""
        return file

    def _held(self, first: int, rows: range) -> NDArray[np.bool_]:
        return self.held_out.mask(first + rows.start, len(rows))

    def _prepare(
        self, file: JetFile, rows: NDArray[Any], wanted: NDArray[np.bool_]
    ) -> TrainingJets:
        flavour = flavour_index(self.jets.column(file, rows, self.jets.label_field))
        wanted = wanted & (flavour < len(FLAVOURS))
        if self.jets.where:
            wanted &= self.jets.passing_rows(file, rows)
        columns = {name: self.jets.column(file, rows, name)[wanted] for name in self.fields}
        flavour = flavour[wanted]
        weights = None
        if self.weighting:
            spectra = {
                name: self.jets.column(file, rows, name)[wanted] for name in self.weighting.fields
            }
            weights = self.weighting.of(spectra, flavour)
        return self._made(columns, flavour.astype(np.uint8), weights)

    def _made(
        self,
        columns: Mapping[str, NDArray[Any]],
        flavours: NDArray[np.uint8],
        weights: NDArray[np.float32] | None,
    ) -> TrainingJets:
        values = prepare(self.inputs, columns).astype(np.float32)
        return TrainingJets(values, flavours, weights)
