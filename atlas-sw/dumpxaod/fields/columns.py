"""What is computed of jets: columns of the output, each from variables of the event data."""

from __future__ import annotations

from collections import Counter
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
        """The event-data variables that are needed."""

    @property
    def defaulted(self) -> Counter[str]:
        """For each input of a network the number of jets that took its default, so far."""

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables of others, such as tracks, that are needed."""

    def compute(self, jets: Batch) -> dict[str, Values]:
        """Compute the columns from the variables of some jets, one value per jet."""

    def record(self) -> dict[str, Any]:
        """Say what they are: some of the attributes of an `InputRecord`."""

    def warning(self) -> str:
        """Say what is remarkable of what they were computed from; empty if nothing is."""


@dataclass(frozen=True)
class FieldMeaning:
    """What a field is in one derivation.

    Parameters
    ----------
    formula, unit
        As of the `Field`.
    explicit_name
        The name that means the same in every derivation.
    rounded
        `ROUNDED` if a source is stored in double precision, else empty.
    """

    formula: str
    unit: str
    explicit_name: str
    rounded: str


@dataclass(frozen=True)
class Fields:
    """The fields of the output.

    Parameters
    ----------
    jets
        The jets of a derivation.
    fields
        How each is computed.
    """

    jets: JetCollection
    fields: tuple[Field, ...]
    defaulted: Counter[str] = field(default_factory=Counter)

    @property
    def sources(self) -> set[str]:
        """The event-data variables that are needed."""
        return {source for field in self.fields for source in field.sources}

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables of others that are needed: none."""
        return set()

    def compute(self, jets: Batch) -> dict[str, Values]:
        """Compute each field."""
        return {field.name: field.values(jets.values) for field in self.fields}

    def record(self) -> dict[str, Any]:
        """Say what each field means."""
        return {"fields": {field.name: self._meaning(field) for field in self.fields}}

    def warning(self) -> str:
        """Say nothing."""
        return ""

    def _meaning(self, field: Field) -> FieldMeaning:
        types = [self.jets.type_name(source).lower() for source in field.sources]
        rounded = ROUNDED if any("double" in name for name in types) else ""
        return FieldMeaning(field.formula, field.unit, field.explicit_name, rounded)
