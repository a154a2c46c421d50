"""The envelopes that describe an RNTuple, and the frames in them.

uproot reads them too, but builds many objects, trusts every count, and compares checksums with
`assert`, which `python -O` removes. The layout is that of ROOT's RNTuple Binary Format
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
    """The location of an envelope, and its decompressed size in bytes."""

    kind: int
    locator: Locator
    size: int

    def fetch(self, source: Source) -> bytes:
        """Fetch the envelope, verify its checksum, and return it with the checksum.

        Raises
        ------
        CorruptDataError
            If it contradicts its checksum or its description.
        """
        start = self.locator.offset
        (content,) = source.fetch([(start, start + self.locator.size)])
        try:
            data = decompress(content, self.size)
            (word,) = struct.unpack_from("<Q", verify_checksum(data))
        except CorruptDataError as error:
            raise CorruptDataError(f"the {_KINDS[self.kind]} of the RNTuple: {error}") from None
        if word != len(data) << 16 | self.kind:
            raise CorruptDataError(f"the {_KINDS[self.kind]} of the RNTuple is something else")
        return data


def verify_checksum(data: bytes, byteorder: Literal["little", "big"] = "little") -> bytes:
    """Verify the checksum at the end of some bytes, and return them without it.

    Raises
    ------
    CorruptDataError
        If it differs from that of the bytes.
    """
    found = int.from_bytes(data[-_CHECKSUM:], byteorder)
    if xxhash.xxh3_64_intdigest(data[:-_CHECKSUM]) != found:
        raise CorruptDataError("its checksum differs")
    return data[:-_CHECKSUM]


def frame_size(envelope: bytes, position: int) -> int:
    """Size of a frame in bytes, which is stored as a negative number for a list."""
    return abs(int(struct.unpack_from("<q", envelope, position)[0]))


def frames(envelope: bytes, position: int) -> Iterator[int]:
    """Positions of the frames in a list frame.

    Raises
    ------
    CorruptDataError
        If they are longer than the list.
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
    """Positions of the contents of the record frames in a list frame."""
    return (frame + _RECORD_START for frame in frames(envelope, position))


def text(envelope: bytes, position: int) -> tuple[str, int]:
    """Read a string, and return it with the position after it."""
    start = position + 4
    stop = start + int.from_bytes(envelope[position:start], "little")
    if stop > len(envelope):
        raise CorruptDataError("a name in its description is longer than its bytes")
    return envelope[start:stop].decode(errors="replace"), stop


def locator(envelope: bytes, position: int) -> tuple[Locator, int]:
    """Read a locator, and return it with the position after it.

    Raises
    ------
    CorruptDataError
        If its type is not in the specification.
    """
    size, offset = struct.unpack_from("<iQ", envelope, position)
    if size >= 0:
        return Locator(offset, size), position + 12
    length, kind = -size & 0xFFFF, -size >> 24
    if kind != _LARGE or length < 20:
        raise CorruptDataError(f"a locator is of unknown type {kind}")
    size, offset = struct.unpack_from("<QQ", envelope, position + 4)
    return Locator(offset, size), position + length
