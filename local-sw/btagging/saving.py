"""Write all files of a trained network, or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from btagging import lwtnn_export, variables
from btagging.inputs import Input
from btagging.keras_model import as_network
from btagging.output import complete

ARCHITECTURE, WEIGHTS, HISTORY = "architecture.json", "nn.weights.h5", "history.json"


def save(folder: Path, model: Any, inputs: Sequence[Input], history: dict[str, Any]) -> list[Path]:
    """Write a trained network.

    Parameters
    ----------
    folder
        Where to; it is made if need be.
    model
        The Keras model.
    inputs
        What goes in, in this order.
    history
        How the training went.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UserError
        If a file cannot be written, or the weights are no numbers. Older files are then as
        they were.
    """
    architecture = json.loads(model.to_json())
    architecture.pop("compile_config", None)  # how it was trained is no part of what it is
    network = as_network(model, inputs, folder / ARCHITECTURE)
    writers: dict[str, Callable[[Path], object]] = {
        WEIGHTS: lambda path: model.save_weights(path),
        ARCHITECTURE: _json_writer(architecture),
        variables.NAME: _json_writer(variables.describe(network.inputs, network.outputs)),
        lwtnn_export.FILE: _writer(lwtnn_export.as_text(network)),
        HISTORY: _json_writer(history),
    }
    paths = [folder / name for name in writers]
    with ExitStack() as stack:  # which renames when all are complete
        for path, write in zip(paths, writers.values(), strict=True):
            write(stack.enter_context(complete(path)))
    return paths


def _json_writer(content: dict[str, Any]) -> Callable[[Path], object]:
    return _writer(json.dumps(content, indent=2) + "\n")


def _writer(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8")
