"""One variable of a range of events, whichever way it was stored."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown


class Column(NamedTuple):
    """The values of a variable and the number of them in each event.

    A variable of the event itself has one value an event.

    Parameters
    ----------
    counts
        How many values each event has, int64, shape (n_events,).
    values
        The values of all events in a row, in the native byte order.
    sizes
        None, but for a vector of vectors: then the counts are those of the inner vectors, and
        these are how many values each of them has, int64.
    """

    counts: NDArray[np.int64]
    values: NDArray[Any]
    sizes: NDArray[np.int64] | None = None

    def first(self, n_events: int) -> Column:
        """Keep the first events."""
        counts = self.counts[:n_events]
        if self.sizes is None:
            return Column(counts, self.values[: counts.sum()])
        sizes = self.sizes[: counts.sum()]
        return Column(counts, self.values[: sizes.sum()], sizes)

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

    def matrix(self, n: int, name: str, counts: NDArray[np.int64]) -> NDArray[Any]:
        """Return inner vectors of one length as rows.

        Parameters
        ----------
        n
            Their length.
        name
            Of the variable, for a message.
        counts
            How many of them each event should have.

        Raises
        ------
        UserError
            If they are more or fewer, or not vectors of that length.
        """
        if self.sizes is None or np.any(self.sizes != n) or not np.array_equal(self.counts, counts):
            raise UserError(f"{shown(name)} is not {n} numbers for each, as it should be")
        return self.values.reshape(-1, n)


def no_number(name: str, typename: str) -> UserError:
    """Say that a variable holds something else than numbers, or numbers in an unknown form.

    Parameters
    ----------
    name
        As stored.
    typename
        In C++.
    """
    kind = shown(typename or "a collection of records")
    return UserError(
        f"{shown(name)} is {kind}, which cannot be read as one number per jet or event"
    )


def gather(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    dtype: np.dtype[Any],
) -> NDArray[Any]:
    """Take numbers out of runs of bytes that lie apart.

    Parameters
    ----------
    data
        Serialised bytes.
    starts, counts
        Where each run begins in `data`, in bytes, and how many numbers it has; all of it
        must be in there.
    dtype
        How the numbers are stored.

    Returns
    -------
    numpy.ndarray
        All numbers in a row, in the native byte order.
    """
    if len(counts) and np.all(counts == counts[0]):
        return _rows(data, starts, int(counts[0]), dtype).reshape(-1)
    ends = np.cumsum(counts)
    skipped = np.repeat(starts - (ends - counts) * dtype.itemsize, counts)
    where = skipped + np.arange(len(skipped)) * dtype.itemsize
    return numbers_at(data, where, dtype)


def _rows(
    data: NDArray[np.uint8], starts: NDArray[np.int64], n: int, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Take runs of `n` numbers each, such as covariances: their starts are all that is needed."""
    n_places = max(len(data) - n * dtype.itemsize + 1, 0)
    strides = (1, dtype.itemsize)
    everywhere: NDArray[Any] = np.ndarray((n_places, n), dtype, data, strides=strides)
    return everywhere[starts].astype(dtype.newbyteorder("="), copy=False)


def numbers_at(
    data: NDArray[np.uint8], positions: NDArray[np.int64], dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Take the numbers that begin at some bytes, whichever these are.

    Parameters
    ----------
    data
        Serialised bytes.
    positions
        Where each number begins; all of it must be in there.
    dtype
        How the numbers are stored.
    """
    n_places = max(len(data) - dtype.itemsize + 1, 0)
    everywhere: NDArray[Any] = np.ndarray(n_places, dtype, data, strides=(1,))
    return everywhere[positions].astype(dtype.newbyteorder("="), copy=False)
