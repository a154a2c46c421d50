"""Event data stored as an RNTuple: `EventData`, as since release 25."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError, UserError
from dumpxaod.rootio.column import Column
from dumpxaod.rootio.compression import require_plausible
from dumpxaod.rootio.envelope import verify_checksum
from dumpxaod.rootio.header import read_schema
from dumpxaod.rootio.page_list import Cluster, Piece, read_page_list
from dumpxaod.rootio.schema import Place

NTUPLE_NAME = "EventData"
EVENTS_PER_READ = 5000

_IN_A_STORE = re.compile(r"(.+?)Aux(?:Dyn)?:")
_ANCHOR_START = 6  # after byte count and version of the object


class RNTupleStore:
    """The events of a derivation with an RNTuple: see `Store`."""

    def __init__(self, file: Any) -> None:
        self._source = file.file.source
        chunk, _ = file.key(NTUPLE_NAME).get_uncompressed_chunk_cursor()
        anchor = verify_checksum(chunk.raw_data.tobytes()[_ANCHOR_START:], "big")
        self._schema = read_schema(self._source, anchor)
        self.n_events = self._clusters[-1].stop if self._clusters else 0
        self.has_checksums = True

    @cached_property
    def _clusters(self) -> list[Cluster]:
        clusters: list[Cluster] = []
        for n_clusters, page_list in self._schema.page_lists:
            found = list(read_page_list(page_list.fetch(self._source), self._schema.checksum))
            if len(found) != n_clusters:
                raise CorruptDataError(f"{len(found)} clusters are listed instead of {n_clusters}")
            clusters.extend(found)
        stops = [0, *(cluster.stop for cluster in clusters)]
        if any(cluster.start != stop for cluster, stop in zip(clusters, stops, strict=False)):
            raise CorruptDataError("its clusters do not follow each other")
        return clusters

    def containers(self) -> set[str]:
        """See `Store`."""
        return {match[1] for match in map(_IN_A_STORE.match, self._schema.top) if match}

    def variables(self, container: str) -> set[str]:
        """See `Store`."""
        prefix, top = f"{container}AuxDyn:", self._schema.top
        dynamic = {name.removeprefix(prefix) for name in top if name.startswith(prefix)}
        return dynamic | self._static_members(container).keys()

    def type_name(self, container: str, variable: str) -> str:
        """See `Store`."""
        return self._schema.fields[self._field(container, variable)].type_name

    def ranges(self) -> Iterator[tuple[int, int]]:
        """See `Store`."""
        start = 0
        for cluster in self._clusters:
            if cluster.stop - start >= EVENTS_PER_READ or cluster.stop == self.n_events:
                yield start, cluster.stop
                start = cluster.stop

    def read(
        self,
        wanted: Sequence[tuple[str, str]],
        start: int,
        stop: int,
        *,
        nested: Collection[tuple[str, str]] = (),
    ) -> dict[tuple[str, str], Column]:
        """See `Store`."""
        places = {name: self._place(*name, may_be_nested=name in nested) for name in wanted}
        clusters = [c for c in self._clusters if start <= c.start < stop]
        numbers = self._numbers(clusters, list(places.values()))
        columns = {}
        for name, place in places.items():
            try:
                columns[name] = _column(place, numbers).first(stop - start)
            except CorruptDataError as error:
                raise UserError(f"{self._schema.name(place.values)} is damaged: {error}") from None
        return columns

    def _numbers(
        self, clusters: list[Cluster], places: list[Place]
    ) -> dict[int, list[NDArray[Any]]]:
        """Fetch and decode the fields of some variables: for each field one array per cluster."""
        per_event = {p.values if p.counts is None else p.counts for p in places}
        inner = {place.sizes for place in places if place.sizes is not None}
        fields = sorted(per_event | inner | {place.values for place in places})
        pieces = [(f, self._piece(c, f, f in per_event)) for f in fields for c in clusters]
        contents = self._fetch([piece for _, piece in pieces])
        numbers: dict[int, list[NDArray[Any]]] = {field: [] for field in fields}
        for field, piece in pieces:
            try:
                numbers[field].append(piece.numbers(contents))
            except CorruptDataError as error:
                raise UserError(f"{self._schema.name(field)} is damaged: {error}") from None
        return numbers

    def _fetch(self, pieces: list[Piece]) -> Iterator[bytes]:
        """Fetch all pages in one request, for the sake of remote files."""
        pages = [(page, piece.packing) for piece in pieces for page in piece.pages]
        # Equal pages may be stored once, so that their sizes may sum to any number.
        compressed = min(sum(page.locator.size for page, _ in pages), self._source.num_bytes)
        require_plausible(sum(piece.n_bytes for piece in pieces), compressed)
        contents = self._source.fetch([page.span for page, _ in pages])
        if self.has_checksums:
            self.has_checksums = all(
                page.is_protected(content, packing)
                for (page, packing), content in zip(pages, contents, strict=True)
            )
        return iter(contents)

    def _piece(self, cluster: Cluster, field: int, is_per_event: bool) -> Piece:
        """Find the pages of a field in the representation that a cluster uses."""
        try:
            for column in self._schema.columns.get(field, []):
                piece = cluster.piece(column, is_per_event=is_per_event)
                if piece is not None:
                    return piece
        except CorruptDataError as error:
            raise UserError(f"{self._schema.name(field)} is damaged: {error}") from None
        raise UserError(f"{self._schema.name(field)} has no pages")

    def _place(self, container: str, variable: str, *, may_be_nested: bool) -> Place:
        """Find a variable in the schema."""
        vector, _, member = variable.partition(".")
        field = self._field(container, vector)
        return self._schema.place(field, member, may_be_nested=may_be_nested)

    def _field(self, container: str, variable: str) -> int:
        dynamic = self._schema.top.get(f"{container}AuxDyn:{variable}")
        return self._static_members(container)[variable] if dynamic is None else dynamic

    def _static_members(self, container: str) -> dict[str, int]:
        store = self._schema.top.get(f"{container}Aux:")
        return {} if store is None else self._schema.members(store)


def _column(place: Place, numbers: dict[int, list[NDArray[Any]]]) -> Column:
    """Concatenate the numbers of a variable in some clusters."""
    arrays = numbers[place.values]
    values = np.concatenate(arrays).astype(place.dtype or arrays[0].dtype, copy=False)
    if place.counts is None:
        return Column(np.ones(len(values), np.int64), values)
    if place.sizes is None:
        return Column(_counts(numbers[place.counts], arrays), values)
    ends = numbers[place.sizes]
    return Column(_counts(numbers[place.counts], ends), values, _counts(ends, arrays))


def _counts(ends: list[NDArray[Any]], values: list[NDArray[Any]]) -> NDArray[np.int64]:
    """Count the values of each event or vector, given by cluster their ends and all values."""
    counts = [_counts_in_cluster(e, len(v)) for e, v in zip(ends, values, strict=True)]
    return np.concatenate(counts)


def _counts_in_cluster(ends: NDArray[Any], n_values: int) -> NDArray[np.int64]:
    ends = ends.astype(np.int64)
    counts = np.diff(ends, prepend=0)
    if np.any(counts < 0) or (ends[-1] if len(ends) else 0) != n_values:
        raise CorruptDataError(f"the sizes of its vectors contradict its {n_values} values")
    return counts
