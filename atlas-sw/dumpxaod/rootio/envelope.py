"""The envelopes that describe an RNTuple, and the frames in them.

uproot reads them too, but builds many objects, believes every count, and compares checksums
with `assert`, which `python -O` leaves out. The layout is that of ROOT's RNTuple Binary Format
Specification 1.0 (`tree/ntuple/doc/BinaryFormatSpecification.md`); every number is little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal, NamedTuple

import xxhash

from dumpxaod.errors import CorruptDataError
from dumpxaod.files.local import Source
from dumpxaod.rootio.compression import decompress

HEADER, FOOTER, PAGE_LIST = 1, 2, 3
_KINDS = {HEADER: "header", FOOTER: "footer", PAGE_LIST: "page list"}

_CHECKSUM = 8
_LARGE = 1  # the type of a locator whose size has 64 bits
_RECORD_START = 8


class Locator(NamedTuple):
    """A range of bytes in the file."""

    offset: int
    size: int


class Envelope(NamedTuple):
    """Where an envelope lies, and its size when it is not compressed."""

    kind: int
    place: Locator
    size: int

    def fetch(self, source: Source) -> bytes:
        """Fetch the envelope, compare its checksum, and return it with that.

        Parameters
        ----------
        source
            The file.

        Raises
        ------
        CorruptDataError
            If it contradicts its checksum or its description.
        """
        (content,) = source.fetch([(self.place.offset, self.place.offset + self.place.size)])
        try:
            data = decompress(content, self.size)
            (word,) = struct.unpack_from("<Q", verify_checksum(data))
        except CorruptDataError as error:
            raise CorruptDataError(f"the {_KINDS[self.kind]} of the RNTuple: {error}") from None
        if word != len(data) << 16 | self.kind:
            raise CorruptDataError(f"the {_KINDS[self.kind]} of the RNTuple is something else")
        return data


def verify_checksum(data: bytes, byteorder: Literal["little", "big"] = "little") -> bytes:
    """Compare bytes with the checksum that ends them, and return them without it.

    Parameters
    ----------
    data
        The bytes, of any number.
    byteorder
        Of the checksum.

    Raises
    ------
    CorruptDataError
        If they differ.
    """
    found = int.from_bytes(data[-_CHECKSUM:], byteorder)
    if xxhash.xxh3_64_intdigest(data[:-_CHECKSUM]) != found:
        raise CorruptDataError("its checksum differs")
    return data[:-_CHECKSUM]


def frame_size(envelope: bytes, position: int) -> int:
    """Size of a frame in bytes: it is negative for a list and positive for a record."""
    return abs(int(struct.unpack_from("<q", envelope, position)[0]))


def frames(envelope: bytes, position: int) -> Iterator[int]:
    """Positions of the frames in a list frame.

    Raises
    ------
    CorruptDataError
        If they do not fit in there.
    """
    size, n_items = struct.unpack_from("<qI", envelope, position)
    stop, position = position - size, position + 12
    for _ in range(n_items):
        size = frame_size(envelope, position)
        if size < _RECORD_START or position + size > stop:
            raise CorruptDataError("a list in its description is longer than its bytes")
        yield position
        position += size


def records(envelope: bytes, position: int) -> Iterator[int]:
    """Positions of what is in the record frames of a list frame."""
    return (frame + _RECORD_START for frame in frames(envelope, position))


def text(envelope: bytes, position: int) -> tuple[str, int]:
    """Read a string, and find the position after it."""
    start = position + 4
    stop = start + int.from_bytes(envelope[position:start], "little")
    if stop > len(envelope):
        raise CorruptDataError("a name in its description is longer than its bytes")
    return envelope[start:stop].decode(errors="replace"), stop


def locator(envelope: bytes, position: int) -> tuple[Locator, int]:
    """Read a locator, and find the position after it.

    Raises
    ------
    CorruptDataError
        If it is of a kind that the specification does not have.
    """
    size, offset = struct.unpack_from("<iQ", envelope, position)
    if size >= 0:
        return Locator(offset, size), position + 12
    length, kind = -size & 0xFFFF, -size >> 24
    if kind != _LARGE or length < 20:
        raise CorruptDataError(f"something lies in a way that is not known here (locator {kind})")
    size, offset = struct.unpack_from("<QQ", envelope, position + 4)
    return Locator(offset, size), position + length
