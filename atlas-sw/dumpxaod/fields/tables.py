"""The datasets besides /jets: /tracks and /eventwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dumpxaod.fields.columns import FieldMeaning
from dumpxaod.xaod.batch import Batch


class Rows(Protocol):
    """Rows of a dataset, which need not be in memory; a structured array is one, too."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Structured type of an element."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of rows, and of elements per row if there are several."""

    def __getitem__(self, rows: slice) -> NDArray[np.void]:
        """Make some of the rows."""


@dataclass(frozen=True)
class TableRecord:
    """The record of a dataset: its fields, and further attributes by name."""

    fields: dict[str, FieldMeaning]
    attributes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TableRecord:
        """Restore it from its `dataclasses.asdict` in JSON."""
        fields = {name: FieldMeaning(**meaning) for name, meaning in content["fields"].items()}
        return cls(fields, dict(content["attributes"]))


class Table(Protocol):
    """A dataset besides /jets."""

    @property
    def name(self) -> str:
        """Name of the dataset."""

    @property
    def sources(self) -> set[str]:
        """The variables of a jet that are needed, by event-data name."""

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables of other objects that are needed."""

    @property
    def counts(self) -> Counter[str]:
        """Counts of the rows so far, for the summary and the warning."""

    def rows(self, taken: Batch) -> Rows:
        """Compute the rows of some events and of their jets that are written."""

    def record(self) -> TableRecord:
        """Describe the dataset and its fields."""

    def warning(self) -> str:
        """Warn of what is unusual in the rows so far; empty if nothing is."""
