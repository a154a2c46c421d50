"""Columns of /jets, each computed from variables of the event data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from dumpxaod.fields.jets import Field, Values
from dumpxaod.xaod.batch import Batch
from dumpxaod.xaod.jet_collection import JetCollection

ROUNDED = ", rounded from double to float"  # ends the source of a field


class Columns(Protocol):
    """Some columns of the output: the fields, or the scores of a network."""

    @property
    def sources(self) -> set[str]:
        """The variables of a jet that are needed, by event-data name."""

    @property
    def defaulted(self) -> Counter[str]:
        """For each input of a network, how many jets took its default so far."""

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables of other objects that are needed, as of tracks."""

    def compute(self, jets: Batch) -> dict[str, Values]:
        """Compute the columns, one value per jet."""

    def record(self) -> dict[str, Any]:
        """Describe the columns: some of the attributes of an `InputRecord`."""

    def warning(self) -> str:
        """Say what is remarkable of what they were computed from; empty if nothing is."""


@dataclass(frozen=True)
class FieldMeaning:
    """What a field means in one derivation.

    Parameters
    ----------
    formula, unit
        As of the `Field`.
    explicit_name
        The name that means the same in every derivation.
    rounded
        As of `rounding`.
    """

    formula: str
    unit: str
    explicit_name: str
    rounded: str


def rounding(type_names: Iterable[str]) -> str:
    """Describe the loss of precision of a field, if any, from the C++ types of its sources."""
    is_double = any("double" in name.lower() for name in type_names)
    return ROUNDED if is_double else ""


@dataclass(frozen=True)
class Fields:
    """The fields of /jets: see `Columns`."""

    jets: JetCollection
    fields: tuple[Field, ...]
    defaulted: Counter[str] = field(default_factory=Counter)

    @property
    def sources(self) -> set[str]:
        """See `Columns`."""
        return {source for field in self.fields for source in field.sources}

    @property
    def objects(self) -> set[tuple[str, str]]:
        """See `Columns`."""
        return set()

    def compute(self, jets: Batch) -> dict[str, Values]:
        """See `Columns`."""
        return {field.name: field.values(jets.values) for field in self.fields}

    def record(self) -> dict[str, Any]:
        """See `Columns`."""
        return {"fields": {field.name: self._meaning(field) for field in self.fields}}

    def warning(self) -> str:
        """Say nothing."""
        return ""

    def _meaning(self, field: Field) -> FieldMeaning:
        rounded = rounding(self.jets.type_name(source) for source in field.sources)
        return FieldMeaning(field.formula, field.unit, field.explicit_name, rounded)
