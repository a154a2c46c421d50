"""HDF5's filters, which compress chunks: some come with h5py, the others with hdf5plugin."""

from __future__ import annotations

import importlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from btagging.errors import UserError
from btagging.jets.decompressed_size import SIZES

if TYPE_CHECKING:
    import h5py

# Those that come with HDF5 or h5py, and those registered with the HDF Group that come with
# hdf5plugin (github.com/HDFGroup/hdf5_plugins, RegisteredFilterPlugins.md).
_BUILT_IN = {
    1: "deflate",
    2: "shuffle",
    3: "fletcher32",
    4: "szip",
    5: "nbit",
    6: "scaleoffset",
    32000: "LZF",
}
_REGISTERED = {
    307: "bzip2",
    32001: "Blosc",
    32004: "LZ4",
    32008: "bitshuffle",
    32013: "ZFP",
    32015: "Zstandard",
    32017: "SZ",
    32024: "SZ3",
    32026: "Blosc2",
}
_SAME_SIZE = (2, 3)  # shuffle, fletcher32


def load_filters(path: Path, dataset: h5py.Dataset) -> tuple[int, ...]:
    """List the filters of a chunked dataset, and load those that do not come with HDF5.

    Returns
    -------
    tuple of int
        HDF5's numbers of the filters, in the order of application.

    Raises
    ------
    UserError
        If a filter is missing, or the rows are compressed more than once.
    """
    from h5py import h5z

    created = dataset.id.get_create_plist()
    filters = tuple(created.get_filter(i)[0] for i in range(created.get_nfilters()))
    compressing = [number for number in filters if number not in _SAME_SIZE]
    if len(set(filters)) < len(filters) or len(compressing) > 1:
        raise UserError(
            f"{path}: {dataset.name} is compressed more than once; make it again with h5repack"
        )
    for number in compressing:
        if number not in _BUILT_IN:
            _check_supported(path, dataset.name, number)
        if not h5z.filter_avail(number):
            _load_filter(path, dataset.name, number)
    return filters


def _check_supported(path: Path, name: str, number: int) -> None:
    """Refuse a filter whose chunks might decompress to any size, or not to the same values."""
    if number not in SIZES:
        found = _REGISTERED.get(number, "an unknown filter")
        raise UserError(
            f"{path}: {name} is compressed with {found} (HDF5 filter {number}), which is not "
            "supported; make it again with h5repack -f GZIP=1"
        )


def _load_filter(path: Path, name: str, number: int) -> None:
    from h5py import h5z

    with suppress(ImportError):
        importlib.import_module("hdf5plugin")  # registers its filters
    if not h5z.filter_avail(number):
        found = {**_BUILT_IN, **_REGISTERED}[number]
        raise UserError(
            f"{path}: {name} is compressed with {found} (HDF5 filter {number}), which needs the "
            "package hdf5plugin: pip install '.[filters]' in the project's folder"
        )
