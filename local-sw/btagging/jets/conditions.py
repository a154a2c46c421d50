"""Cuts on fields, as in `pt > 50e3`: which jets are used."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from btagging.errors import UserError, shown
from btagging.jets.dataset import PREFIX

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_FORM = re.compile(rf"\s*(\S+?)\s*({'|'.join(_OPERATORS)})\s*(\S+)\s*")


@dataclass(frozen=True)
class Condition:
    """A cut on a field of `/jets`; the comparison is one of < <= > >= == !=."""

    field: str
    comparison: str
    number: float

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Parse a condition such as "pt > 50e3".

        Raises
        ------
        UserError
            If it is of another form.
        """
        match = _FORM.fullmatch(text)
        if match and _is_number(match[3]):
            return cls(field_of_jets(match[1]), match[2], float(match[3]))
        raise UserError(
            f"--where '{shown(text)}': not of the form FIELD OP NUMBER, as in 'pt > 50e3' with one "
            f"of {' '.join(sorted(_OPERATORS))}"
        )

    def __str__(self) -> str:
        return f"{self.field} {self.comparison} {self.number:g}"

    def passes(self, jets: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Tell which jets pass, of shape (n_jets,); NaN never does."""
        values = jets[self.field]
        passed: NDArray[np.bool_] = _OPERATORS[self.comparison](values, self.number)
        return passed & (values == values)  # which NaN is not


def field_of_jets(name: str) -> str:
    """Return the name of a field of `/jets`.

    Raises
    ------
    UserError
        If it is one of `/tracks`.
    """
    if name.startswith(PREFIX):
        raise UserError(f"{shown(name)}: has many values per jet; choose a field of /jets")
    return name


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)  # which NaN is not
    except ValueError:
        return False
