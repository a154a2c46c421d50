"""Read the arrays in a Keras weights file.

The file may come from a stranger. HDF5 can point into other files, and can promise arrays that
no memory holds: both are refused before anything is read.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from btagging.architecture import MAX_LAYERS, Architecture, Layer
from btagging.errors import UserError

_MAX_MEMBERS = 10 * MAX_LAYERS
_REMEDY = "give the two files that one training wrote"


def read(path: Path, architecture: Architecture) -> list[list[NDArray[np.float64]]]:
    """Read the weights of an architecture.

    Returns
    -------
    list of list of ndarray
        For each layer its arrays in Keras's order, float64.

    Raises
    ------
    UserError
        If the file is missing or damaged, does not fit the architecture, holds other than
        finite numbers, or points to other files.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; local-sw/train_nn.py writes it")
    if not h5py.is_hdf5(path):
        raise UserError(f"{path}: not HDF5; name the architecture first, then the weights")
    try:
        with h5py.File(path, "r") as file:
            _check_contained(path, file)
            return _read_layers(path, file, architecture)
    except OSError as error:
        raise UserError(f"{path}: damaged ({error}); write it again") from error


def _check_contained(path: Path, file: h5py.File) -> None:
    """Refuse whatever makes HDF5 look outside the file, and more than a model needs."""
    groups: list[h5py.Group] = [file]
    n_members = 0
    while groups:
        group = groups.pop()
        n_members += len(group)
        if n_members > _MAX_MEMBERS:  # also where groups contain themselves
            raise UserError(f"{path}: more than {_MAX_MEMBERS} groups and arrays; write it again")
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise UserError(f"{path}: {group.name}: {name} is a link, which is not allowed")
            item = group[name]
            if isinstance(item, h5py.Group):
                groups.append(item)
            elif not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
                where = "is stored outside the file, which is not allowed"
                raise UserError(f"{path}: {item.name} {where}")


def _read_layers(
    path: Path, file: h5py.File, architecture: Architecture
) -> list[list[NDArray[np.float64]]]:
    found: list[list[NDArray[np.float64]]] = []
    counts: Counter[str] = Counter()
    n = architecture.n_inputs
    for layer in architecture.layers:
        shapes = _shapes(layer, n)
        # Keras calls the groups after the layers' classes, and counts: dense, dense_1, ...
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", layer.kind).lower()
        group = f"layers/{kind}_{counts[kind]}/vars" if counts[kind] else f"layers/{kind}/vars"
        counts[kind] += 1
        where = f"{path}: layer {layer.name!r}"
        found.append([_array(file, f"{group}/{i}", s, where) for i, s in enumerate(shapes)])
        if f"{group}/{len(shapes)}" in file:
            raise UserError(f"{where} has more arrays than {len(shapes)}; {_REMEDY}")
        n = layer.n_outputs(n)
    return found


def _shapes(layer: Layer, n: int) -> list[tuple[int, ...]]:
    """Shapes of a layer's arrays, for `n` inputs, in the order in which Keras keeps them."""
    if layer.kind == "Dense":
        units = layer.options["units"]
        return [(n, units), (units,)][: 1 + layer.options["use_bias"]]
    if layer.kind == "BatchNormalization":  # gamma, beta, mean, variance
        return [(n,)] * (layer.options["scale"] + layer.options["center"] + 2)
    return []


def _array(file: h5py.File, name: str, shape: tuple[int, ...], where: str) -> NDArray[np.float64]:
    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise UserError(f"{where} has no {name}; {_REMEDY}")
    if dataset.shape != shape:
        raise UserError(f"{where} has an array of shape {dataset.shape} for {shape}; {_REMEDY}")
    if dataset.dtype.kind != "f":
        raise UserError(f"{where} has {dataset.dtype} for its weights; only floats are supported")
    values = dataset[()].astype(np.float64)
    if not np.isfinite(values).all():
        raise UserError(f"{where} has NaN or infinite weights; train it again")
    return values
