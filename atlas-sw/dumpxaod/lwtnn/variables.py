"""Read the names of what goes into an lwtnn network, and of what comes out."""

from __future__ import annotations

from typing import Any

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.checked_json import entry, names, number
from dumpxaod.lwtnn.network import Variable


def only(graph: Any, key: str, kind: type[Any]) -> Any:
    """Take the only one of the inputs or of the outputs."""
    entries = entry(graph, key, kind, "file")
    if len(entries) != 1:
        raise UserError(f"{len(entries)} {key}; exactly one is supported")
    return next(iter(entries.values() if kind is dict else entries))


def read_variables(node: Any, place: str) -> tuple[Variable, ...]:
    """Take the variables of an input, or of a sequence; a `UserError` if there are none."""
    variables = entry(node, "variables", list, place)
    if not variables:
        raise UserError(f"{place}: has no variables")
    found = names([entry(v, "name", str, "variable") for v in variables], place)
    return tuple(_variable(name, v) for name, v in zip(found, variables, strict=True))


def _variable(name: str, content: dict[str, Any]) -> Variable:
    place = f"variable {name}"
    offset, scale = (number(content.get(key), f"{place}: {key}") for key in ("offset", "scale"))
    default = content.get("default")
    if default is not None:
        default = number(default, f"{place}: default")
    return Variable(name, offset, scale, default)


def read_labels(output: Any, width: int) -> tuple[str, ...]:
    """Take the names of the outputs; a `UserError` if they are not as many as these."""
    labels = names(entry(output, "labels", list, "output"), "output")
    if len(labels) != width:
        raise UserError(f"output: {len(labels)} labels for {width} numbers")
    return labels
