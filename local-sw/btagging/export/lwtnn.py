"""Write a network for lwtnn, which evaluates it in ATLAS's C++.

The layout is the graph form of lwtnn 2 (github.com/lwtnn/lwtnn, `parse_json.cxx`). lwtnn checks
little of it; here a `Network` has been checked when it was read.
"""

from __future__ import annotations

import json
from typing import Any

from btagging.network.dense import Activation, Dense
from btagging.network.json_file import signed
from btagging.network.network import Network

FILE = "lwtnn-network.json"
NAME = "nn"
"""Of the network's outputs: the dumper writes nn_pu, nn_pc, nn_pb."""

MAX_BYTES = 20_000_000
"""Of a file that the dumper takes."""

FINGERPRINT = "fingerprint"
"""The key of what identifies the training, as in `Network`."""

# lwtnn's names, by Keras's; those in the second table come with their parameter.
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
    """Describe a network as an lwtnn graph.

    Parameters
    ----------
    network
        Its inputs go by their names: lwtnn's caller makes them, defaults included.

    Returns
    -------
    dict
        Content of the JSON file.
    """
    variables = [
        {"name": i.name, "offset": i.offset, "scale": i.scale, "default": i.default}
        for i in network.inputs
    ]
    chain = [
        {"type": "feed_forward", "layer_index": i, "sources": [i]}
        for i in range(len(network.layers))
    ]
    return {
        "inputs": [{"name": "jets", "variables": variables}],
        "input_sequences": [],
        "nodes": [{"type": "input", "size": len(variables), "sources": [0]}, *chain],
        "layers": [_layer(layer) for layer in network.layers],
        "outputs": {NAME: {"labels": list(network.outputs), "node_index": len(chain)}},
        # lwtnn leaves alone what it does not know.
        **({FINGERPRINT: network.fingerprint} if network.fingerprint else {}),
    }


def as_text(network: Network) -> str:
    """Write a network as the text of an lwtnn file, with a digest by which damage shows."""
    return json.dumps(signed(as_lwtnn(network)), indent=1) + "\n"


def _layer(layer: Dense) -> dict[str, Any]:
    # Keras's hard_sigmoid is clip(x / 6 + 0.5), lwtnn's clip(0.2 x + 0.5), between 0 and 1.
    factor = 5 / 6 if layer.activation.name == "hard_sigmoid" else 1.0
    return {
        "architecture": "dense",
        # A row of lwtnn's matrix makes one output, and the rows follow each other.
        "weights": (factor * layer.kernel.T).ravel().tolist(),
        "bias": (factor * layer.bias).tolist(),
        "activation": _activation(layer.activation),
    }


def _activation(activation: Activation) -> str | dict[str, Any]:
    if activation.name in _PLAIN:
        return _PLAIN[activation.name]
    return {"function": _WITH_ALPHA[activation.name], "alpha": activation.alpha}
