"""Write a network as ONNX, for any runtime or for Athena's SaltModel."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from btagging.errors import UserError
from btagging.export.lwtnn import sequence_name
from btagging.export.onnx_graph import INPUT, OUTPUT, TRACKS, VALID, OnnxGraph, Shape
from btagging.inputs import Input
from btagging.network.network import Network


def as_onnx(network: Network) -> Any:
    """Describe a network as ONNX.

    Returns
    -------
    onnx.ModelProto
        From `jet_features`, float32 of shape (jets, inputs), to `scores`, float32 of shape
        (jets, outputs). The inputs are in the order of `Network.inputs`; the names of inputs and
        outputs are in the metadata. A network on tracks also takes `track_features`, float32 of
        shape (jets, tracks, inputs) for any number of tracks, and `valid`, bool of shape
        (jets, tracks), which is false for padding.

    Raises
    ------
    UserError
        If onnx is not installed.
    """
    inputs: dict[str, Shape] = {INPUT: ["jets", len(network.inputs)]} if network.inputs else {}
    names = [i.name for i in network.inputs]
    of_tracks = [i.name for i in network.tracks.variables.inputs] if network.tracks else []
    if network.tracks:
        inputs |= {TRACKS: ["jets", "tracks", len(of_tracks)], VALID: ["jets", "tracks"]}
    model = OnnxGraph(network).model(inputs, {OUTPUT: ["jets", len(network.outputs)]})
    _describe(model, "inputs", names)
    if of_tracks:
        _describe(model, "track_inputs", of_tracks)
    _describe(model, "outputs", list(network.outputs))
    return model


def as_athena_onnx(network: Network, name: str) -> Any:
    """Describe a network as the ONNX that Athena's SaltModel reads.

    The layout is that of salt (github.com/umami-hep/salt, `to_onnx.py`): one jet at a time, a
    scalar for each class, and the variables' names in the metadata. The offsets and scales there
    are 0 and 1, because the graph normalises by itself.

    Returns
    -------
    onnx.ModelProto
        From `jet_features`, float32 of shape (1, inputs), and with tracks `track_features`, float32
        of shape (tracks, inputs), to a float32 per output, called `<name>_<output>`.

    Raises
    ------
    UserError
        If onnx is not installed, the name is not of letters and digits, or the network takes
        nothing of the jet but its tracks.
    """
    if not (name.isascii() and name.isalnum()):
        raise UserError(
            f"{name!r} cannot name a model in Athena, which splits the names of outputs at _ "
            "and -; take letters and digits"
        )
    if not network.inputs:
        raise UserError(
            f"{network.path}: takes tracks alone, but Athena's SaltModel always has jet_features; "
            "train with --inputs"
        )
    graph = OnnxGraph(network, padded=False)
    row = graph.add("Reshape", OUTPUT, graph.constant(np.array([-1])))
    outputs = [f"{name}_{output}" for output in network.outputs]
    for i, output in enumerate(outputs):
        graph.add("Gather", row, graph.constant(np.array(i)), output=output, axis=0)
    inputs: dict[str, Shape] = {INPUT: [1, len(network.inputs)]}
    if network.tracks:
        inputs[TRACKS] = ["n_tracks", len(network.tracks.variables.inputs)]
    model = graph.model(inputs, {output: [] for output in outputs})
    _describe(model, "gnn_config", _athena_configuration(network, name))
    return model


def _athena_configuration(network: Network, name: str) -> dict[str, Any]:
    variables = [_plain(i) for i in network.inputs]
    sequences = []
    if network.tracks:
        found = network.tracks.variables
        of_tracks = [_plain(i) for i in found.inputs]
        sequences = [{"name": sequence_name(found), "variables": of_tracks}]
    return {
        "onnx_model_version": "v1",
        "model_name": name,
        "inputs": [{"name": "jet_var", "variables": variables}],
        "input_sequences": sequences,
        "nodes": [],
        "layers": [],
        "outputs": {name: {"labels": list(network.outputs), "node_index": 0}},
    }


def _plain(i: Input) -> dict[str, Any]:
    return {"name": i.name, "offset": 0.0, "scale": 1.0}


def _describe(model: Any, key: str, content: Any) -> None:
    entry = model.metadata_props.add()
    entry.key, entry.value = key, json.dumps(content)
