"""The older form of an lwtnn file: lists of inputs, layers and outputs, without nodes."""

from __future__ import annotations

from typing import Any

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.checked_json import entry, shown


def as_graph(content: dict[str, Any]) -> dict[str, Any]:
    """Convert a network in the sequential form to a graph with the same meaning.

    Raises
    ------
    UserError
        If it is not such a network.
    """
    variables, layers, labels = (
        entry(content, key, list, "file") for key in ("inputs", "layers", "outputs")
    )
    defaults = entry(content, "defaults", dict, "file") if "defaults" in content else {}
    chain = [
        {"type": "feed_forward", "layer_index": index, "sources": [index]}
        for index in range(len(layers))
    ]
    return {
        "inputs": [{"variables": [_variable(variable, defaults) for variable in variables]}],
        "input_sequences": [],
        "nodes": [{"type": "input", "size": len(variables), "sources": [0]}, *chain],
        "layers": layers,
        "outputs": {"outputs": {"labels": labels, "node_index": len(layers)}},
    }


def _variable(variable: Any, defaults: dict[str, Any]) -> dict[str, Any]:
    """Add the default to an input; this form keeps it elsewhere."""
    if not isinstance(variable, dict):
        raise UserError(f"file: input {shown(variable)} is not an object")
    name = entry(variable, "name", str, "variable")
    return {**variable, "default": defaults[name]} if name in defaults else variable
