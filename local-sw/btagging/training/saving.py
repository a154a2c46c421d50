"""The files of a trained network."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from btagging.errors import UserError, os_reason
from btagging.export import lwtnn as lwtnn_export
from btagging.network import variables
from btagging.network.network import Network
from btagging.network.training_record import TrainingRecord
from btagging.output import writable
from btagging.training import checkpoint

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
    for name in (*_NAMES, checkpoint.NAME):
        writable(folder / name, inputs)


def writers(
    folder: Path,
    network: Network,
    *,
    architecture: str,
    save_weights: Callable[[Path], object],
    history: Mapping[str, Any],
    record: TrainingRecord,
    weighting: Mapping[str, Any] | None = None,
) -> dict[Path, Callable[[Path], object]]:
    """Say how to write a trained network, for `btagging.output.write_files`.

    Parameters
    ----------
    folder
        Where to.
    network
        With the meaning of what goes in and comes out.
    architecture, save_weights
        Keras's JSON of it, and Keras's function that writes its weights to a file.
    history
        How the training went.
    record
        What it was trained on.
    weighting
        How much its jets counted, if not all the same.

    Returns
    -------
    dict
        For each file a function that writes it.
    """
    content = json.loads(architecture)
    content.pop("compile_config", None)  # how it was trained is no part of what it is
    layout, weights = _as_json(content), _weights(save_weights, network, folder)
    # Files of two trainings may fit each other. These digests tell them apart.
    digests = {
        variables.ARCHITECTURE: hashlib.sha256(layout).hexdigest(),
        variables.WEIGHTS: hashlib.sha256(weights).hexdigest(),
    }
    described = variables.describe(
        network.inputs,
        network.outputs,
        digests,
        record,
        network.tracks.variables if network.tracks else None,
    )
    network = replace(network, fingerprint=described["sha256"])
    lwtnn = lwtnn_export.as_text(network).encode()
    if weighting:
        history = {**history, "weighting": weighting}
    log = _as_json({**history, lwtnn_export.FINGERPRINT: network.fingerprint})
    contents = (weights, layout, _as_json(described), lwtnn, log)
    return {
        folder / name: partial(Path.write_bytes, data=content)
        for name, content in zip(_NAMES, contents, strict=True)
    }


def _weights(save: Callable[[Path], object], network: Network, folder: Path) -> bytes:
    """Let Keras, which knows only files, write the weights."""
    try:
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / WEIGHTS
            # HDF5 talks a lot and may crash where a disk is full: find that out first.
            n = sum(layer.kernel.size + layer.bias.size for layer in network.all_layers)
            path.write_bytes(bytes(_OVERHEAD + 4 * n))
            save(path)
            return path.read_bytes()
    except (OSError, RuntimeError) as error:  # HDF5 raises both
        raise _unwritable(folder / WEIGHTS, error) from error


def _as_json(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, indent=2)
    # A range of rows on a line of its own.
    return re.sub(r"\[\s+(\d+),\s+(\d+)\s+\]", r"[\1, \2]", text).encode() + b"\n"


def _unwritable(path: Path, error: BaseException) -> UserError:
    return UserError(
        f"{path}: cannot be written ({os_reason(error)}); choose another place with -o"
    )
