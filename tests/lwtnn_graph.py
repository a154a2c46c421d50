"""Build the JSON of small lwtnn networks, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


def dense(weights: Any, bias: Any, activation: Any = "linear") -> dict[str, Any]:
    """Make a dense layer.

    Parameters
    ----------
    weights
        One row per output, as in lwtnn.
    bias
        One number per output.
    activation
        Its name, or a dict with function and alpha.
    """
    flat = np.ravel(weights).tolist()
    return {
        "architecture": "dense",
        "weights": flat,
        "bias": list(bias),
        "activation": activation,
    }


def variable(name: str, offset: float = 0, scale: float = 1, **default: float) -> dict[str, Any]:
    """Make a variable."""
    return {"name": name, "offset": offset, "scale": scale, **default}


def graph(
    variables: list[dict[str, Any]], layers: list[dict[str, Any]], labels: list[str]
) -> dict[str, Any]:
    """Make a straight graph."""
    nodes: list[dict[str, Any]] = [{"type": "input", "size": len(variables), "sources": [0]}]
    for index, _ in enumerate(layers):
        nodes.append({"type": "feed_forward", "layer_index": index, "sources": [index]})
    return {
        "inputs": [{"name": "jets", "variables": variables}],
        "input_sequences": [],
        "nodes": nodes,
        "layers": layers,
        "outputs": {"flavour": {"labels": labels, "node_index": len(layers)}},
    }


def tutorial(*names: str) -> dict[str, Any]:
    """Make a network of the tutorial's kind, with numbers to be worked out by hand.

    All inputs are shifted by 1 and doubled, and 3 stands for what is not finite. The
    first output's sum is then the sum of the prepared inputs, the second's half of it, and
    the third's 0.
    """
    n = len(names)
    return graph(
        [variable(name, 1, 2, default=3) for name in names],
        [dense([[1] * n, [0.5] * n, [0] * n], [0, 0, 0], "softmax")],
        ["pu", "pc", "pb"],
    )


def write(path: Path, content: Any) -> Path:
    """Write a network's file."""
    path.write_text(json.dumps(content))
    return path


def _numbers(*values: float) -> list[str]:
    """Write numbers as texts, as lwtnn's own reader takes them."""
    return [str(value) for value in values]


DL1: dict[str, Any] = {
    "inputs": [
        {"name": "a", "offset": "-1.0", "scale": "2"},
        {"name": "b", "offset": "+.5", "scale": "1e0"},
    ],
    "defaults": {"b": "1.5"},
    "layers": [
        {
            "architecture": "maxout",
            "activation": "linear",
            "sublayers": [
                {"weights": _numbers(1, 2, -1, 0.5), "bias": _numbers(0.5, 0)},
                {"weights": _numbers(0, 1, 1, 1), "bias": _numbers(0, -2)},
                {"weights": _numbers(-1, -1, 0, 3), "bias": _numbers(1, 1)},
            ],
        },
        {
            "architecture": "highway",
            "activation": "rectified",
            "components": {
                "t": {"weights": [1, -1, 0.5, 0], "bias": [0.25, -1]},
                "carry": {"weights": [0, 0.1, -0.2, 0], "bias": [-1, 0.5]},
            },
        },
        {"architecture": "normalization", "weights": ["0.5", 2], "bias": [1, "-1"]},
        {
            "architecture": "dense",
            "activation": "softmax",
            "weights": [1, 0, 0, 0.5, -1, 1],
            "bias": ["0", "0", "-5E-1"],
        },
    ],
    "outputs": ["light", "charm", "bottom"],
    "miscellaneous": {"made": "long ago"},
}
"""A network in the sequential form, with the layers of DL1 and numbers written as texts."""
