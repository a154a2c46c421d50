"""JSON files, which may come from a stranger."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from btagging.errors import UserError

_MAX_BYTES = 10_000_000
_MAX_DIGITS = 18


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object whose numbers are finite.

    Raises
    ------
    UserError
        If the file is missing, too large, nested too deeply, or not such JSON.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; local-sw/train_nn.py writes it")
    content = path.read_bytes()
    if content.startswith(b"\x89HDF"):
        raise UserError(f"{path}: HDF5, not JSON; name the architecture first, then the weights")
    if len(content) > _MAX_BYTES:
        raise UserError(f"{path}: {len(content):,} bytes are too many for the JSON of a model")
    try:
        result = json.loads(
            content,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=_unique,
        )
    except RecursionError as error:
        raise UserError(f"{path}: nested too deeply for the JSON of a model") from error
    except ValueError as error:  # also where the text is not Unicode
        raise UserError(f"{path}: not JSON ({error}); write it again") from error
    if not isinstance(result, dict):
        raise UserError(f"{path}: a JSON {type(result).__name__}, not the JSON of a model")
    return result


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:  # thousands of digits take long, and make no float
        raise ValueError(f"a number of {len(text):,} digits")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is there twice: readers differ in which one they take."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError(f"a key is there twice among {', '.join(key for key, _ in pairs)}")
    return result
