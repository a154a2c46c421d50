"""Write a network as ONNX, for any runtime or for Athena's SaltModel."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from btagging.errors import UserError
from btagging.export.onnx_graph import OUTPUT, OnnxGraph
from btagging.network.network import Network


def as_onnx(network: Network) -> Any:
    """Describe a network as ONNX.

    Returns
    -------
    onnx.ModelProto
        From `jet_features`, float of shape (jets, inputs), to `scores`, float of shape
        (jets, outputs). The inputs are in the order of `Network.inputs`, and their names and
        those of the outputs in the metadata.

    Raises
    ------
    UserError
        If onnx is not installed.
    """
    model = OnnxGraph(network).model(
        "jets", len(network.inputs), {OUTPUT: ["jets", len(network.outputs)]}
    )
    _describe(model, "inputs", [i.name for i in network.inputs])
    _describe(model, "outputs", list(network.outputs))
    return model


def as_athena_onnx(network: Network, name: str) -> Any:
    """Describe a network as the ONNX that Athena's SaltModel reads.

    The layout is that of salt (github.com/umami-hep/salt, `to_onnx.py`): one jet at a time, a
    number without dimensions for each class, and the variables' names in the metadata. The
    offsets and scales there do nothing, because the graph normalises by itself.

    Parameters
    ----------
    network
        As in `as_onnx`.
    name
        Of the model; its outputs are called `<name>_<output>`.

    Returns
    -------
    onnx.ModelProto
        From `jet_features`, float of shape (1, inputs), to one float per output.

    Raises
    ------
    UserError
        If onnx is not installed, or the name is not of letters and digits.
    """
    if not (name.isascii() and name.isalnum()):
        raise UserError(
            f"{name!r} cannot name a model in Athena, which splits the names of outputs at _ "
            "and -; take letters and digits"
        )
    graph = OnnxGraph(network)
    row = graph.add("Reshape", OUTPUT, graph.constant(np.array([-1])))
    outputs = [f"{name}_{output}" for output in network.outputs]
    for i, output in enumerate(outputs):
        graph.add("Gather", row, graph.constant(np.array(i)), output=output, axis=0)
    model = graph.model(1, len(network.inputs), {output: [] for output in outputs})
    _describe(model, "gnn_config", _athena_configuration(network, name))
    return model


def _athena_configuration(network: Network, name: str) -> dict[str, Any]:
    variables = [{"name": i.name, "offset": 0.0, "scale": 1.0} for i in network.inputs]
    return {
        "onnx_model_version": "v1",
        "model_name": name,
        "inputs": [{"name": "jet_var", "variables": variables}],
        "input_sequences": [],
        "nodes": [],
        "layers": [],
        "outputs": {name: {"labels": list(network.outputs), "node_index": 0}},
    }


def _describe(model: Any, key: str, content: Any) -> None:
    entry = model.metadata_props.add()
    entry.key, entry.value = key, json.dumps(content)
