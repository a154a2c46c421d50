"""Rows of a fixed length for jets with few tracks or many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

VALID = "valid"  # whether an element is a track, and not padding


class PaddedRows:
    """Rows of tracks, made when they are wanted: most of them are padding.

    The padding is NaN for floats, -1 for integers, 0 for unsigned ones, and not valid.

    Parameters
    ----------
    columns
        For each field one value per track.
    jet, rank
        The row of each track, in order, and its place in there.
    shape
        Number of rows, and of places in each.

    Attributes
    ----------
    dtype, shape
        Of the rows.
    columns, jet
        As they were given.
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

    def __getitem__(self, rows: slice) -> NDArray[np.void]:
        """Make some of the rows."""
        start, stop, _ = rows.indices(self.shape[0])
        padding = self._padding().view(f"V{self.dtype.itemsize}")  # field by field is slow
        padded = np.full((stop - start, self.shape[1]), padding).view(self.dtype)
        first, last = np.searchsorted(self.jet, (start, stop))
        places = self.jet[first:last] - start, self._rank[first:last]
        padded[VALID][places] = True
        for name, values in self.columns.items():
            padded[name][places] = values[first:last]
        return padded

    def _padding(self) -> NDArray[np.void]:
        padding = np.zeros((), self.dtype)
        for name, values in self.columns.items():
            if values.dtype.kind in "fi":
                padding[name] = np.nan if values.dtype.kind == "f" else -1
        return padding
