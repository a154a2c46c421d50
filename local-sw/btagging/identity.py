"""How to tell whether two files hold the same jets."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import h5py

UUID, INPUTS, NETWORK = MARKS = ("uuid", "inputs", "network.sha256")
"""Attributes of `/jets` in which the dumper notes the jets' origin: an identity of derivations,
collection and selection; the derivations, as JSON; the lwtnn file that made the scores."""

_ROWS = 4096


def digest(dataset: h5py.Dataset) -> str:
    """Compute an identity from the jets themselves: from the first, the middle and the last.

    It does not depend on how the file is compressed or what else is in it.

    Returns
    -------
    str
        32 hexadecimal digits, as a UUID has.
    """
    n = len(dataset)
    names = [name for name in dataset.dtype.names if dataset.dtype[name].kind in "biuf"]
    found = hashlib.sha256(repr([(name, dataset.dtype[name].str) for name in names]).encode())
    found.update(str(n).encode())
    for start in (0, max(n - _ROWS, 0) // 2, max(n - _ROWS, 0)):
        rows = dataset[start : start + _ROWS]
        for name in names:
            found.update(rows[name].tobytes())
    return found.hexdigest()[:32]


def derivations(inputs: str) -> tuple[str, ...]:
    """Take the UUIDs out of the attribute `INPUTS`; empty if it is missing or in another form."""
    try:
        return tuple(str(entry["uuid"]) for entry in json.loads(inputs or "[]"))
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()
