"""The datasets beside /jets: /tracks and /eventwise."""

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
    """Rows of a dataset, which need not be in memory: a structured array is such a thing."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of an element."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of rows, and of elements in a row if it has several."""

    def __getitem__(self, rows: slice) -> NDArray[np.void]:
        """Make some of the rows."""


@dataclass(frozen=True)
class TableRecord:
    """What is to be said of a dataset.

    Parameters
    ----------
    fields
        What each field means.
    attributes
        Others, name and text.
    """

    fields: dict[str, FieldMeaning]
    attributes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TableRecord:
        """Restore it from its `dataclasses.asdict` in JSON."""
        fields = {name: FieldMeaning(**meaning) for name, meaning in content["fields"].items()}
        return cls(fields, dict(content["attributes"]))


class Table(Protocol):
    """A dataset beside /jets."""

    @property
    def name(self) -> str:
        """Name of the dataset."""

    @property
    def sources(self) -> set[str]:
        """The variables of jets that are needed."""

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables of others that are needed."""

    @property
    def counts(self) -> Counter[str]:
        """What there is to be counted, so far."""

    def rows(self, taken: Batch) -> Rows:
        """Compute the rows that belong to some events and their jets."""

    def record(self) -> TableRecord:
        """Say what it is."""

    def warning(self) -> str:
        """Say what is remarkable of the rows so far; empty if nothing is."""
