"""Read the arrays in a Keras weights file.

The file may be malicious: HDF5 can point into other files, and can announce arrays larger than the
memory. Both are refused before anything is read.
"""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from itertools import chain
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.network.architecture import Architecture
from btagging.network.bounded_file import check_layout
from btagging.network.layer_options import Layer, widths
from btagging.network.layer_order import MAX_LAYERS
from btagging.network.weights_storage import check_storage

_MAX_MEMBERS = 10 * MAX_LAYERS
_REMEDY = "give the two files that one training wrote"
_MAX_OVERHEAD = 10_000_000  # bytes
_BYTES_PER_WEIGHT = 16  # with the values of an optimizer

Arrays = list[NDArray[np.float64]]


def max_bytes(architecture: Architecture) -> int:
    """Return the largest possible size of the weights file of an architecture."""
    arrays = (shape for _, shapes in _layers(architecture) for shape in shapes)
    return _MAX_OVERHEAD + _BYTES_PER_WEIGHT * sum(map(math.prod, arrays))


def parse(path: Path, content: bytes, architecture: Architecture) -> list[Arrays]:
    """Read the weights of an architecture.

    Returns
    -------
    list of list of ndarray
        For each layer its arrays in Keras's order, float64.

    Raises
    ------
    UserError
        If the file is damaged, does not fit the architecture, has numbers that are not finite, or
        points to other files.
    """
    if not content.startswith(b"\x89HDF"):
        raise UserError(f"{path}: not HDF5; name the architecture first, then the weights")
    check_layout(path, content)
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            _check_contained(path, file)
            return _read_layers(path, file, architecture)
    except UserError:
        raise
    except Exception as error:  # h5py raises many kinds where a file's inner tables are broken
        raise UserError(f"{path}: damaged ({shown(error)}); write it again") from error


def _check_contained(path: Path, file: h5py.File) -> None:
    """Refuse whatever makes HDF5 read other files, and more objects than a model needs."""
    groups: list[h5py.Group] = [file]
    n_members = 0
    while groups:
        group = groups.pop()
        n_members += len(group)
        if n_members > _MAX_MEMBERS:  # also where groups contain themselves
            raise UserError(f"{path}: more than {_MAX_MEMBERS} groups and arrays; write it again")
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                where = f"{shown(group.name)}: {shown(name)}"
                raise UserError(f"{path}: {where} is a link, which is not allowed")
            item = group[name]
            if isinstance(item, h5py.Group):
                groups.append(item)
            else:
                check_storage(path, item)


def _read_layers(path: Path, file: h5py.File, architecture: Architecture) -> list[Arrays]:
    found: list[Arrays] = []
    counts: Counter[str] = Counter()
    for layer, shapes in _layers(architecture):
        # Keras names the groups after the layers' classes, numbered: dense, dense_1, ...
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", layer.kind).lower()
        group = f"layers/{kind}_{counts[kind]}/vars" if counts[kind] else f"layers/{kind}/vars"
        counts[kind] += 1
        where = f"{path}: layer {shown(repr(layer.name))}"
        found.append([_array(file, f"{group}/{i}", s, where) for i, s in enumerate(shapes)])
        if f"{group}/{len(shapes)}" in file:
            raise UserError(f"{where} has more arrays than {len(shapes)}; {_REMEDY}")
    return found


def _layers(architecture: Architecture) -> list[tuple[Layer, list[tuple[int, ...]]]]:
    """List the layers, and the shapes of their arrays in Keras's order."""
    found = []
    chains = [zip(widths(n, layers), layers, strict=False) for n, layers in architecture.chains]
    for n, layer in chain.from_iterable(chains):
        shapes: list[tuple[int, ...]] = []
        if layer.kind == "Dense":
            units = layer.options["units"]
            shapes = [(n, units), (units,)][: 1 + layer.options["use_bias"]]
        if layer.kind == "BatchNormalization":  # gamma, beta, mean, variance
            shapes = [(n,)] * (layer.options["scale"] + layer.options["center"] + 2)
        if layer.kind == "Normalization" and layer.options["mean"] is None:
            # mean, variance, number of values; without an axis, one for all inputs
            shapes = [(n,), (n,), ()] if layer.options["axis"] else [(), (), ()]
        found.append((layer, shapes))
    return found


def _array(file: h5py.File, name: str, shape: tuple[int, ...], where: str) -> NDArray[np.float64]:
    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise UserError(f"{where} has no {name}; {_REMEDY}")
    if dataset.shape != shape:
        raise UserError(f"{where} has an array of shape {dataset.shape} for {shape}; {_REMEDY}")
    if dataset.dtype.kind not in ("f" if shape else "fiu"):
        raise UserError(
            f"{where} has {shown(dataset.dtype)} for its weights; only floats are supported"
        )
    values = dataset[()].astype(np.float64)
    if not np.isfinite(values).all():
        raise UserError(f"{where} has NaN or infinite weights; train it again")
    return values
