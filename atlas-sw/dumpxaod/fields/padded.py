"""Rows of a fixed length for jets with any number of tracks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

VALID = "valid"  # whether an element is a track, and not padding


class PaddedRows:
    """Rows of tracks, made on demand since they are mostly padding: see `tables.Rows`.

    The padding is NaN for floats, -1 for integers, 0 for unsigned ones, and not valid.

    Parameters
    ----------
    columns
        For each field one value per track.
    jet, rank
        Row and position in it of each track, in the order of the rows.
    shape
        Number of rows, and of tracks in each.
    """

    def __init__(
        self,
        columns: Mapping[str, NDArray[Any]],
        jet: NDArray[np.int64],
        rank: NDArray[np.int64],
        shape: tuple[int, int],
    ) -> None:
        self.dtype = np.dtype([(VALID, "?"), *((n, c.dtype) for n, c in columns.items())])
        self.shape = shape
        self.columns = columns
        self.jet, self._rank = jet, rank
        self._opaque = f"V{self.dtype.itemsize}"  # copied at once, and not field by field

    def __getitem__(self, rows: slice) -> NDArray[np.void]:
        """Make some of the rows."""
        start, stop, _ = rows.indices(self.shape[0])
        padded = np.full((stop - start, self.shape[1]), self._padding())
        first, last = np.searchsorted(self.jet, (start, stop))
        padded[self.jet[first:last] - start, self._rank[first:last]] = self._tracks[first:last]
        return padded.view(self.dtype)

    @cached_property
    def _tracks(self) -> NDArray[np.void]:
        """All tracks as they are stored; a network that takes the columns needs none of this."""
        tracks = np.empty(len(self.jet), self.dtype)
        tracks[VALID] = True
        for name, values in self.columns.items():
            tracks[name] = values
        return tracks.view(self._opaque)

    def _padding(self) -> NDArray[np.void]:
        padding = np.zeros((), self.dtype)
        for name, values in self.columns.items():
            if values.dtype.kind in "fi":
                padding[name] = np.nan if values.dtype.kind == "f" else -1
        return padding.view(self._opaque)
