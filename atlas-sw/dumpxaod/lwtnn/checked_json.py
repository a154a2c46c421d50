"""JSON that may come from a stranger: every value is checked where it is taken out.

The error's text names the place in the file and the reason, not the file.
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

MAX_BYTES = 20_000_000  # of about a million weights
MAX_NAME = 100  # characters

T = TypeVar("T")
# A number may be written as a text, which lwtnn's own reader does not tell from a number.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MAX_DIGITS = 18  # of a whole number: no index is longer
_TYPES: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}


def parse(content: bytes) -> Any:
    """Parse the bytes of a file.

    Raises
    ------
    UserError
        If they are no JSON, too many, or nested too deeply.
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
    """Refuse a key that is there twice: lwtnn would take the first, Python the last."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise UserError(f"a key is there twice in one object, among {shown(list(content))}")
    return content


def shown(value: Any) -> str:
    """Write a value out for a message, on one line and shortened."""
    return reprlib.repr(value)


def entry(parent: Any, key: str, kind: type[T], place: str) -> T:
    """Take an entry of an object.

    Raises
    ------
    UserError
        If there is no object or no such entry, or it is of another type.
    """
    if not isinstance(parent, dict):
        raise UserError(f"{place}: {shown(parent)} is not an object")
    if key not in parent:
        raise UserError(f"{place}: has no {key}")
    value = parent[key]
    if kind is int:
        return cast(T, whole(value, f"{place}: {key}"))
    if type(value) is not kind:
        raise UserError(f"{place}: {key} is {shown(value)}, not {_TYPES[kind]}")
    return value


def whole(value: Any, place: str) -> int:
    """Take a whole number; a `UserError` if it is none."""
    if type(value) is str and re.fullmatch(rf"\d{{1,{_MAX_DIGITS}}}", value, re.ASCII):
        return int(value)
    if type(value) is not int:  # a bool is no integer here
        raise UserError(f"{place} is {shown(value)}, not an integer")
    return value


def number(value: Any, place: str) -> float:
    """Take a number; a `UserError` if it is none, NaN, infinite or as large as 1e400."""
    found = _number(value)
    if not _is_finite(found):
        raise UserError(f"{place} is {shown(value)}, not a finite number")
    return float(found)


def _number(value: Any) -> Any:
    """Turn a text that is a number into it; leave everything else."""
    return float(value) if type(value) is str and _NUMBER.fullmatch(value) else value


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def numbers(parent: Any, key: str, place: str) -> Values:
    """Take an entry that is a list of numbers."""
    values = [_number(value) for value in entry(parent, key, list, place)]
    for index, value in enumerate(values):
        if not _is_finite(value):
            number(value, f"{place}: {key}[{index}]")
    return np.array(values, np.float64)


def names(values: list[Any], place: str) -> tuple[str, ...]:
    """Take names, which must be short, printable and different."""
    for value in values:
        if type(value) is not str or not value.isprintable() or not 0 < len(value) <= MAX_NAME:
            raise UserError(f"{place}: {shown(value)} is not a name")
    for value, count in Counter(values).items():
        if count > 1:
            raise UserError(f"{place}: {value} is there {count} times")
    return tuple(values)
