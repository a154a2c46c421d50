"""Model files written by hand, in the layout of Keras, for tests that need no Keras."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

KERNEL = np.array([[1.0, 0.0, -1.0], [0.5, -0.5, 2.0]])
BIAS = np.array([0.25, -0.5, 0.0])
VARIABLES: dict[str, Any] = {
    "inputs": [
        {
            "name": "rnnip_log_ratio",
            "field": "rnnip_log_ratio",
            "transform": "identity",
            "offset": 1.0,
            "scale": 0.5,
            "default": -1.0,
        },
        {
            "name": "jf_sig_log1p",
            "field": "jf_sig",
            "transform": "log1p",
            "offset": -0.5,
            "scale": 2.0,
            "default": 0.5,
        },
    ],
    "outputs": ["pu", "pc", "pb"],
}


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, **config}}


def dense(name: str, units: Any, activation: Any = "linear", **config: Any) -> dict[str, Any]:
    options = {"units": units, "activation": activation, "use_bias": True, **config}
    return layer("Dense", name, **options)


def sequential(*layers: dict[str, Any], n_inputs: int = 2) -> dict[str, Any]:
    first = layer("InputLayer", "jets", batch_shape=[None, n_inputs])
    config = {"name": "toy", "layers": [first, *layers]}
    return {"module": "keras", "class_name": "Sequential", "config": config}


TUTORIAL = sequential(dense("flavours", 3, "softmax"))


def write(
    folder: Path,
    architecture: Any = TUTORIAL,
    variables: Any = VARIABLES,
    weights: dict[str, Any] | None = None,
) -> tuple[Path, Path]:
    """Write the three files, and return the paths of architecture and weights."""
    folder.mkdir(exist_ok=True)
    (folder / "architecture.json").write_text(json.dumps(architecture))
    (folder / "variables.json").write_text(json.dumps(variables))
    if weights is None:
        weights = {"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS}
    with h5py.File(folder / "nn.weights.h5", "w") as file:
        for name, values in weights.items():
            file[name] = values
    return folder / "architecture.json", folder / "nn.weights.h5"
