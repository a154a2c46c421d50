"""One variable of a range of events, however it is stored."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown


class Column(NamedTuple):
    """The values of a variable, and the number of values in each event.

    A variable of the event itself has one value per event.

    Parameters
    ----------
    counts
        Number of values in each event, int64, shape (n_events,).
    values
        The values of all events, concatenated, in the native byte order.
    sizes
        Only for a vector of vectors: the number of values in each inner vector, int64; `counts`
        are then the numbers of inner vectors.
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
        """Return inner vectors of length `n` as rows, shape (n_vectors, n).

        Parameters
        ----------
        n
            The length that all of them should have.
        counts
            How many of them each event should have.

        Raises
        ------
        UserError
            If lengths or numbers differ from this.
        """
        if self.sizes is None or np.any(self.sizes != n) or not np.array_equal(self.counts, counts):
            raise UserError(f"{shown(name)} is not {n} numbers for each, as it should be")
        return self.values.reshape(-1, n)


def no_number(name: str, typename: str) -> UserError:
    """Make the error for a variable that is not numbers, or is numbers in an unknown form.

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
    """Gather the numbers of several runs of bytes.

    Parameters
    ----------
    data
        Serialised bytes.
    starts, counts
        Where each run begins in `data`, in bytes, and how many numbers it has; all runs must
        be within `data`.
    dtype
        How the numbers are stored.

    Returns
    -------
    numpy.ndarray
        The numbers of all runs, concatenated, in the native byte order.
    """
    if np.any(counts) and np.all(counts == counts[0]):  # such as covariances
        return numbers_at(data, starts, dtype, int(counts[0]))
    ends = np.cumsum(counts)
    skipped = np.repeat(starts - (ends - counts) * dtype.itemsize, counts)
    where = skipped + np.arange(len(skipped)) * dtype.itemsize
    return numbers_at(data, where, dtype)


def numbers_at(
    data: NDArray[np.uint8], positions: NDArray[np.int64], dtype: np.dtype[Any], n: int = 1
) -> NDArray[Any]:
    """Gather the numbers that begin at some bytes, which need not be aligned.

    Parameters
    ----------
    data
        Serialised bytes.
    positions
        Where each run of numbers begins, in bytes; all of it must be within `data`.
    dtype
        How the numbers are stored.
    n
        How many numbers follow each other at each position.
    """
    size = n * dtype.itemsize
    n_starts = max(len(data) - size + 1, 0)
    # NumPy copies bytes without a type several times faster than records.
    everywhere: NDArray[Any] = np.ndarray(n_starts, f"V{size}", data, strides=(1,))
    return everywhere[positions].view(dtype).astype(dtype.newbyteorder("="), copy=False)
