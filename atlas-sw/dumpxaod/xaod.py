"""The jets of a derivation, with the variables of their b-tagging objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .column import Column
from .daod import Daod, Store, reading
from .errors import UserError
from .links import NULL, container_key, follow

# Looked for in this order when the user names none, each one's time-stamped copies with it.
COLLECTIONS = (
    "AntiKt4EMPFlowJets",
    "AntiKt4EMTopoJets",
    "AnalysisJets",
    "AntiKtVR30Rmax4Rmin02TrackJets",
)
EVENT = "EventInfo"
LINK = "btaggingLink"
KEY, INDEX = f"{LINK}.m_persKey", f"{LINK}.m_persIndex"

# A shallow copy made for one version of b-tagging: AntiKt4EMTopoJets_BTagging201810.
_TIME_STAMPED = re.compile(r"(.+)_BTagging\d+")


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


def find_jets(daod: Daod, name: str | None = None) -> JetCollection:
    """Find a jet container.

    Parameters
    ----------
    daod
        The open file.
    name
        The container; None for the first of `COLLECTIONS` that has b-tagging variables.

    Raises
    ------
    UserError
        If there is no such container.
    """
    containers = daod.store.containers()
    if name is not None:
        if name not in containers:
            jets = ", ".join(sorted(c for c in containers if "Jets" in c)) or "none"
            raise UserError(f"{daod.path}: has no jet collection {name}; it has {jets}")
        return _collection(daod, name)
    lost = ""
    for base in COLLECTIONS:
        copies = sorted((c for c in containers if _parent(c) == base), reverse=True)
        for candidate in [base, *copies]:
            if candidate in containers:
                found = _collection(daod, candidate)
                if found.has_taggers:
                    return found
                if LINK in found.places and found.btagging is None:
                    lost = f"; the links of {candidate} lead to no container of this file"
    raise UserError(
        f"{daod.path}: none of {', '.join(COLLECTIONS)} is there with b-tagging variables{lost}; "
        "choose a collection with -c"
    )


def _parent(name: str) -> str | None:
    """Return the container that a time-stamped one is a shallow copy of."""
    match = _TIME_STAMPED.fullmatch(name)
    return match[1] if match else None


def _collection(daod: Daod, name: str) -> JetCollection:
    """Collect where the variables of a jet, its b-tagging object and its event are."""
    with reading(daod.path):
        store = daod.store
        own = [name, *filter(None, [_parent(name)])]
        places = _places(store, own)
        btagging = _btagging(store, name, places[LINK]) if LINK in places else None
        places = _places(store, [*own, *filter(None, [btagging]), EVENT])
    for variable in ("pt", "eta"):
        if variable not in places:
            raise UserError(f"{daod.path}: the jets of {name} have no {variable}")
    return JetCollection(daod, name, btagging, places)


def _places(store: Store, containers: Sequence[str]) -> dict[str, str]:
    """For each variable the first of some containers that has it."""
    return {v: container for container in reversed(containers) for v in store.variables(container)}


def _btagging(store: Store, jets: str, holder: str) -> str | None:
    """Name the container that the links of some jets point to, None if there is none."""
    names = {container_key(name): name for name in store.containers() if "BTagging" in name}
    for start, stop in store.ranges():
        keys = store.read([(holder, KEY)], start, stop)[holder, KEY].values
        if np.any(keys != NULL):
            return names.get(int(keys[keys != NULL][0]))
    # No jet has a b-tagging object here, so nothing will be read; what there is in other
    # files is known from the container whose name is like that of the jets.
    stem = jets.partition("Jets")[0]
    return min(names.values(), key=lambda name: (stem not in name, name), default=None)
