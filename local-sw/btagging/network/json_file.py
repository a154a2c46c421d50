"""Read JSON files of a model, which may be malicious."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any, NoReturn

from btagging.errors import UserError, shown
from btagging.network.bounded_file import check_layout, read_bytes

_MAX_BYTES = 10_000_000
_MAX_DIGITS = 18

SHA256 = "sha256"
"""The key of a JSON object under which `signed` keeps its digest."""


def read_json(path: Path) -> dict[str, Any]:
    """Read a file as `parse_json` does."""
    return parse_json(path, read_bytes(path, _MAX_BYTES, "the JSON of a model"))


def parse_json(path: Path, content: bytes) -> dict[str, Any]:
    """Parse a JSON object whose numbers are finite, and whose keys are unique.

    Raises
    ------
    UserError
        If it is something else, nested too deeply, or does not fit its own digest.
    """
    if content.startswith(b"\x89HDF"):
        check_layout(path, content)
        raise UserError(f"{path}: HDF5, not JSON; name the architecture first, then the weights")
    try:
        result = json.loads(
            content,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=_unique,
        )
        if not isinstance(result, dict):
            raise UserError(f"{path}: a JSON {type(result).__name__}, not the JSON of a model")
        if SHA256 in result and result != signed(result):
            raise UserError(f"{path}: damaged, for it does not fit its own {SHA256}; train again")
    except RecursionError as error:
        raise UserError(f"{path}: nested too deeply for the JSON of a model") from error
    except ValueError as error:  # also where the text is not Unicode
        raise UserError(f"{path}: not JSON ({shown(error)}); write it again") from error
    return result


def signed(content: dict[str, Any]) -> dict[str, Any]:
    """Add the SHA-256 of an object to it, so that damage is noticed.

    It is that of the compact form with sorted keys, so that the layout of the file does not matter.
    The dumper checks it the same way.
    """
    rest = {key: value for key, value in content.items() if key != SHA256}
    compact = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return {**rest, SHA256: hashlib.sha256(compact.encode()).hexdigest()}


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
    """Refuse duplicate keys: readers differ in which one they take."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError(f"a key is there twice among {', '.join(key for key, _ in pairs)}")
    return result
