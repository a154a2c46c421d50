"""The jets of a derivation, with the variables of their b-tagging objects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown
from dumpxaod.rootio.daod import Daod, errors_about
from dumpxaod.xaod.batch import Batch, Variables
from dumpxaod.xaod.links import container_key, follow
from dumpxaod.xaod.names import split

EVENT = "EventInfo"
LINK = "btaggingLink"
KEY, INDEX = f"{LINK}.m_persKey", f"{LINK}.m_persIndex"


@dataclass(frozen=True)
class JetCollection:
    """One jet container of a derivation.

    Parameters
    ----------
    name
        The container, such as AnalysisJets.
    btagging
        The container that its `btaggingLink` leads to; None if there is none.
    places
        The container of each variable of a jet, by the variable's event-data name.
    containers
        All containers with variables of the jets; the jets' own is the first.
    link_names
        The containers that links may lead to, by their keys.
    lost
        Why the links lead to no b-tagging objects, for messages; empty if they do.
    """

    daod: Daod
    name: str
    btagging: str | None
    places: dict[str, str]
    containers: tuple[str, ...]
    link_names: dict[int, str]
    lost: str = ""

    @property
    def has_taggers(self) -> bool:
        """Whether there are flavour-tagging probabilities."""
        return any(variable.endswith("_pb") for variable in self.places)

    def place(self, name: str) -> tuple[str, str] | None:
        """Find the container and the bare name of a variable; None if it does not exist.

        Parameters
        ----------
        name
            A key of `places`, or a variable's full name.
        """
        if name in self.places:
            return self.places[name], name
        full = split(name)
        if not full or full[0] not in self.containers:
            return None
        with errors_about(self.daod.path):
            return full if full[1] in self.daod.store.variables(full[0]) else None

    def is_vector_of_event(self, name: str) -> bool:
        """Whether a variable is a vector of the event, of which the first number is taken."""
        place = self.place(name)
        return bool(place and place[0] == EVENT and "vector<" in self.type_name(name))

    def type_name(self, name: str) -> str:
        """C++ type of a variable that has a `place`."""
        with errors_about(self.daod.path):
            return self.daod.store.type_name(*self.place(name) or ("", ""))

    def filled(self, names: Sequence[str]) -> list[str]:
        """Drop variables without values in the first events: classes have members nobody fills.

        Parameters
        ----------
        names
            Keys of `places`.
        """
        start, stop = next(iter(self.daod.store.ranges()), (0, 0))
        places = {name: (self.places[name], name) for name in names}
        with errors_about(self.daod.path):
            columns = self.daod.store.read(sorted(places.values()), start, stop)
        n_values = {name: int(columns[place].counts.sum()) for name, place in places.items()}
        return [name for name in names if n_values[name] or not any(n_values.values())]

    def batches(
        self,
        variables: Sequence[str],
        max_events: int | None = None,
        others: Collection[tuple[str, str]] = (),
    ) -> Iterator[Batch]:
        """Read some variables of all jets.

        Parameters
        ----------
        variables
            Event-data names, known to `place`.
        max_events
            Stop after as many events; None for all.
        others
            Container and name of further variables for `Batch.columns`, perhaps vectors of vectors.

        Raises
        ------
        UserError
            If a variable cannot be read, or a link leads nowhere.
        """
        places = {name: place for name in ["pt", *variables] if (place := self.place(name))}
        wanted = {*places.values(), *others}
        if any(container == self.btagging for container, _ in wanted):
            wanted |= {(self.places[LINK], KEY), (self.places[LINK], INDEX)}
        for start, stop in self.daod.store.ranges():
            stop = stop if max_events is None else min(stop, max_events)
            if stop <= start:
                return
            with errors_about(self.daod.path):
                columns = self.daod.store.read(sorted(wanted), start, stop, nested=others)
                batch = self._batch(places, columns)
            yield batch

    def _batch(self, places: dict[str, tuple[str, str]], columns: Variables) -> Batch:
        """Bring every variable to one value per jet."""
        counts = columns[self.places["pt"], "pt"].counts
        event = np.repeat(np.arange(len(counts)), counts)
        target = self._targets(columns, int(counts.sum()))
        values = {}
        for name, (container, variable) in places.items():
            column = columns[container, variable]
            if container == EVENT:
                values[name] = column.first_values()[event]
            elif container == self.btagging:
                values[name] = _take(column.values, target)
            elif np.array_equal(column.counts, counts):
                values[name] = column.values
            else:
                raise UserError(
                    f"{shown(container)} has more or fewer values of {shown(variable)} than "
                    f"{shown(self.places['pt'])} has of pt"
                )
        return Batch(len(counts), values, np.arange(len(event)), event, target, columns)

    def _targets(self, columns: Variables, n_jets: int) -> NDArray[np.int64]:
        """Index of each jet's b-tagging object; -1 if it has none."""
        objects = [column for (place, _), column in columns.items() if place == self.btagging]
        if not objects or self.btagging is None:
            return np.zeros(n_jets, np.int64)
        if any(not np.array_equal(column.counts, objects[0].counts) for column in objects):
            raise UserError(f"the variables of {shown(self.btagging)} differ in length")
        link = self.places[LINK]
        keys, indices = columns[link, KEY], columns[link, INDEX]
        key, counts = container_key(self.btagging), objects[0].counts
        return follow(keys, indices.values, key, counts, names=self.link_names)


def _take(values: NDArray[Any], where: NDArray[np.int64]) -> NDArray[Any]:
    """Take values by index, and 0 for a negative index."""
    taken = np.zeros(len(where), values.dtype)
    taken[where >= 0] = values[where[where >= 0]]
    return taken
