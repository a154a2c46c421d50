"""The jets of a derivation, with the variables of their b-tagging objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .column import Column
from .daod import Daod, reading
from .errors import UserError
from .links import container_key, follow

EVENT = "EventInfo"
LINK = "btaggingLink"
KEY, INDEX = f"{LINK}.m_persKey", f"{LINK}.m_persIndex"


class Batch(NamedTuple):
    """The jets of a range of events.

    Parameters
    ----------
    n_events
        How many events there are.
    values
        For each variable one value a jet; an event's variable is repeated for its jets.
    linked
        Whether a jet has a b-tagging object; those variables are 0 where it hasn't.
    """

    n_events: int
    values: dict[str, NDArray[Any]]
    linked: NDArray[np.bool_]

    def take(self, which: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
        """Take the values of some of the jets.

        Parameters
        ----------
        which
            For each jet whether it is taken.
        """
        return {name: values[which] for name, values in self.values.items()}


@dataclass(frozen=True)
class JetCollection:
    """One jet container of a derivation.

    Parameters
    ----------
    daod
        The open file.
    name
        The container, such as AnalysisJets.
    btagging
        The container that its `btaggingLink` points to, None if there is none.
    places
        The container that holds a variable of a jet, by the variable's event-data name.
    """

    daod: Daod
    name: str
    btagging: str | None
    places: dict[str, str]

    @property
    def has_taggers(self) -> bool:
        """Whether there are flavour-tagging probabilities."""
        return any(variable.endswith("_pb") for variable in self.places)

    def batches(self, variables: Sequence[str], max_events: int | None = None) -> Iterator[Batch]:
        """Read some variables of all jets.

        Parameters
        ----------
        variables
            Event-data names, keys of `places`.
        max_events
            Stop after as many events; None for all.

        Raises
        ------
        UserError
            If a variable cannot be read, or a link leads nowhere.
        """
        wanted = [(self.places[variable], variable) for variable in ["pt", *variables]]
        if any(container == self.btagging for container, _ in wanted):
            wanted += [(self.places[LINK], KEY), (self.places[LINK], INDEX)]
        for start, stop in self.daod.store.ranges():
            stop = stop if max_events is None else min(stop, max_events)
            if stop <= start:
                return
            with reading(self.daod.path):
                batch = self._batch(self.daod.store.read(wanted, start, stop))
            yield batch

    def _batch(self, columns: dict[tuple[str, str], Column]) -> Batch:
        """Bring every column to one value a jet."""
        counts = columns[self.places["pt"], "pt"].counts
        event = np.repeat(np.arange(len(counts)), counts)
        target = self._targets(columns, int(counts.sum()))
        values = {}
        for (container, variable), column in columns.items():
            if container == EVENT:
                values[variable] = column.first_values()[event]
            elif container == self.btagging:
                values[variable] = _take(column.values, target)
            elif np.array_equal(column.counts, counts):
                values[variable] = column.values
            else:
                raise UserError(f"{container} has more or fewer values of {variable} than of pt")
        return Batch(len(counts), values, target >= 0)

    def _targets(self, columns: dict[tuple[str, str], Column], n_jets: int) -> NDArray[np.int64]:
        """Position of each jet's b-tagging object, -1 if it has none."""
        objects = [column for (place, _), column in columns.items() if place == self.btagging]
        if not objects or self.btagging is None:
            return np.zeros(n_jets, np.int64)
        if any(not np.array_equal(column.counts, objects[0].counts) for column in objects):
            raise UserError(f"the variables of {self.btagging} differ in length")
        link = self.places[LINK]
        keys, indices = columns[link, KEY], columns[link, INDEX]
        return follow(keys, indices.values, container_key(self.btagging), objects[0].counts)


def _take(values: NDArray[Any], where: NDArray[np.int64]) -> NDArray[Any]:
    """Take values by their positions, and 0 for a negative position."""
    taken = np.zeros(len(where), values.dtype)
    taken[where >= 0] = values[where[where >= 0]]
    return taken
