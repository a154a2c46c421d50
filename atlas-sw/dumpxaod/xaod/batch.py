"""The jets of a range of events, and what was read of these events."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.rootio.column import Column

Variables = dict[tuple[str, str], Column]
"""Columns as they were read, by container and name."""


class Batch(NamedTuple):
    """The jets of a range of events, or some of them.

    Parameters
    ----------
    n_events
        Number of events in the range.
    values
        For each variable one value per jet; an event's variable is repeated for its jets.
    number
        Index of each jet among all jets of these events.
    event
        Index of each jet's event.
    target
        Index of each jet's b-tagging object among those of all events; -1 if it has none, and
        its variables are 0 then.
    columns
        Everything that was read of these events, also of other objects.
    """

    n_events: int
    values: dict[str, NDArray[Any]]
    number: NDArray[np.int64]
    event: NDArray[np.int64]
    target: NDArray[np.int64]
    columns: Variables

    @property
    def linked(self) -> NDArray[np.bool_]:
        """Whether a jet has a b-tagging object."""
        return self.target >= 0

    def take(self, which: NDArray[np.bool_]) -> Batch:
        """Select jets by a mask, shape (n_jets,)."""
        return self._replace(
            values={name: values[which] for name, values in self.values.items()},
            number=self.number[which],
            event=self.event[which],
            target=self.target[which],
        )
