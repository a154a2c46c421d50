"""One variable of a range of events, whichever way it was stored."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import UserError


class Column(NamedTuple):
    """The values of a variable and the number of them in each event.

    A variable of the event itself has one value an event.

    Parameters
    ----------
    counts
        How many values each event has, int64, shape (n_events,).
    values
        The values of all events in a row, in the native byte order.
    """

    counts: NDArray[np.int64]
    values: NDArray[Any]

    def first(self, n_events: int) -> Column:
        """Keep the first events."""
        counts = self.counts[:n_events]
        return Column(counts, self.values[: counts.sum()])

    def first_values(self) -> NDArray[Any]:
        """Return the first value of each event, such as the nominal one of its weights.

        Raises
        ------
        UserError
            If an event has none.
        """
        if np.any(self.counts == 0):
            raise UserError("an event lacks a value that belongs to the event")
        return self.values[np.cumsum(self.counts) - self.counts]


def concatenate(columns: list[Column]) -> Column:
    """Join the columns of ranges of events that follow one another.

    Parameters
    ----------
    columns
        At least one.
    """
    if len(columns) == 1:
        return columns[0]
    counts, values = zip(*columns, strict=True)
    return Column(np.concatenate(counts), np.concatenate(values))


def gather(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    dtype: np.dtype[Any],
) -> NDArray[Any]:
    """Take numbers out of runs of bytes that lie apart.

    Parameters
    ----------
    data
        Serialised bytes.
    starts, sizes
        Where each run lies in `data` and its length, both in bytes; a length is a
        multiple of the size of `dtype`.
    dtype
        How the numbers are stored.

    Returns
    -------
    numpy.ndarray
        All numbers in a row, in the native byte order.
    """
    ends = np.cumsum(sizes)
    where = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)
    return data[where].view(dtype).astype(dtype.newbyteorder("="), copy=False)
