"""Event data stored as an RNTuple: `EventData`, the way since release 25."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import uproot
from numpy.typing import NDArray

from .column import Column
from .compression import inflate
from .errors import DamageError, UserError
from .page_list import ENCODINGS, Cluster, Page, checked, decode, page_size, read_page_list

NTUPLE_NAME = "EventData"
EVENTS_PER_READ = 5000

_IN_A_STORE = re.compile(r"(.+?)Aux(?:Dyn)?:")


class Place(NamedTuple):
    """The fields of the schema that hold a variable."""

    counts: int | None  # where each event's values end, if there can be several
    values: int


class RNTupleStore:
    """The variables of a derivation whose events are an RNTuple.

    Parameters
    ----------
    file
        From `branch_index.open_file`.
    """

    def __init__(self, file: Any) -> None:
        self._ntuple = file[NTUPLE_NAME]
        self._source = file.file.source
        self._fields = _field_records(self._ntuple)
        self._children = defaultdict(list)
        self._top = {}
        for i, field in enumerate(self._fields):
            if field.parent_field_id == i:
                self._top[field.field_name] = i
            else:
                self._children[field.parent_field_id].append(i)
        # The columns of a field: more than one if it has several representations.
        self._columns = defaultdict(list)
        for i, column in enumerate(self._ntuple.column_records):
            self._columns[column.field_id].append((i, column.type, column.repr_idx))
        self.n_events = self._clusters[-1].stop if self._clusters else 0

    @cached_property
    def _clusters(self) -> list[Cluster]:
        clusters: list[Cluster] = []
        for group in self._ntuple.footer.cluster_group_records:
            link, place = group.page_list_link, group.page_list_link.locator
            (content,) = self._source.fetch([(place.offset, place.offset + place.num_bytes)])
            clusters.extend(read_page_list(inflate(content, link.env_uncomp_size)))
        return clusters

    def containers(self) -> set[str]:
        """Names of the containers, such as AnalysisJets."""
        return {match[1] for match in map(_IN_A_STORE.match, self._top) if match}

    def variables(self, container: str) -> set[str]:
        """Names of a container's variables, of whatever type."""
        prefix = f"{container}AuxDyn:"
        dynamic = {name.removeprefix(prefix) for name in self._top if name.startswith(prefix)}
        return dynamic | self._static_members(container).keys()

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Ranges of events that are best read together: first, and last plus one."""
        start = 0
        for cluster in self._clusters:
            if cluster.stop - start >= EVENTS_PER_READ or cluster.stop == self.n_events:
                yield start, cluster.stop
                start = cluster.stop

    def read(
        self, wanted: Sequence[tuple[str, str]], start: int, stop: int
    ) -> dict[tuple[str, str], Column]:
        """Read variables of a range of events.

        Parameters
        ----------
        wanted
            Container and variable of each; those of an element link are called
            ``btaggingLink.m_persKey`` and ``btaggingLink.m_persIndex``.
        start, stop
            The range: one of `ranges`, or its first part.

        Raises
        ------
        UserError
            If a variable isn't one number a jet or an event, or its bytes are damaged.
        """
        places = {name: self._place(*name) for name in wanted}
        clusters = [c for c in self._clusters if start <= c.start < stop]
        fields = {field for place in places.values() for field in place if field is not None}
        parts = self._numbers(clusters, sorted(fields))
        return {
            name: _column(clusters, parts[place.values], parts.get(place.counts), stop - start)
            for name, place in places.items()
        }

    def _numbers(
        self, clusters: list[Cluster], fields: list[int]
    ) -> dict[int | None, list[NDArray[Any]]]:
        """Fetch and decode what some fields hold, for each field one array a cluster."""
        jobs = [(f, *self._pages(cluster, f)) for f in fields for cluster in clusters]
        # All byte ranges in one request: it matters when the file is far away.
        ranges = [(page.offset, page.stop) for *_, pages in jobs for page in pages]
        contents = iter(self._source.fetch(ranges))
        numbers: dict[int | None, list[NDArray[Any]]] = defaultdict(list)
        for field, column_type, pages in jobs:
            try:
                arrays = [_decoded(next(contents), page, column_type) for page in pages]
            except DamageError as error:
                raise UserError(f"{self._fields[field].field_name} is damaged: {error}") from None
            empty = decode(b"", column_type, 0)
            numbers[field].append(np.concatenate([empty, *arrays]))
        return numbers

    def _pages(self, cluster: Cluster, field: int) -> tuple[int, list[Page]]:
        """Type and pages of the representation of a field that a cluster uses."""
        for column, column_type, _ in self._columns[field]:
            pages = cluster.pages(column)
            if pages is not None:
                return column_type, pages
        raise UserError(f"{self._fields[field].field_name} has no pages")

    def _place(self, container: str, variable: str) -> Place:
        """Find a variable in the schema."""
        vector, _, member = variable.partition(".")
        dynamic = self._top.get(f"{container}AuxDyn:{vector}")
        field = self._static_members(container)[vector] if dynamic is None else dynamic
        top, counts = field, None
        if len(self._children[field]) == 1 and field in self._columns:
            counts, (field,) = field, self._children[field]
        if member:
            field = self._members(field)[member]
        columns = self._columns.get(field, [])
        representations = {representation for *_, representation in columns}
        is_number = all(column_type in ENCODINGS for _, column_type, _ in columns)
        if self._children[field] or not columns or len(representations) < len(columns):
            is_number = False
        if not is_number:
            record = self._fields[top]
            raise UserError(f"{record.field_name} is {record.type_name}, not one number a jet")
        return Place(counts, field)

    def _static_members(self, container: str) -> dict[str, int]:
        store = self._top.get(f"{container}Aux:")
        return {} if store is None else self._members(store)

    def _members(self, field: int) -> dict[str, int]:
        """Name and field of the members of an object, those of its base classes included."""
        members: dict[str, int] = {}
        for child in self._children[field]:
            name = self._fields[child].field_name
            members |= self._members(child) if name.startswith(":") else {name: child}
        return members


def _field_records(ntuple: Any) -> Any:
    try:
        return ntuple.field_records
    except AssertionError:  # uproot's checksum of a description that has parts it doesn't know
        names = ("fVersionEpoch", "fVersionMajor", "fVersionMinor", "fVersionPatch")
        version = ".".join(str(ntuple.member(name)) for name in names)
        raise UserError(
            f"its RNTuple, of format {version}, is damaged or too new for uproot "
            f"{uproot.__version__}; fetch it again, or pip install --upgrade uproot"
        ) from None


def _decoded(content: bytes, page: Page, column_type: int) -> NDArray[Any]:
    if page.has_checksum:
        content = checked(content)
    data = inflate(content, page_size(column_type, page.n_values))
    return decode(data, column_type, page.n_values)


def _column(
    clusters: list[Cluster], values: list[NDArray[Any]], ends: list[NDArray[Any]] | None, n: int
) -> Column:
    """Put the first `n` events of some clusters together."""
    if ends is None:
        counts = np.ones(clusters[-1].stop - clusters[0].start, np.int64)
    else:  # they count from the start of the cluster
        counts = np.concatenate([np.diff(e.astype(np.int64), prepend=0) for e in ends])
    return Column(counts, np.concatenate(values)).first(n)
