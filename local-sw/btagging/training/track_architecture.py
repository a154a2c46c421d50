"""Keras's description of a model that sums over tracks, written anew from what was allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from btagging.network.architecture import TrackLayers
from btagging.network.layer_options import Layer

JETS, TRACKS, VALID = "jets", "tracks", "valid"
"""Names of the inputs of the model."""

Described = list[dict[str, Any]]


def track_architecture(
    n_inputs: int, tracks: TrackLayers, layers: Sequence[Layer]
) -> dict[str, Any]:
    """Describe a model as `model.to_json` does.

    Parameters
    ----------
    n_inputs
        How many numbers of a jet go in; with 0 there is no input for them.
    tracks
        The layers before the sum.
    layers
        Those after it.
    """
    shapes = {TRACKS: [None, None, tracks.n_inputs], VALID: [None, None, 1]}
    if n_inputs:
        shapes[JETS] = [None, n_inputs]
    found = [
        _described("InputLayer", {"name": name, "batch_shape": shape}, [])
        for name, shape in shapes.items()
    ]
    # The names in the file might be those of the inputs: numbers tell the layers apart.
    last = _chain(found, tracks.layers, TRACKS)
    found.append(_described("Dot", {"name": "sum", "axes": 1}, [[VALID, last]]))
    found.append(_described("Flatten", {"name": "summed"}, ["sum"]))
    last = "summed"
    if n_inputs:
        both = [JETS, last] if tracks.jets_first else [last, JETS]
        found.append(_described("Concatenate", {"name": "jet_and_tracks", "axis": -1}, [both]))
        last = "jet_and_tracks"
    last = _chain(found, layers, last)
    config = {
        "name": "btagging",
        "layers": found,
        "input_layers": [[name, 0, 0] for name in shapes],
        "output_layers": [[last, 0, 0]],
    }
    return {"module": "keras", "class_name": "Model", "config": config}


def _chain(found: Described, layers: Sequence[Layer], last: str) -> str:
    """Append layers, each of which takes what the one before it gives; name the last."""
    for layer in layers:
        name = f"layer_{len(found)}"
        found.append(_described(layer.kind, {**layer.options, "name": name}, [last]))
        last = name
    return last


def _described(kind: str, config: dict[str, Any], sources: Sequence[Any]) -> dict[str, Any]:
    args = [_tensors(source) for source in sources]
    calls = [{"args": args, "kwargs": {}}] if sources else []
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": config,
        "name": config["name"],
        "inbound_nodes": calls,
    }


def _tensors(source: Any) -> Any:
    """Describe the tensor that a layer gives, or those that several give."""
    if isinstance(source, list):
        return [_tensors(name) for name in source]
    config = {"shape": [None], "dtype": "float32", "keras_history": [source, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}
