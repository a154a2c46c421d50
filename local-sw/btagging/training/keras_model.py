"""From the files of a network to Keras, and from Keras to a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from btagging.errors import UserError, shown
from btagging.flavours import FLAVOURS
from btagging.inputs import Input
from btagging.network import model_files
from btagging.network.dense import Activation, Dense
from btagging.network.network import Network
from btagging.training.keras_import import import_keras


def load(architecture_path: Path, weights_path: Path) -> Any:
    """Build a Keras model, and let Keras read its weights.

    Both files are checked first. Keras gets classes that are on the list, and of their options
    those that are; whatever else the file names is never looked up.

    Parameters
    ----------
    architecture_path, weights_path
        The two files of a network.

    Returns
    -------
    keras.Sequential
        Without the layers that act in the training only.

    Raises
    ------
    UserError
        As `network.load`, or if Keras cannot be imported or does not take the weights.
    """
    layout = model_files.read(architecture_path, weights_path).layout
    if not weights_path.name.endswith(".weights.h5"):
        raise UserError(f"{weights_path}: Keras wants a name that ends in .weights.h5; rename it")
    keras = import_keras()
    try:
        layers = [
            getattr(keras.layers, layer.kind)(name=layer.name, **layer.options)
            for layer in layout.layers
        ]
        model = keras.Sequential([keras.Input((layout.n_inputs,)), *layers])
        model.load_weights(weights_path)
    except Exception as error:  # whatever Keras and h5py may say to a stranger's file
        raise UserError(f"{weights_path}: Keras does not take it ({shown(error)})") from error
    return model


def as_network(model: Any, inputs: Sequence[Input], path: Path) -> Network:
    """Take a model out of Keras.

    Parameters
    ----------
    model
        Made by `btagging.training.fit.build`, and trained.
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
