"""The jets of a range of events, and what was read of these events."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.rootio.column import Column

Variables = dict[tuple[str, str], Column]
"""Variables as they were read, by container and name."""


class Batch(NamedTuple):
    """The jets of a range of events, or some of them.

    Parameters
    ----------
    n_events
        How many events there are.
    values
        For each variable one value a jet; an event's variable is repeated for its jets.
    number
        The number of each jet among all jets of these events.
    event
        The number of its event.
    target
        The number of its b-tagging object among those of all events, -1 if it has none: those
        variables are 0 then.
    columns
        What was read of these events, of other objects as well.
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
        """Take some of the jets.

        Parameters
        ----------
        which
            For each jet whether it is taken.
        """
        return self._replace(
            values={name: values[which] for name, values in self.values.items()},
            number=self.number[which],
            event=self.event[which],
            target=self.target[which],
        )
