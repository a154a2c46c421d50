"""The locations of the pages of an RNTuple's columns (see `envelope` for the specification).

uproot would build objects for the pages of all 1700 columns, and does not verify the checksums
of pages.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError, UserError
from dumpxaod.rootio.compression import decompress, has_checksum
from dumpxaod.rootio.encodings import Packing
from dumpxaod.rootio.envelope import Locator, frame_size, frames, locator, records, verify_checksum
from dumpxaod.rootio.schema import StoredColumn

_LENGTH_OF_CHECKSUM = 8
_IS_SHARDED = 1


class Page(NamedTuple):
    """The location of a page, and the number of values in it."""

    n_values: int
    has_checksum: bool
    locator: Locator

    @property
    def span(self) -> tuple[int, int]:
        """Start and stop of the page in the file, with its checksum."""
        size = self.locator.size + (_LENGTH_OF_CHECKSUM if self.has_checksum else 0)
        return self.locator.offset, self.locator.offset + size

    def is_protected(self, content: bytes, packing: Packing) -> bool:
        """Whether a flipped bit in the bytes of the page would be noticed."""
        return self.has_checksum or has_checksum(content, packing.size(self.n_values))

    def decompress(self, content: bytes, packing: Packing) -> bytes:
        """Verify the checksum of the bytes of `span`, and decompress them."""
        data = verify_checksum(content) if self.has_checksum else content
        return decompress(data, packing.size(self.n_values))


class Piece(NamedTuple):
    """What one cluster holds of a column.

    Parameters
    ----------
    n_zeros
        Number of elements before the first one of a late column, which are not in any page.
    """

    packing: Packing
    n_zeros: int
    pages: list[Page]

    @property
    def n_bytes(self) -> int:
        """Size of all numbers in memory, in bytes."""
        n_values = self.n_zeros + sum(page.n_values for page in self.pages)
        return n_values * self.packing.dtype.itemsize

    def numbers(self, contents: Iterator[bytes]) -> NDArray[Any]:
        """Decode the pages, whose bytes are the next items of `contents`.

        Raises
        ------
        CorruptDataError
            If a page is damaged.
        """
        arrays = [np.zeros(self.n_zeros, self.packing.dtype)]
        for page in self.pages:
            data = page.decompress(next(contents), self.packing)
            arrays.append(self.packing.decode(data, page.n_values))
        return np.concatenate(arrays)


class Cluster(NamedTuple):
    """A range of events, and the position of each column's list of pages in `envelope`."""

    start: int
    stop: int
    envelope: bytes
    columns: list[int]

    def piece(self, column: StoredColumn, *, is_per_event: bool) -> Piece | None:
        """Find the pages of a column; None if the cluster uses another representation of it.

        Parameters
        ----------
        is_per_event
            Whether it has one element per event, not one per element of a collection. As ROOT
            defines it, the elements that it lacks because it entered the schema late are 0: so
            are the events' values, or their collections are empty.

        Raises
        ------
        CorruptDataError
            If it has another number of elements than events.
        """
        pages = self._pages(column)
        if pages is None:
            return None
        n_zeros = 0
        if is_per_event:
            n_events, found = self.stop - self.start, sum(page.n_values for page in pages)
            n_zeros = n_events - found
            if n_zeros < 0 or (n_zeros > 0 and not column.is_late):
                raise CorruptDataError(f"{found} elements are there for {n_events} events")
        return Piece(column.packing, n_zeros, pages)

    def _pages(self, column: StoredColumn) -> list[Page] | None:
        if column.number >= len(self.columns):  # the schema was extended after this cluster
            return None if column.is_unused_before else []
        envelope, start = self.envelope, self.columns[column.number]
        (n_pages,) = struct.unpack_from("<I", envelope, start + 8)
        pages, position, stop = [], start + 12, start + frame_size(envelope, start)
        for _ in range(n_pages):
            (n_values,) = struct.unpack_from("<i", envelope, position)
            where, position = locator(envelope, position + 4)
            if position > stop:
                raise CorruptDataError("its list of pages is longer than its bytes")
            page = Page(abs(n_values), n_values < 0, where)
            if where.size > column.packing.size(page.n_values):
                raise CorruptDataError(f"a page has {where.size} bytes for {page.n_values} numbers")
            pages.append(page)
        (first_value,) = struct.unpack_from("<q", envelope, position)
        return None if first_value < 0 else pages


def read_page_list(envelope: bytes, header_checksum: bytes) -> Iterator[Cluster]:
    """Read the page list of a group of clusters, which must repeat the header's checksum.

    Raises
    ------
    CorruptDataError
        If the bytes contradict each other.
    """
    if envelope[8:16] != header_checksum:
        raise CorruptDataError("a page list of the RNTuple belongs to another one")
    summaries = 16
    lists = summaries + frame_size(envelope, summaries)
    for summary, columns in zip(records(envelope, summaries), frames(envelope, lists), strict=True):
        start, n_events = struct.unpack_from("<QQ", envelope, summary)
        if n_events >> 56 & _IS_SHARDED:
            raise UserError("its RNTuple has sharded clusters, which are too new for this program")
        n_events &= (1 << 56) - 1
        yield Cluster(start, start + n_events, envelope, list(frames(envelope, columns)))
