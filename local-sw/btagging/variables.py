"""The file that says what a network's inputs and outputs mean: `variables.json`.

Keras saves layers and weights, but knows nothing of fields, normalisation and defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from btagging.errors import UserError
from btagging.inputs import TRANSFORMS, Input
from btagging.json_file import read_json

NAME = "variables.json"
"""It lies beside the architecture."""


def describe(inputs: Sequence[Input], outputs: Sequence[str]) -> dict[str, Any]:
    """Describe the inputs and outputs for `variables.json`."""
    return {"inputs": [asdict(i) for i in inputs], "outputs": list(outputs)}


def read(path: Path) -> tuple[tuple[Input, ...], tuple[str, ...]]:
    """Read the file.

    Returns
    -------
    tuple of Input, tuple of str
        The inputs, and the outputs' names.

    Raises
    ------
    UserError
        If the file is missing or broken, or anything in it is missing, there twice, or of
        another type than it should be.
    """
    content = read_json(path)
    entries, outputs = content.get("inputs"), content.get("outputs")
    if not isinstance(entries, list) or not isinstance(outputs, list):
        raise UserError(f"{path}: needs a list of inputs and one of outputs; train again")
    inputs = [_read_input(path, entry) for entry in entries]
    for names in ([i.name for i in inputs], outputs):
        if not all(isinstance(name, str) and name for name in names):
            raise UserError(f"{path}: every input and output needs a name; train again")
        for name in names:
            if names.count(name) > 1:
                raise UserError(f"{path}: {name} is there twice; train again")
    return tuple(inputs), tuple(outputs)


def _read_input(path: Path, entry: Any) -> Input:
    """Check one entry: lwtnn itself would take any nonsense."""
    if not isinstance(entry, dict):
        raise UserError(f"{path}: input {entry!r} is not an object; train again")
    where = f"{path}: input {entry.get('name')!r}"
    for field in fields(Input):
        if field.name not in entry:
            raise UserError(f"{where} has no {field.name}; train again")
        # Annotations are strings here. A whole number is a fine float.
        types = {"str": (str,), "float": (float, int)}[str(field.type)]
        if type(entry[field.name]) not in types:
            raise UserError(f"{where}: {field.name} is {entry[field.name]!r}; train again")
    if entry["transform"] not in TRANSFORMS:
        raise UserError(
            f"{where}: no transform {entry['transform']!r}, but {', '.join(TRANSFORMS)}"
        )
    if not entry["scale"]:
        raise UserError(f"{where}: scale 0 makes all jets the same; train again")
    return Input(**{field.name: entry[field.name] for field in fields(Input)})
