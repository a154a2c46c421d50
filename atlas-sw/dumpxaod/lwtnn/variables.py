"""Read the inputs of an lwtnn network, and the labels of its outputs."""

from __future__ import annotations

from typing import Any

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.checked_json import entry, names, number
from dumpxaod.lwtnn.network import Variable


def only(graph: Any, key: str, kind: type[Any]) -> Any:
    """Take the only one of the inputs or outputs; raise a `UserError` if there are more."""
    entries = entry(graph, key, kind, "file")
    if len(entries) != 1:
        raise UserError(f"{len(entries)} {key}; exactly one is supported")
    return next(iter(entries.values() if kind is dict else entries))


def read_variables(node: Any, where: str) -> tuple[Variable, ...]:
    """Read the variables of an input or a sequence; raise a `UserError` if there are none."""
    variables = entry(node, "variables", list, where)
    if not variables:
        raise UserError(f"{where}: has no variables")
    found = names([entry(v, "name", str, "variable") for v in variables], where)
    return tuple(_variable(name, v) for name, v in zip(found, variables, strict=True))


def _variable(name: str, content: dict[str, Any]) -> Variable:
    where = f"variable {name}"
    offset, scale = (number(content.get(key), f"{where}: {key}") for key in ("offset", "scale"))
    default = content.get("default")
    if default is not None:
        default = number(default, f"{where}: default")
    return Variable(name, offset, scale, default)


def read_labels(output: Any, width: int) -> tuple[str, ...]:
    """Read the labels of the outputs; raise a `UserError` unless there are `width` of them."""
    labels = names(entry(output, "labels", list, "output"), "output")
    if len(labels) != width:
        raise UserError(f"output: {len(labels)} labels for {width} numbers")
    return labels
