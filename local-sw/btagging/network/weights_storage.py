"""Check how an array is stored in a weights file, before HDF5 reads any of it."""

from __future__ import annotations

import itertools
import math
import zlib
from pathlib import Path

import h5py
from h5py import h5d, h5z

from btagging.errors import UserError, shown
from btagging.network.layer_options import MAX_UNITS

_MAX_BYTES = 8 * MAX_UNITS**2  # of an array, or of a chunk of one
_FILTERS = (h5z.FILTER_SHUFFLE, h5z.FILTER_DEFLATE, h5z.FILTER_FLETCHER32)
_MAX_CHUNKS = 10_000
_CHECKSUM = 4  # bytes that fletcher32 adds


def check_storage(path: Path, dataset: h5py.Dataset) -> None:
    """Refuse an array that is not all in the file, or that decompresses to too much.

    Raises
    ------
    UserError
        If it is not an array, is stored elsewhere, was never written, is too large, or has a
        filter that no model needs.
    """
    where = f"{path}: {shown(dataset.name)}"
    if not isinstance(dataset, h5py.Dataset):
        raise UserError(f"{where} is no array, which is not allowed")
    if dataset.external or dataset.is_virtual:
        raise UserError(f"{where} is stored outside the file, which is not allowed")
    n = max(math.prod(shape) for shape in (dataset.shape or (0,), dataset.chunks or ()))
    n_bytes = n * dataset.id.get_type().get_size()
    if n_bytes > _MAX_BYTES:
        raise UserError(f"{where} takes {n_bytes:,} bytes, more than {_MAX_BYTES:,}; train again")
    if dataset.id.get_create_plist().get_layout() == h5d.CHUNKED:
        _check_chunks(where, dataset)
    elif dataset.size and not dataset.id.get_storage_size():
        raise UserError(f"{where} was never written; train again")


def _check_chunks(where: str, dataset: h5py.Dataset) -> None:
    """Refuse chunks that are missing, too large, or have a filter that no model needs."""
    created = dataset.id.get_create_plist()
    filters = [created.get_filter(i)[0] for i in range(created.get_nfilters())]
    if not set(filters) <= set(_FILTERS) or len(set(filters)) != len(filters):
        raise UserError(f"{where} has the HDF5 filters {filters}; train again")
    starts = [range(0, n, m) for n, m in zip(dataset.shape, dataset.chunks, strict=True)]
    n_chunks = math.prod(map(len, starts))
    if n_chunks > _MAX_CHUNKS:
        raise UserError(f"{where} has {n_chunks:,} chunks, more than {_MAX_CHUNKS:,}; train again")
    if n_chunks != dataset.id.get_num_chunks():
        raise UserError(f"{where} has parts that were never written; train again")
    if h5z.FILTER_DEFLATE in filters:
        n_bytes = math.prod(dataset.chunks) * dataset.id.get_type().get_size()
        index = filters.index(h5z.FILTER_DEFLATE)
        for start in itertools.product(*starts):
            mask, content = dataset.id.read_direct_chunk(start)
            # A bit of the mask is set where a filter was of no use, and was not applied.
            if not mask >> index & 1 and _is_larger(content, n_bytes + _CHECKSUM):
                raise UserError(f"{where} decompresses to more than {n_bytes:,} bytes; train again")


def _is_larger(content: bytes, n_bytes: int) -> bool:
    """Decompress no more than needed: HDF5 would turn 4 MB into 4 GB."""
    return len(zlib.decompressobj().decompress(content, n_bytes + 1)) > n_bytes
