"""Convert the description of a Keras 2 model to the layout of Keras 3.

tf.keras wrote it until 2.15, and standalone Keras 2 before. Nothing is looked up by name here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from btagging.errors import shown
from btagging.network.layer_order import UnsupportedError


def is_keras2(model: Mapping[str, Any]) -> bool:
    """Tell whether Keras 2 wrote a description; in an archive, it does not say its version."""
    if "keras_version" in model:
        return str(model["keras_version"]).startswith("2.")
    config = model.get("config")
    layers = config.get("layers", []) if isinstance(config, dict) else []
    return bool(layers) and "batch_input_shape" in layers[0]["config"]


def as_keras3(model: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a Keras 2 model as Keras 3 does.

    Raises
    ------
    UnsupportedError
        If the same name is another function in Keras 3.
    KeyError, TypeError, IndexError
        If the layout is another.
    """
    config = model["config"]
    if isinstance(config, list):  # of a Sequential, until Keras 2.2
        config = {"layers": config}
    layers = [_layer(layer) for layer in config["layers"]]
    first = layers[0]
    if model["class_name"] == "Sequential" and first["class_name"] != "InputLayer":
        shape = {"name": "inputs", "batch_shape": first["config"]["batch_shape"]}
        layers = [{"class_name": "InputLayer", "config": shape}, *layers]
    return {**model, "config": {**config, "layers": layers}}


def _layer(layer: Mapping[str, Any]) -> dict[str, Any]:
    config = dict(layer["config"])
    if config.get("activation") == "hard_sigmoid":
        name = shown(repr(config["name"]))
        raise UnsupportedError(
            f"layer {name} has the hard_sigmoid of Keras 2, which in Keras 3 is another function; "
            "it is not supported"
        )
    if "batch_input_shape" in config:
        config["batch_shape"] = config["batch_input_shape"]
    if layer["class_name"] == "LeakyReLU":
        config["negative_slope"] = config["alpha"]
    if isinstance(config.get("axis"), list) and len(config["axis"]) == 1:
        config["axis"] = config["axis"][0]
    calls = [_call(call) for call in layer.get("inbound_nodes", [])]
    return {"module": "keras.layers", **layer, "config": config, "inbound_nodes": calls}


def _call(tensors: Any) -> dict[str, Any]:
    """Describe the call of a layer; each tensor is [layer, node, index, options]."""
    args = [{"config": {"keras_history": tensor[:3]}} for tensor in tensors]
    options = [tensor[3] for tensor in tensors if len(tensor) > 3]
    return {"args": args, "kwargs": {key: value for o in options for key, value in o.items()}}
