"""From the files of a network to Keras, and from Keras to a network."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from btagging.errors import UserError, shown
from btagging.flavours import FLAVOURS
from btagging.inputs import Input
from btagging.network import architecture, dense_chain, model_files
from btagging.network.archive import MAX_BYTES, WEIGHTS, is_archive, read_member
from btagging.network.dense import Activation, Dense
from btagging.network.network import Network
from btagging.network.track_sum import TrackSum, TrackVariables
from btagging.training.track_architecture import track_architecture


def allowed_architecture(architecture_path: Path, weights_path: Path) -> str:
    """Check the files of a network, and give Keras's JSON of what is allowed in the first.

    It has classes that are on the list, and of their options those that are; whatever else the
    file names is never looked up. Layers that act in the training only are left out.

    Raises
    ------
    UserError
        As `network.load`.
    """
    layout = model_files.read(architecture_path, weights_path).layout
    if not (is_archive(weights_path) or weights_path.name.endswith(".weights.h5")):
        raise UserError(f"{weights_path}: Keras wants a name that ends in .weights.h5; rename it")
    if layout.tracks:
        return json.dumps(track_architecture(layout.n_inputs, layout.tracks, layout.layers))
    first = _layer("InputLayer", {"name": "jets", "batch_shape": [None, layout.n_inputs]})
    rest = [_layer(layer.kind, {"name": layer.name, **layer.options}) for layer in layout.layers]
    config = {"name": "btagging", "layers": [first, *rest]}
    return json.dumps({"module": "keras", "class_name": "Sequential", "config": config})


def _layer(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": kind, "config": config}


@contextmanager
def weights_file(path: Path) -> Iterator[Path]:
    """Give a file that Keras's `load_weights` takes, also where the weights are in an archive."""
    if not is_archive(path):
        yield path
        return
    content = read_member(path, WEIGHTS, MAX_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        extracted = Path(folder) / WEIGHTS
        extracted.write_bytes(content)
        yield extracted


@contextmanager
def keras_may_refuse(path: Path) -> Iterator[None]:
    """Report whatever Keras and h5py may say to a stranger's file.

    Raises
    ------
    UserError
        Names the file.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{path}: Keras does not take it ({shown(error)})") from error


def as_network(model: Any, inputs: Sequence[Input], path: Path) -> Network:
    """Take a model out of Keras.

    Parameters
    ----------
    model
        With dense layers only, and trained.
    inputs
        What goes in, in this order.
    path
        Where its architecture will be saved.

    Raises
    ------
    UserError
        If the training went astray, and the weights are no numbers.
    """
    layers = []
    for layer in model.layers:
        kernel, bias = (np.asarray(values, np.float64) for values in layer.get_weights())
        if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
            raise UserError(f"layer {layer.name} has no finite weights; try fewer --hidden layers")
        layers.append(Dense(layer.name, kernel, bias, Activation(layer.activation.__name__)))
    outputs = tuple(flavour.output for flavour in FLAVOURS)
    return Network(path, tuple(inputs), tuple(layers), outputs)


def as_track_network(
    model: Any, inputs: Sequence[Input], tracks: TrackVariables, path: Path
) -> Network:
    """Take a model that sums over tracks out of Keras, as `as_network`."""
    layout = architecture.parse(path, model.to_json().encode())
    weights = [
        [np.asarray(values, np.float64) for values in model.get_layer(layer.name).get_weights()]
        for _, layers in layout.chains
        for layer in layers
    ]
    for values in (array for arrays in weights for array in arrays):
        if not np.isfinite(values).all():
            raise UserError("the training went astray, weights are not finite; try fewer layers")
    of_tracks, layers = dense_chain.build(layout, weights)
    outputs = tuple(flavour.output for flavour in FLAVOURS)
    return Network(path, tuple(inputs), layers, outputs, tracks=TrackSum(tracks, of_tracks))
