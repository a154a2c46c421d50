"""Every field of /eventwise, which has one row per event, with or without jets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.fields.columns import FieldMeaning, rounding
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
    formula
        How it is computed, for people.
    compute
        The same as a function of the jets that are written and the primary vertices.
    unit
        "1" for a bare number.
    sources
        Variables of the event that it needs.
    """

    name: str
    formula: str
    compute: Callable[[Batch, Vertex], Values]
    unit: str = "1"
    sources: tuple[str, ...] = ()


def _stored(variable: str, name: str = "", formula: str = "") -> EventField:
    return EventField(
        name or variable,
        formula or variable,
        lambda jets, vertex: jets.columns[EVENT, variable].first_values(),
        sources=(variable,),
    )


def _displacement(axis: int) -> Callable[[Batch, Vertex], Values]:
    return lambda jets, vertex: vertex.position[axis] - vertex.beam[axis]


def _n_jets(jets: Batch, vertex: Vertex) -> Values:
    return np.bincount(jets.event, minlength=jets.n_events).astype(np.int32)


EVENT_FIELDS = (
    _stored("eventNumber"),
    EventField("nJets", "number of rows in /jets", _n_jets),
    _stored("mcEventWeights", "mcEventWeight", "mcEventWeights[0]"),
    _stored("averageInteractionsPerCrossing"),
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
    """The events, whether or not jets of them are written: see `Table`."""

    store: Store
    vertices: Vertices
    fields: tuple[EventField, ...]
    name: str = DATASET
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def sources(self) -> set[str]:
        """See `Table`."""
        return set()

    @property
    def objects(self) -> set[tuple[str, str]]:
        """See `Table`."""
        own = {(EVENT, name) for field in self.fields for name in field.sources}
        return own | self.vertices.objects

    def rows(self, taken: Batch) -> NDArray[np.void]:
        """Compute one row per event, and count the events and those without a primary vertex."""
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
        """See `Table`."""
        return TableRecord({field.name: self._meaning(field) for field in self.fields})

    def warning(self) -> str:
        """Report how many events have no primary vertex."""
        if not self.counts["without_vertex"]:
            return ""
        return (
            f"{self.counts['without_vertex']} of {self.counts['events']} events have no primary "
            "vertex: what is relative to it is NaN there"
        )

    def _meaning(self, field: EventField) -> FieldMeaning:
        rounded = rounding(self.store.type_name(EVENT, name) for name in field.sources)
        return FieldMeaning(field.formula, field.unit, field.name, rounded)


def find_events(store: Store, vertices: Vertices) -> EventTable:
    """Find the fields of /eventwise that a derivation can fill."""
    there = store.variables(EVENT)
    fields = tuple(field for field in EVENT_FIELDS if there.issuperset(field.sources))
    return EventTable(store, vertices, fields)
