"""Write a network for lwtnn, which evaluates it in ATLAS's C++.

The layout is the graph form of lwtnn 2 (github.com/lwtnn/lwtnn, `parse_json.cxx`). lwtnn checks
little of it; a `Network` has been checked when it was read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from btagging.inputs import Input
from btagging.jets.dump_attributes import ROUNDED
from btagging.network.dense import Activation, Dense
from btagging.network.json_file import signed
from btagging.network.network import Network
from btagging.network.track_sum import TrackSum, TrackVariables

FILE = "lwtnn-network.json"
NAME = "nn"
"""Of the network: the dumper writes its outputs as nn_pu, nn_pc, nn_pb."""

MAX_BYTES = 20_000_000
"""The largest file that the dumper accepts."""

N_MAX = "n_max"
"""The key of the largest number of tracks per jet."""

ASSOCIATION = "association"
"""The key of the links that lead to them."""

SOURCE = "source"
"""The key of what the field of an input was made from in the training."""

FINGERPRINT = "fingerprint"
"""The key of the training's fingerprint, as in `Network`."""

# lwtnn's names, by Keras's; those in the second table have a parameter.
_PLAIN = {
    "linear": "linear",
    "relu": "rectified",
    "softmax": "softmax",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "hard_sigmoid": "hard_sigmoid",
}
_WITH_ALPHA = {"elu": "elu", "leaky_relu": "leakyrelu", "silu": "swish"}


def as_lwtnn(network: Network) -> dict[str, Any]:
    """Describe a network as the JSON of an lwtnn graph.

    lwtnn's caller computes the inputs by their names, including defaults.
    """
    variables = _variables(network.inputs)
    nodes: list[dict[str, Any]] = []
    if variables or network.tracks is None:
        nodes.append({"type": "input", "size": len(variables), "sources": [0]})
    if network.tracks:
        nodes += _sum_nodes(network.tracks, len(nodes))
    n_before = len(network.all_layers) - len(network.layers)
    for i in range(len(network.layers)):
        source = {"layer_index": n_before + i, "sources": [len(nodes) - 1]}
        nodes.append({"type": "feed_forward", **source})
    return {
        "inputs": [{"name": "jets", "variables": variables}] if variables else [],
        "input_sequences": [_sequence(network.tracks.variables)] if network.tracks else [],
        "nodes": nodes,
        "layers": [_layer(layer) for layer in network.all_layers],
        "outputs": {NAME: {"labels": list(network.outputs), "node_index": len(nodes) - 1}},
        # lwtnn ignores keys that it does not know.
        **({FINGERPRINT: network.fingerprint} if network.fingerprint else {}),
    }


def _variables(inputs: Sequence[Input]) -> list[dict[str, Any]]:
    return [
        {
            "name": i.name,
            "offset": i.offset,
            "scale": i.scale,
            "default": i.default,
            **({SOURCE: i.source.removesuffix(ROUNDED)} if i.source else {}),
        }
        for i in inputs
    ]


def _sequence(tracks: TrackVariables) -> dict[str, Any]:
    """Describe the tracks; lwtnn itself uses only the name and the variables."""
    return {
        "name": sequence_name(tracks),
        N_MAX: tracks.n_max,
        **({ASSOCIATION: tracks.association} if tracks.association else {}),
        "variables": _variables(tracks.inputs),
    }


def sequence_name(tracks: TrackVariables) -> str:
    """Name the selection and the order of the tracks, as Athena does."""
    return f"tracks_{tracks.selection or 'unknown'}_sd0sort"


def _sum_nodes(tracks: TrackSum, first: int) -> list[dict[str, Any]]:
    """Describe the nodes from the tracks to the first layer after the sum.

    The first of them has the number `first`; if that is 1, node 0 is the input from jets.
    """
    n_inputs = len(tracks.variables.inputs)
    nodes: list[dict[str, Any]] = [
        {"type": "input_sequence", "size": n_inputs, "sources": [0]},
        *(
            {"type": "time_distributed", "layer_index": i, "sources": [first + i]}
            for i in range(len(tracks.layers))
        ),
    ]
    nodes.append({"type": "sum", "sources": [first + len(nodes) - 1]})
    if first:
        nodes.append({"type": "concatenate", "sources": [0, first + len(nodes) - 1]})
    return nodes


def as_text(network: Network) -> str:
    """Write a network as the text of an lwtnn file, with a digest so that damage is noticed."""
    return json.dumps(signed(as_lwtnn(network)), indent=1) + "\n"


def _layer(layer: Dense) -> dict[str, Any]:
    # Keras's hard_sigmoid is clip(x / 6 + 0.5), lwtnn's clip(0.2 x + 0.5), between 0 and 1.
    factor = 5 / 6 if layer.activation.name == "hard_sigmoid" else 1.0
    return {
        "architecture": "dense",
        # A row of lwtnn's matrix gives one output; the matrix is flattened row by row.
        "weights": (factor * layer.kernel.T).ravel().tolist(),
        "bias": (factor * layer.bias).tolist(),
        "activation": _activation(layer.activation),
    }


def _activation(activation: Activation) -> str | dict[str, Any]:
    if activation.name in _PLAIN:
        return _PLAIN[activation.name]
    return {"function": _WITH_ALPHA[activation.name], "alpha": activation.alpha}
