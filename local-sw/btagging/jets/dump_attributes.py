"""The attributes of `/jets` in which the dumper says what its jets are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from btagging.errors import shown
from btagging.jets.hdf5 import damaged

KINDS = ("synthetic", "simulation", "data")
"""Of several files the first of these counts: the least trustworthy as a measurement."""

ROUNDED = ", rounded from double to float"
"""May end the source of a field without changing its meaning."""

# What the dumper always writes.
OURS = ("kind", "sample", "collection", "command_line", "version", "inputs")
MEANINGS = ("source", "unit")  # of a field


def check_attributes(path: Path, found: Mapping[str, str]) -> None:
    """Refuse a file of the dumper that has lost some of its attributes.

    Raises
    ------
    UserError
        If one is missing that the others belong to.
    """
    missing = [name for name in OURS if name not in found]
    if "version" in found and found.get("kind") not in KINDS:
        raise damaged(path, f"its jets are of no known kind: '{shown(found.get('kind', ''))}'")
    if len(missing) > len(OURS) // 3:
        return  # somebody else's
    if missing:
        raise damaged(path, f"/jets has lost its attribute '{missing[0]}'")
    for name in found:
        field, _, meaning = name.rpartition(".")
        if meaning in MEANINGS and any(f"{field}.{other}" not in found for other in MEANINGS):
            raise damaged(path, f"the field {shown(field)} has lost its source or its unit")


def derivations(path: Path, inputs: str) -> dict[str, str]:
    """Parse the attribute `inputs`, the JSON list of the derivations that the jets come from.

    Returns
    -------
    dict
        The path of each derivation, by its UUID.

    Raises
    ------
    UserError
        If it is no such list.
    """
    try:
        return {entry["uuid"]: entry["path"] for entry in json.loads(inputs) if entry["uuid"]}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise damaged(path, "its attribute 'inputs' is no list of files") from error
