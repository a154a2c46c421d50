"""The size of a chunk once a filter of hdf5plugin has decompressed it.

Those filters allocate whatever size a chunk claims to have: a few bytes can ask for all memory. So
the claim is compared with the size that its rows must have.
"""

from __future__ import annotations

import bz2
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import h5py

_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_BLOSC2 = b"\x9e\xa8b2frame\0"
FLETCHER32, CHECKSUM = 3, 4  # the filter's number, and how many bytes it adds
_BITSHUFFLE = 32008


def fit_their_rows(dataset: h5py.Dataset, starts: Sequence[int], filters: tuple[int, ...]) -> bool:
    """Tell whether all chunks claim the size of their rows.

    Parameters
    ----------
    dataset
        In chunks, which are compressed at most once.
    starts
        The first row of each chunk.
    filters
        The numbers of their filters, in the order of application.
    """
    index = next((i for i, number in enumerate(filters) if number in SIZES), None)
    if index is None or not _compresses(dataset, index):
        return True  # h5py's own filters, or none
    size = math.prod(dataset.chunks) * dataset.dtype.itemsize
    size += CHECKSUM * (FLETCHER32 in filters[:index])
    for start in starts:
        first_row = (start, *(0 for _ in dataset.shape[1:]))
        skipped, content = dataset.id.read_direct_chunk(first_row)
        if not skipped >> index & 1 and not SIZES[filters[index]](content, size):
            return False
    return True


def _compresses(dataset: h5py.Dataset, index: int) -> bool:
    """Tell whether a filter changes the size; bitshuffle may only reorder the bits."""
    number, _, options, _ = dataset.id.get_create_plist().get_filter(index)
    return number != _BITSHUFFLE or any(options[4:5])


def _number(content: bytes, start: int, n: int, order: Literal["little", "big"]) -> int:
    """Read an integer; 0 where the content has ended."""
    return int.from_bytes(content[start : start + n], order)


def _bzip2(content: bytes, size: int) -> bool:
    """Decompress no more than is needed to know."""
    try:
        return len(bz2.BZ2Decompressor().decompress(content, size + 1)) == size
    except OSError:
        return False


def _zstandard(content: bytes, size: int) -> bool:
    """Read the header of a frame, as in RFC 8878, section 3.1.1."""
    descriptor = _number(content, 4, 1, "little")
    flag, single = descriptor >> 6, descriptor >> 5 & 1
    start = 5 + (not single) + (0, 1, 2, 4)[descriptor & 3]
    n_bytes = (single, 2, 4, 8)[flag]
    found = _number(content, start, n_bytes, "little") + 256 * (flag == 1)
    return content.startswith(_ZSTANDARD) and found == size


def _blosc2(content: bytes, size: int) -> bool:
    """Read the header of a frame and of the block in it (c-blosc2's README_CFRAME_FORMAT)."""
    block = _number(content, 11, 4, "big")
    sizes = _number(content, 30, 8, "big"), _number(content, 58, 4, "big")
    inner = _number(content, block + 4, 4, "little")
    return content.startswith(_BLOSC2) and sizes == (size, size) and inner <= size


SIZES: dict[int, Callable[[bytes, int], bool]] = {
    307: _bzip2,
    32001: lambda content, size: _number(content, 4, 4, "little") == size,  # Blosc
    32004: lambda content, size: _number(content, 0, 8, "big") == size,  # LZ4
    _BITSHUFFLE: lambda content, size: _number(content, 0, 8, "big") == size,
    32015: _zstandard,
    32026: _blosc2,
}
"""By the filter's number: whether the bytes of a chunk claim this decompressed size."""
