"""Event data stored as a TTree: `CollectionTree`, as up to release 24."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError, UserError, shown
from dumpxaod.rootio.basket import has_checksum
from dumpxaod.rootio.baskets import Bounds, Branch, fetch_baskets
from dumpxaod.rootio.column import Column, no_number
from dumpxaod.rootio.elements import (
    Member,
    branch_element,
    members,
    nested_element,
)
from dumpxaod.rootio.nested import read_nested
from dumpxaod.rootio.vectors import read_member, read_vectors

TREE_NAME = "CollectionTree"
EVENTS_PER_READ = 5000

_IN_A_STORE = re.compile(r"(.+?)Aux(?:Dyn)?\.")

# Static stores without variables of their own. They are known by name, since uproot reads the
# descriptions of all classes in the file to find that of one.
BARE_STORES = ("xAOD::AuxContainerBase", "xAOD::AuxInfoBase", "xAOD::ShallowAuxContainer")

Decoder = Callable[[NDArray[np.uint8], Bounds], Column]


class _Variable(NamedTuple):
    """The branch of a variable, how its bytes are read, and its type if that is nested."""

    branch: Branch
    decode: Decoder
    nested_type: str


class TTreeStore:
    """The events of a derivation with a TTree, from `branch_index.open_file`: see `Store`."""

    def __init__(self, file: Any) -> None:
        tree = file[TREE_NAME]
        self._file = file.file
        self._branches = tree.member("fBranches")
        self._names = frozenset(self._branches.names)
        self._found: dict[tuple[str, str], _Variable] = {}
        self.n_events = int(tree.num_entries)
        if self.n_events < 0:
            raise CorruptDataError(f"the tree has {self.n_events} events")
        self.has_checksums = True

    def containers(self) -> set[str]:
        """See `Store`."""
        return {match[1] for match in map(_IN_A_STORE.match, self._names) if match}

    def variables(self, container: str) -> set[str]:
        """See `Store`."""
        prefix = f"{container}AuxDyn."
        dynamic = {name.removeprefix(prefix) for name in self._names if name.startswith(prefix)}
        static = {m.name for m in self._static_members(container) if m.name.isidentifier()}
        return dynamic | static

    def type_name(self, container: str, variable: str) -> str:
        """See `Store`."""
        dynamic = f"{container}AuxDyn.{variable}"
        if dynamic in self._names:
            return str(self._branches.read_branch(dynamic).typename)
        return next(m.typename for m in self._static_members(container) if m.name == variable)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """See `Store`."""
        for start in range(0, self.n_events, EVENTS_PER_READ):
            yield start, min(start + EVENTS_PER_READ, self.n_events)

    def read(
        self,
        wanted: Sequence[tuple[str, str]],
        start: int,
        stop: int,
        *,
        nested: Collection[tuple[str, str]] = (),
    ) -> dict[tuple[str, str], Column]:
        """See `Store`."""
        found = {name: self._variable(*name) for name in wanted}
        for name, (branch, _, nested_type) in found.items():
            if nested_type and name not in nested:
                raise no_number(branch.name, nested_type)
        branches = {branch.name: branch for branch, _, _ in found.values()}
        contents = fetch_baskets(self._file.source, branches.values(), start, stop)
        self.has_checksums &= all(has_checksum(c) for each in contents.values() for c in each)
        columns, entries = {}, {}
        for name, (branch, decode, _) in found.items():
            try:
                if branch.name not in entries:
                    entries[branch.name] = branch.join(contents[branch.name], start, stop)
                columns[name] = decode(*entries[branch.name])
            except CorruptDataError as error:
                raise UserError(f"{branch.name} is damaged: {error}") from None
        return columns

    def _variable(self, container: str, variable: str) -> _Variable:
        """Find the branch of a variable and how its bytes are read, once."""
        key = container, variable
        if key not in self._found:
            branch, decode, nested_type = self._find(container, variable)
            self._found[key] = _Variable(Branch(branch, self.n_events), decode, nested_type)
        return self._found[key]

    def _find(self, container: str, variable: str) -> tuple[Any, Decoder, str]:
        vector, _, member = variable.partition(".")
        dynamic, static = f"{container}AuxDyn.{vector}", f"{container}Aux."
        if dynamic in self._names:
            branch = self._branches.read_branch(dynamic)
            typename = branch.member("fClassName", none_if_missing=True) or ""
        else:
            branch = self._branches.read_branch(static)
            if not branch.branches:
                return branch, *_unsplit(static, self._static_members(container), variable)
            branch = _sub_branch(branch, vector)
            typename = branch.typename
        if nested := nested_element(typename, member):
            return branch, partial(read_nested, element=nested), typename
        if member:
            branch = _sub_branch(branch, member)
        return branch, partial(read_vectors, element=branch_element(branch)), ""

    def _static_members(self, container: str) -> list[Member]:
        """List the members of a container's static store."""
        name = f"{container}Aux."
        if name not in self._names:
            return []
        branch = self._branches.read_branch(name)
        if branch.branches:
            return [Member(b.name.rpartition(".")[2], b.typename, False) for b in branch.branches]
        class_name = branch.member("fClassName", none_if_missing=True)
        if class_name is None or class_name in BARE_STORES:
            return []
        streamer = self._file.streamer_named(class_name)
        return members(streamer) if streamer else []


def _sub_branch(branch: Any, name: str) -> Any:
    found = [b for b in branch.branches if b.name.endswith(f".{name}")]
    if len(found) != 1:
        class_name = branch.member("fClassName", none_if_missing=True) or "no object"
        raise UserError(
            f"{shown(branch.name)} is {shown(class_name)}, written unsplit: "
            f"its {shown(name)} cannot be read"
        )
    return found[0]


def _unsplit(store: str, members: list[Member], wanted: str) -> tuple[Decoder, str]:
    """Choose how to read a member of objects that are written unsplit; its type if nested."""
    name, _, number = wanted.partition(".")
    first = members[: [member.name for member in members].index(name) + 1]
    element = nested_element(first[-1].typename, number) if number else first[-1].element
    if element is None:
        raise no_number(f"{store}{wanted}", first[-1].typename)
    nested_type = first[-1].typename if element.is_nested else ""
    return partial(read_member, members=first, wanted=element), nested_type
