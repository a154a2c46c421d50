"""The schema of an RNTuple: its fields, and the columns that store a variable."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from dumpxaod.errors import UserError, shown
from dumpxaod.rootio.column import no_number
from dumpxaod.rootio.encodings import INDICES, Packing
from dumpxaod.rootio.envelope import Envelope

_LEAF = 0  # role of a field that is not a collection, record, variant or streamed object
_COLLECTION = 1
_VECTOR = re.compile(r"$|(std::vector|ROOT::(VecOps::)?RVec)<")  # or without a C++ type
_REALS: dict[str, np.dtype[Any]] = {"float": np.dtype("f4"), "double": np.dtype("f8")}


class Field(NamedTuple):
    """A variable, or a member or item of one.

    Parameters
    ----------
    name, type_name
        As in C++.
    parent
        Index of the field that it belongs to; its own if it is at the top.
    role
        The specification's structural role, such as `_COLLECTION`.
    is_array
        Whether an entry has a fixed number of them.
    """

    name: str
    type_name: str
    parent: int
    role: int
    is_array: bool


class StoredColumn(NamedTuple):
    """A column of a field, in one of its representations.

    Parameters
    ----------
    number
        Index among all columns.
    is_late
        Whether it entered the schema after the first event, so that its first elements
        are not in any page; they are 0.
    is_unused_before
        Whether another representation was used before it entered the schema.
    representation
        Index of its representation.
    """

    number: int
    packing: Packing
    is_late: bool
    is_unused_before: bool
    representation: int


class Place(NamedTuple):
    """The fields that store a variable, by their indices.

    Parameters
    ----------
    counts
        Where each event's values end, if there can be several.
    dtype
        Of a value; None if it is as stored.
    sizes
        In a vector of vectors, where the values of each inner vector end.
    """

    counts: int | None
    values: int
    dtype: np.dtype[Any] | None
    sizes: int | None = None


@dataclass(frozen=True)
class Schema:
    """The content of header and footer.

    Parameters
    ----------
    columns
        The columns of each field, by its index in `fields`.
    page_lists
        For each group of clusters their number, and the envelope that lists their pages.
    checksum
        Of the header, repeated in footer and page lists.
    """

    fields: list[Field]
    columns: dict[int, list[StoredColumn]]
    page_lists: list[tuple[int, Envelope]]
    checksum: bytes

    @cached_property
    def top(self) -> dict[str, int]:
        """Index of each field that has no parent, by its name."""
        return {field.name: i for i, field in enumerate(self.fields) if field.parent == i}

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        children = defaultdict(list)
        for i, field in enumerate(self.fields):
            if field.parent != i:
                children[field.parent].append(i)
        return children

    def members(self, field: int) -> dict[str, int]:
        """Name and index of the members of an object, including those of its base classes."""
        members: dict[str, int] = {}
        for child in self._children[field]:
            name = self.fields[child].name
            members |= self.members(child) if name.startswith(":") else {name: child}
        return members

    def name(self, field: int) -> str:
        """Name the variable that a field belongs to."""
        while self.fields[field].parent != field:
            field = self.fields[field].parent
        return shown(self.fields[field].name)

    def place(self, variable: int, member: str, *, may_be_nested: bool = False) -> Place:
        """Find the fields that store a variable.

        Parameters
        ----------
        variable
            Its index in `fields`.
        member
            The wanted member if it is a vector of objects; or empty.
        may_be_nested
            Whether it may be a vector of vectors.

        Raises
        ------
        UserError
            If it isn't one number per jet or event, or is stored in an unknown way.
        """
        field, counts, sizes = variable, None, None
        if self._is_vector(field):
            counts, (field,) = field, self._children[field]
        if may_be_nested and counts is not None and self._is_vector(field):
            sizes, (field,) = field, self._children[field]
        if member:
            field = self.members(field).get(member, field)
        while self._is_wrapper(field):
            (field,) = self._children[field]
        self._require_numbers(variable, (counts, sizes), field)
        return Place(counts, field, _REALS.get(self.fields[field].type_name), sizes)

    def _is_vector(self, field: int) -> bool:
        kind, children = self.fields[field], self._children[field]
        is_vector = kind.role == _COLLECTION and _VECTOR.match(kind.type_name)
        return bool(is_vector) and len(children) == 1 and not kind.is_array

    def _is_wrapper(self, field: int) -> bool:
        """Whether a field is an enumeration or an atomic number, whose only child is the number."""
        kind, children = self.fields[field], self._children[field]
        is_plain = kind.role == _LEAF and not kind.is_array and field not in self.columns
        return is_plain and [self.fields[child].name for child in children] == ["_0"]

    def _require_numbers(
        self, variable: int, vectors: tuple[int | None, int | None], field: int
    ) -> None:
        name, kind = self.fields[variable].name, self.fields[variable].type_name
        columns = self.columns.get(field, [])
        ends = [c for f in vectors if f is not None for c in self.columns.get(f, [])]
        is_array = any(self.fields[f].is_array for f in (variable, field))
        is_part = self._children[field] or any(c.packing.kind in INDICES for c in columns)
        representations = {column.representation for column in columns}
        if is_array or is_part or not columns or len(representations) < len(columns):
            raise no_number(name, kind)
        for column in columns:
            if not column.packing.is_readable:
                raise UserError(
                    f"{shown(name)} is stored as {column.packing}, which cannot be read here"
                )
        if any(column.packing.kind not in INDICES for column in ends):
            raise UserError(f"{shown(name)} is {shown(kind)} in a form that cannot be read here")
