"""The files of a trained network."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from btagging import lwtnn_export, variables
from btagging.inputs import Input
from btagging.keras_model import as_network
from btagging.output import text_writer

ARCHITECTURE, WEIGHTS, HISTORY = "architecture.json", "nn.weights.h5", "history.json"


def writers(
    folder: Path, model: Any, inputs: Sequence[Input], history: dict[str, Any]
) -> dict[Path, Callable[[Path], object]]:
    """Say how to write a trained network, for `btagging.output.write_files`.

    Parameters
    ----------
    folder
        Where to.
    model
        The Keras model.
    inputs
        What goes in, in this order.
    history
        How the training went.

    Returns
    -------
    dict
        For each file a function that writes it.

    Raises
    ------
    UserError
        If the weights are no numbers.
    """
    architecture = json.loads(model.to_json())
    architecture.pop("compile_config", None)  # how it was trained is no part of what it is
    network = as_network(model, inputs, folder / ARCHITECTURE)
    return {
        folder / WEIGHTS: lambda path: model.save_weights(path),
        folder / ARCHITECTURE: _json_writer(architecture),
        folder / variables.NAME: _json_writer(variables.describe(network.inputs, network.outputs)),
        folder / lwtnn_export.FILE: text_writer(lwtnn_export.as_text(network)),
        folder / HISTORY: _json_writer(history),
    }


def _json_writer(content: dict[str, Any]) -> Callable[[Path], object]:
    return text_writer(json.dumps(content, indent=2) + "\n")
