"""HDF5's filters, which compress chunks: some come with h5py, the others with hdf5plugin."""

from __future__ import annotations

import importlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from btagging.errors import UserError

if TYPE_CHECKING:
    import h5py

_FILTERS = {
    1: "deflate",
    2: "shuffle",
    3: "fletcher32",
    4: "szip",
    5: "nbit",
    6: "scaleoffset",
    307: "bzip2",
    32000: "LZF",
    32001: "Blosc",
    32004: "LZ4",
    32008: "bitshuffle",
    32013: "ZFP",
    32015: "Zstandard",
    32026: "Blosc2",
}


def load_filters(path: Path, dataset: h5py.Dataset) -> tuple[int, ...]:
    """List the filters of a dataset, and load those that do not come with HDF5.

    Parameters
    ----------
    path
        Its file.
    dataset
        In chunks.

    Returns
    -------
    tuple of int
        HDF5's numbers of the filters, in the order in which they are applied.

    Raises
    ------
    UserError
        If a filter is missing, or is applied more than once.
    """
    from h5py import h5z

    created = dataset.id.get_create_plist()
    filters = tuple(created.get_filter(i)[0] for i in range(created.get_nfilters()))
    if len(set(filters)) < len(filters):
        raise UserError(f"{path}: /jets is compressed more than once; make it again with h5repack")
    for number in filters:
        if not h5z.filter_avail(number):
            _load_filter(path, number)
    return filters


def _load_filter(path: Path, number: int) -> None:
    from h5py import h5z

    with suppress(ImportError):
        importlib.import_module("hdf5plugin")  # registers its filters
    if not h5z.filter_avail(number):
        name = _FILTERS.get(number, "an unknown filter")
        raise UserError(
            f"{path}: /jets is compressed with {name} (HDF5 filter {number}), which h5py lacks: "
            "pip install hdf5plugin"
        )
