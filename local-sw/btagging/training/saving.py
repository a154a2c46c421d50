"""The files of a trained network."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from btagging.errors import UserError, os_reason
from btagging.export import lwtnn as lwtnn_export
from btagging.inputs import Input
from btagging.network import variables
from btagging.network.training_record import TrainingRecord
from btagging.output import writable
from btagging.training.keras_model import as_network

ARCHITECTURE, WEIGHTS, HISTORY = "architecture.json", "nn.weights.h5", "history.json"
MODEL = (ARCHITECTURE, WEIGHTS)
"""What `--nn` takes."""

_OVERHEAD = 100_000  # bytes of HDF5's own tables
_NAMES = (WEIGHTS, ARCHITECTURE, variables.NAME, lwtnn_export.FILE, HISTORY)


def check_writable(folder: Path, inputs: Iterable[Path]) -> None:
    """Make the folder of a network, and refuse before the training what would fail after it.

    Raises
    ------
    UserError
        If nothing can be written there, or a file would replace one of the inputs.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error
    for name in _NAMES:
        writable(folder / name, inputs)


def writers(
    folder: Path,
    model: Any,
    inputs: Sequence[Input],
    history: dict[str, Any],
    record: TrainingRecord,
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
    record
        What it was trained on.

    Returns
    -------
    dict
        For each file a function that writes it.

    Raises
    ------
    UserError
        If the weights are no numbers.
    """
    network = as_network(model, inputs, folder / ARCHITECTURE)
    layout = json.loads(model.to_json())
    layout.pop("compile_config", None)  # how it was trained is no part of what it is
    architecture, weights = _as_json(layout), _weights(model, folder)
    # Files of two trainings may fit each other. These digests tell them apart.
    digests = {
        variables.ARCHITECTURE: hashlib.sha256(architecture).hexdigest(),
        variables.WEIGHTS: hashlib.sha256(weights).hexdigest(),
    }
    described = variables.describe(network.inputs, network.outputs, digests, record)
    network = replace(network, fingerprint=described["sha256"])
    lwtnn = lwtnn_export.as_text(network).encode()
    log = _as_json({**history, lwtnn_export.FINGERPRINT: network.fingerprint})
    contents = (weights, architecture, _as_json(described), lwtnn, log)
    return {
        folder / name: partial(_write, content=content)
        for name, content in zip(_NAMES, contents, strict=True)
    }


def _weights(model: Any, folder: Path) -> bytes:
    """Let Keras, which knows only files, write the weights."""
    try:
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / WEIGHTS
            # HDF5 talks a lot and may crash where a disk is full: find that out first.
            path.write_bytes(bytes(_OVERHEAD + 4 * model.count_params()))
            model.save_weights(path)
            return path.read_bytes()
    except (OSError, RuntimeError) as error:  # HDF5 raises both
        raise _unwritable(folder / WEIGHTS, error) from error


def _as_json(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, indent=2)
    # A range of rows on a line of its own.
    return re.sub(r"\[\s+(\d+),\s+(\d+)\s+\]", r"[\1, \2]", text).encode() + b"\n"


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _unwritable(path: Path, error: BaseException) -> UserError:
    return UserError(
        f"{path}: cannot be written ({os_reason(error)}); choose another place with -o"
    )
