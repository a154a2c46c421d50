"""Parts of the files with the tracks of the jets, read into memory as the network sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.inputs import prepare
from btagging.jets.jet_file import JetFile
from btagging.jets.track_file import TrackFile, read_track_file
from btagging.training.reader import RowRange, TrainingReader
from btagging.training.track_survey import TrackSurvey
from btagging.training.training_jets import JetsWithTracks, TrainingJets


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

    def _layout(self, file: JetFile) -> TrackFile:
        return read_track_file(file)

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
        )

    def _load(self, parts: Sequence[RowRange], *, held: bool) -> JetsWithTracks:
        n = sum(len(part.rows) for part in parts)
        most = min(self.of_tracks.n_tracks, self.of_tracks.most * n)
        # What is never written to takes no memory.
        tracks = np.empty((most, len(self.of_tracks.variables.inputs)), np.float32)
        n_tracks, stop = [np.empty(0, np.int64)], 0

        def read() -> Iterator[TrainingJets]:
            nonlocal stop
            for found in self._read(parts, held):
                assert isinstance(found, JetsWithTracks)
                start, stop = stop, stop + len(found.tracks)
                tracks[start:stop] = found.tracks
                n_tracks.append(found.n_tracks)
                yield found

        jets = self._put_together(read(), n)
        return JetsWithTracks(
            jets.values,
            jets.flavours,
            jets.weights,
            tracks=tracks[:stop],
            n_tracks=np.concatenate(n_tracks),
        )
