"""Inflate what ROOT compressed.

A block is a header of 9 bytes (the algorithm's two letters, a version, and the sizes before and
after, of 3 bytes each, little-endian; see ROOT's core/zip/src/RZip.cxx) and the data. Content
larger than 16 MB is cut into several blocks.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from uproot.compression import decompress
from uproot.source.chunk import Chunk
from uproot.source.cursor import Cursor

from .errors import DamageError

_HEADER = 9


def inflate(data: bytes, size: int) -> bytes:
    """Decompress the content of a basket or a page.

    Parameters
    ----------
    data
        Its blocks.
    size
        Bytes of the content; compression is left out where it would not make them fewer.

    Raises
    ------
    DamageError
        If they cannot be had from the blocks, or are more or fewer.
    """
    if len(data) == size:
        return data
    try:
        content = b"".join(_blocks(data))
    except ModuleNotFoundError:
        raise
    except Exception as error:  # each algorithm has its own
        raise DamageError("its content cannot be inflated") from error
    if len(content) != size:
        raise DamageError(f"{len(content)} bytes were compressed instead of {size}")
    return content


def _blocks(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        stop = start + _HEADER + int.from_bytes(data[start + 3 : start + 6], "little")
        size = int.from_bytes(data[start + 6 : start + _HEADER], "little")
        if data[start : start + 2] == b"ZL":  # nearly all event data, by the thousand
            yield zlib.decompress(data[start + _HEADER : stop], bufsize=size)
        else:
            block = Chunk.wrap(None, data[start:stop])
            yield decompress(block, Cursor(0), {}, stop - start, size).raw_data.tobytes()
        start = stop
