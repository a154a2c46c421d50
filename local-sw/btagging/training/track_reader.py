"""Parts of the files with the tracks of the jets, read into memory as the network sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.inputs import prepare
from btagging.jets.jet_file import JetFile
from btagging.jets.read_rows import read_ranges, row_ranges
from btagging.jets.tracks import read_track_file
from btagging.training.reader import RowRange, TrainingReader, Use
from btagging.training.track_survey import TrackSurvey
from btagging.training.training_jets import JetsWithTracks, TrainingJets

_SIZE = 2**14  # jets


@dataclass(frozen=True, kw_only=True)
class TrackReader(TrainingReader):
    """The jets of some files and their tracks, which are read part by part.

    Parameters
    ----------
    jets, inputs, held_out, weighting
        As in `TrainingReader`.
    of_tracks
        What is known of the tracks.
    """

    of_tracks: TrackSurvey

    @property
    def fields(self) -> Sequence[str]:
        """What is read of each jet."""
        return [*super().fields, *self.of_tracks.variables.fields]

    @property
    def n_bytes(self) -> float:
        """What all jets would take in memory."""
        inputs, mean = self.of_tracks.variables.inputs, self.of_tracks.tracks_per_jet
        return super().n_bytes + self.jets.n_jets * (4 * len(inputs) * mean + 8)

    def _ranges(self, file: JetFile) -> list[range]:
        return row_ranges(read_track_file(file), _SIZE)

    def _read_ranges(self, file: JetFile, ranges: list[range], use: Use) -> Iterator[TrainingJets]:
        return read_ranges(file, ranges, use, self.of_tracks.variables.fields)

    def _made(
        self,
        columns: Mapping[str, NDArray[Any]],
        flavours: NDArray[np.uint8],
        weights: NDArray[np.float32] | None,
    ) -> JetsWithTracks:
        tracks = self.of_tracks.variables
        return JetsWithTracks(
            prepare(self.inputs, columns).astype(np.float32),
            flavours,
            weights,
            tracks=tracks.prepared(columns).astype(np.float32),
            n_tracks=tracks.valid(columns).sum(axis=1),
            n_places=self.of_tracks.most,
        )

    def _load(self, parts: Sequence[RowRange], *, held: bool) -> JetsWithTracks:
        found: list[Any] = list(self._read(parts, held))
        return JetsWithTracks(
            np.concatenate([some.values for some in found]),
            np.concatenate([some.flavours for some in found]),
            np.concatenate([some.weights for some in found]) if self.weighting else None,
            tracks=np.concatenate([some.tracks for some in found]),
            n_tracks=np.concatenate([some.n_tracks for some in found]),
            n_places=self.of_tracks.most,
        )
