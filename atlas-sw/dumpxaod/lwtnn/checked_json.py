"""JSON from an unknown source: every value is checked where it is used.

An error's message says where in the file and why; it does not name the file.
"""

from __future__ import annotations

import json
import re
import reprlib
import sys
from collections import Counter
from typing import Any, TypeVar, cast

import numpy as np

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.activations import Values

MAX_BYTES = 20_000_000  # about a million weights
MAX_NAME = 100  # characters

T = TypeVar("T")
# lwtnn's own reader does not distinguish a number from a string that contains one.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MAX_DIGITS = 18  # of an index
_TYPES: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}


def parse(content: bytes) -> Any:
    """Parse the bytes of a file.

    Raises
    ------
    UserError
        If they are not JSON, too many, or nested too deeply.
    """
    if len(content) > MAX_BYTES:
        raise UserError(f"more than {MAX_BYTES:,} bytes are too many for an lwtnn network")
    try:
        return json.loads(content, object_pairs_hook=_object)
    except RecursionError:
        raise UserError("nested too deeply for an lwtnn network") from None
    except ValueError as error:  # also where the text is not Unicode
        raise UserError(f"not JSON ({error})") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a repeated key: lwtnn would take the first, Python the last."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise UserError(f"a key occurs twice in one object, among {shown(list(content))}")
    return content


def shown(value: Any) -> str:
    """Write a value for a message, shortened to one line."""
    return reprlib.repr(value)


def entry(parent: Any, key: str, kind: type[T], where: str) -> T:
    """Take an entry of an object.

    Raises
    ------
    UserError
        If there is no object, it has no such entry, or the entry is of another type.
    """
    if not isinstance(parent, dict):
        raise UserError(f"{where}: {shown(parent)} is not an object")
    if key not in parent:
        raise UserError(f"{where}: has no {key}")
    value = parent[key]
    if kind is int:
        return cast(T, whole(value, f"{where}: {key}"))
    if type(value) is not kind:
        raise UserError(f"{where}: {key} is {shown(value)}, not {_TYPES[kind]}")
    return value


def whole(value: Any, where: str) -> int:
    """Return a whole number; raise a `UserError` for anything else."""
    if type(value) is str and re.fullmatch(rf"\d{{1,{_MAX_DIGITS}}}", value, re.ASCII):
        return int(value)
    if type(value) is not int:  # a bool is an int to isinstance
        raise UserError(f"{where} is {shown(value)}, not an integer")
    return value


def number(value: Any, where: str) -> float:
    """Return a number; raise a `UserError` for NaN, infinity, 1e400 or anything else."""
    found = _number(value)
    if not _is_finite(found):
        raise UserError(f"{where} is {shown(value)}, not a finite number")
    return float(found)


def _number(value: Any) -> Any:
    """Convert a string that contains a number; return everything else as it is."""
    return float(value) if type(value) is str and _NUMBER.fullmatch(value) else value


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def numbers(parent: Any, key: str, where: str) -> Values:
    """Take an entry that is a list of numbers, shape (n_numbers,)."""
    values = [_number(value) for value in entry(parent, key, list, where)]
    for index, value in enumerate(values):
        if not _is_finite(value):
            number(value, f"{where}: {key}[{index}]")
    return np.array(values, np.float64)


def names(values: list[Any], where: str) -> tuple[str, ...]:
    """Return names; raise a `UserError` unless they are short, printable and different."""
    for value in values:
        if type(value) is not str or not value.isprintable() or not 0 < len(value) <= MAX_NAME:
            raise UserError(f"{where}: {shown(value)} is not a name")
    for value, count in Counter(values).items():
        if count > 1:
            raise UserError(f"{where}: {value} occurs {count} times")
    return tuple(values)
