"""Every field of /eventwise, which has one row per event, be there jets in it or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.fields.columns import ROUNDED, FieldMeaning
from dumpxaod.fields.tables import TableRecord
from dumpxaod.rootio.daod import Store
from dumpxaod.xaod.batch import Batch
from dumpxaod.xaod.jet_collection import EVENT
from dumpxaod.xaod.vertices import Vertex, Vertices

Values = NDArray[Any]

DATASET = "eventwise"


@dataclass(frozen=True)
class EventField:
    """A field of /eventwise.

    Parameters
    ----------
    name
        In HDF5.
    formula
        How it is computed, in a person's words.
    compute
        The same for the computer, from the jets that are written and the primary vertices.
    unit
        Of the result; "1" for a bare number.
    sources
        Variables of the event that it needs.
    """

    name: str
    formula: str
    compute: Callable[[Batch, Vertex], Values]
    unit: str = "1"
    sources: tuple[str, ...] = ()


def _stored(variable: str) -> Callable[[Batch, Vertex], Values]:
    return lambda jets, vertex: jets.columns[EVENT, variable].first_values()


def _displacement(axis: int) -> Callable[[Batch, Vertex], Values]:
    return lambda jets, vertex: vertex.position[axis] - vertex.beam[axis]


def _n_jets(jets: Batch, vertex: Vertex) -> Values:
    return np.bincount(jets.event, minlength=jets.n_events).astype(np.int32)


EVENT_FIELDS = (
    EventField("eventNumber", "eventNumber", _stored("eventNumber"), sources=("eventNumber",)),
    EventField("nJets", "number of rows in /jets", _n_jets),
    EventField(
        "mcEventWeight",
        "mcEventWeights[0]",
        _stored("mcEventWeights"),
        sources=("mcEventWeights",),
    ),
    EventField(
        "averageInteractionsPerCrossing",
        "averageInteractionsPerCrossing",
        _stored("averageInteractionsPerCrossing"),
        sources=("averageInteractionsPerCrossing",),
    ),
    *(
        EventField(
            f"primaryVertexToBeamDisplacement{axis.upper()}",
            f"{axis} of the primary vertex - beamPos{axis.upper()}",
            _displacement(i),
            "mm",
        )
        for i, axis in enumerate("xyz")
    ),
)


@dataclass(frozen=True)
class EventTable:
    """The events, whether or not jets of them are written.

    Parameters
    ----------
    store
        Where they are.
    vertices
        How their primary vertices are stored.
    fields
        What is written of each.
    counts
        How many there are, and how many of them have no primary vertex.
    """

    store: Store
    vertices: Vertices
    fields: tuple[EventField, ...]
    name: str = DATASET
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def sources(self) -> set[str]:
        """The variables of jets that are needed."""
        return set()

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables that are needed."""
        own = {(EVENT, name) for field in self.fields for name in field.sources}
        return own | self.vertices.objects

    def rows(self, taken: Batch) -> NDArray[np.void]:
        """Compute the rows of some events."""
        vertex = self.vertices.of_events(taken.columns)
        without = int(np.count_nonzero(np.isnan(vertex.position[2])))
        self.counts.update(events=taken.n_events, without_vertex=without)
        columns = {field.name: field.compute(taken, vertex) for field in self.fields}
        types = [(n, "f4" if c.dtype.kind == "f" else c.dtype) for n, c in columns.items()]
        rows = np.empty(taken.n_events, types)
        for name, values in columns.items():
            rows[name] = values
        return rows

    def record(self) -> TableRecord:
        """Say what the fields are."""
        return TableRecord({field.name: self._meaning(field) for field in self.fields})

    def warning(self) -> str:
        """Say how many events have no primary vertex."""
        if not self.counts["without_vertex"]:
            return ""
        return (
            f"{self.counts['without_vertex']} of {self.counts['events']} events have no primary "
            "vertex: what is relative to it is NaN there"
        )

    def _meaning(self, field: EventField) -> FieldMeaning:
        types = [self.store.type_name(EVENT, name) for name in field.sources]
        rounded = ROUNDED if any("double" in name for name in types) else ""
        return FieldMeaning(field.formula, field.unit, field.name, rounded)


def find_events(store: Store, vertices: Vertices) -> EventTable:
    """Find the fields of /eventwise that a derivation can fill.

    Parameters
    ----------
    store
        Its events.
    vertices
        How their primary vertices are stored.
    """
    there = store.variables(EVENT)
    fields = tuple(field for field in EVENT_FIELDS if there.issuperset(field.sources))
    return EventTable(store, vertices, fields)
