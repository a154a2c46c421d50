"""The inputs of an lwtnn network.

They are prepared as by lwtnn's InputPreprocessor (github.com/lwtnn/lwtnn, 2.14).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.activations import Values
from dumpxaod.lwtnn.checked_json import entry, names, number

SOURCE = "source"  # the key under which `export_nn.py` keeps what an input was made from


@dataclass(frozen=True)
class Variable:
    """One input of a network.

    Parameters
    ----------
    offset, scale
        The network sees (x + offset) * scale.
    default
        Replaces x where it is NaN or infinite, unless None.
    source
        What its field was made from in the training; empty if the file does not say.
    """

    name: str
    offset: float
    scale: float
    default: float | None
    source: str = ""

    def prepared(self, x: NDArray[Any]) -> Values:
        """Replace what is not finite if there is a default, then shift and scale.

        Athena does the first with lwtnn's NanReplacer (rep::all).
        """
        known = x if self.default is None else np.where(np.isfinite(x), x, self.default)
        return (known + self.offset) * self.scale


def prepared(variables: Sequence[Variable], x: NDArray[Any]) -> Values:
    """Prepare all inputs, shape (n_jets, n_variables), or (n_tracks, n_variables) of tracks."""
    columns = zip(variables, x.T.astype(np.float64), strict=True)
    prepared = [variable.prepared(column) for variable, column in columns]
    return np.stack(prepared, axis=1) if prepared else np.empty((len(x), 0))


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
    source = entry(content, SOURCE, str, where) if SOURCE in content else ""
    return Variable(name, offset, scale, default, source)
