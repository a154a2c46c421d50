"""Decompress ROOT's blocks, and never to more bytes than announced.

A block is a header of 9 bytes (the algorithm's two letters, a version, and the sizes before and
after, of 3 bytes each, little-endian; see ROOT's core/zip/src/RZip.cxx) and the data. Content
larger than 16 MB is cut into several blocks.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from typing import Any

import cramjam
import numpy as np
import xxhash
from uproot.source.chunk import Chunk

from dumpxaod.deflate import zlib
from dumpxaod.errors import CorruptDataError

_HEADER = 9
_CHECKSUM = 8  # bytes, before the data of LZ4
_WITH_CHECKSUM = (b"ZL", b"XZ", b"L4")  # ROOT writes Zstandard without one
_LZMA_MEMORY = 2**28

# Event data become 2 to 10 times smaller; short columns of a constant, a thousand times.
_FREE = 2**27
_LARGEST_RATIO = 32
_LARGEST_RATIO_OF_ZLIB = 1032


def require_plausible(size: int, compressed: int) -> None:
    """Refuse content that would fill the memory, before it is decompressed.

    Parameters
    ----------
    size, compressed
        Bytes of the content in memory and in the file.

    Raises
    ------
    CorruptDataError
        If the ratio is implausible.
    """
    if not 0 <= size <= _FREE + _LARGEST_RATIO * compressed:
        raise CorruptDataError(f"{compressed} bytes in the file claim to be {size} bytes of data")


def has_checksum(data: bytes, size: int) -> bool:
    """Whether a flipped bit in compressed data would be noticed; parameters of `decompress`."""
    return len(data) != size and data[:2] in _WITH_CHECKSUM


def decompress(data: bytes, size: int) -> bytes:
    """Decompress the content of a basket, a page or an object.

    Parameters
    ----------
    data
        Its blocks; or the content itself, where compression would not make it smaller.
    size
        Bytes of the content.

    Raises
    ------
    CorruptDataError
        If the blocks cannot be decompressed, or to another number of bytes.
    """
    if len(data) == size:
        return data
    require_plausible(size, len(data))
    blocks = list(_blocks(data))
    announced = sum(length for *_, length in blocks)
    if announced != size:
        raise CorruptDataError(f"{announced} bytes were compressed instead of {size}")
    try:
        content = b"".join([_decompress_block(*block) for block in blocks])
    except CorruptDataError:
        raise
    except Exception as error:  # each library has its own
        raise CorruptDataError("its content cannot be decompressed") from error
    if len(content) != size:
        raise CorruptDataError(f"{len(content)} bytes were compressed instead of {size}")
    return content


def decompress_for_uproot(chunk: Any, cursor: Any, context: Any, *sizes: Any, **_: Any) -> Any:
    """Replace uproot's `decompress`, which sets no limits.

    Parameters
    ----------
    chunk, cursor, context
        Of uproot.
    *sizes
        Bytes of the object in the file, bytes of its content, and perhaps an unused list.
    **_
        Or that list by its name.
    """
    compressed, size = sizes[:2]
    data = chunk.get(cursor.index, cursor.index + compressed, cursor, context).tobytes()
    content = decompress(data, size)
    return Chunk.wrap(chunk.source, np.frombuffer(content, np.uint8))


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Split into blocks: the algorithm, the data, and the size of the content."""
    start = 0
    while start < len(data):
        stop = start + _HEADER + int.from_bytes(data[start + 3 : start + 6], "little")
        if stop > len(data):
            raise CorruptDataError("its content cannot be decompressed")
        size = int.from_bytes(data[start + 6 : start + _HEADER], "little")
        yield data[start : start + 2], data[start + _HEADER : stop], size
        start = stop


def _decompress_block(algorithm: bytes, data: bytes, size: int) -> bytes:
    if algorithm == b"ZL":  # nearly all event data, by the thousand
        if len(data) * _LARGEST_RATIO_OF_ZLIB < _FREE:  # faster, and safe for so few bytes
            return bytes(zlib.decompress(data, bufsize=size))
        return _limited(zlib.decompressobj(), data, size)
    if algorithm == b"XZ":
        return _limited(lzma.LZMADecompressor(memlimit=_LZMA_MEMORY), data, size)
    content = bytearray(size)
    if algorithm == b"ZS":
        length = cramjam.zstd.decompress_into(data, content)
    elif algorithm == b"L4":
        checksum, data = data[:_CHECKSUM], data[_CHECKSUM:]
        if xxhash.xxh64_digest(data) != checksum:
            raise CorruptDataError("its checksum differs")
        length = cramjam.lz4.decompress_block_into(data, content)
    else:
        raise CorruptDataError(f"it is compressed by an unknown algorithm, {algorithm!r}")
    if length != size:
        raise CorruptDataError(f"{length} bytes were compressed instead of {size}")
    return bytes(content)


def _limited(decompressor: Any, data: bytes, size: int) -> bytes:
    """Decompress one byte too many at most, which also reads the checksum at the end."""
    content: bytes = decompressor.decompress(data, size + 1)
    if len(content) != size or not decompressor.eof:
        raise CorruptDataError("its content cannot be decompressed")
    return content
