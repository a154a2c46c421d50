"""Read the three files of a network, and check that they belong together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from btagging.errors import UserError
from btagging.network import architecture, variables, weights
from btagging.network.architecture import Architecture
from btagging.network.archive import CONFIG, WEIGHTS, is_archive, read_member
from btagging.network.bounded_file import read_bytes
from btagging.network.variables import Variables

_MAX_BYTES = 10_000_000  # of the architecture


@dataclass(frozen=True)
class ModelFiles:
    """The content of the files of a network; `arrays` are the weights of each layer of `layout`."""

    layout: Architecture
    arrays: list[weights.Arrays]
    variables: Variables


def read(architecture_path: Path, weights_path: Path) -> ModelFiles:
    """Read the files that `train_nn.py` writes.

    Parameters
    ----------
    architecture_path
        Keras's JSON, or its archive with both; `variables.json` must be in the same folder.
    weights_path
        Keras's HDF5, or the archive again.

    Raises
    ------
    UserError
        If a file is missing or broken, they are not of the same training, or hold anything that
        is not allowed.
    """
    if is_archive(architecture_path):
        return _read_archive(architecture_path)
    text = read_bytes(architecture_path, _MAX_BYTES, "the JSON of a model")
    layout = architecture.parse(architecture_path, text)
    numbers = read_bytes(weights_path, weights.max_bytes(layout), "these layers")
    described = architecture_path.with_name(variables.NAME)
    found = variables.read(described)
    # Before HDF5 reads the weights: damage may crash it.
    for path, content, key in (
        (architecture_path, text, variables.ARCHITECTURE),
        (weights_path, numbers, variables.WEIGHTS),
    ):
        if key in found.files and found.files[key] != hashlib.sha256(content).hexdigest():
            raise UserError(
                f"{path}: not of the same training as {described}, or damaged; give the files "
                "that one training wrote"
            )
    return _checked(described, layout, weights.parse(weights_path, numbers, layout), found)


def _read_archive(path: Path) -> ModelFiles:
    """Read an archive; nothing in it identifies the training."""
    layout = architecture.parse(path / CONFIG, read_member(path, CONFIG, _MAX_BYTES))
    numbers = read_member(path, WEIGHTS, weights.max_bytes(layout))
    described = path.with_name(variables.NAME)
    found = variables.read(described)
    return _checked(described, layout, weights.parse(path / WEIGHTS, numbers, layout), found)


def _checked(
    path: Path, layout: Architecture, arrays: list[weights.Arrays], found: Variables
) -> ModelFiles:
    """Compare how many inputs and outputs the variables and the layers have."""
    of_tracks = found.tracks.inputs if found.tracks else ()
    for what, names, n in (
        ("inputs", found.inputs, layout.n_inputs),
        ("inputs of tracks", of_tracks, layout.tracks.n_inputs if layout.tracks else 0),
        ("outputs", found.outputs, layout.n_outputs),
    ):
        if len(names) != n:
            raise UserError(f"{path}: {len(names)} {what}, but {layout.path} has {n}")
    return ModelFiles(layout, arrays, found)
