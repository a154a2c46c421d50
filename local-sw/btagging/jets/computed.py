"""Fields that are computed from those in the files: the log-ratio of a tagger."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.ratios import PLAIN

LOG_RATIO = "_log_ratio"
"""Ends the name of log(p_b / p_u)."""


def needed(name: str, fields: Collection[str]) -> tuple[str, ...]:
    """List the fields that a field is computed from.

    Returns
    -------
    tuple of str
        The field itself if it is there; else, for a log-ratio, the tagger's `_pb` and `_pu`; empty
        if these are missing too.
    """
    if name in fields:
        return (name,)
    tagger = name.removesuffix(LOG_RATIO)
    pair = f"{tagger}_pb", f"{tagger}_pu"
    return pair if tagger != name and all(p in fields for p in pair) else ()


def compute(name: str, rows: NDArray[Any]) -> NDArray[Any]:
    """Take a field out of some rows, or compute it in the dumper's precision, float32."""
    parts = needed(name, rows.dtype.names or ())
    if len(parts) < 2:
        return rows[name]
    signal, background = (rows[part] for part in parts)
    result = PLAIN.compute({"b": signal, "u": background}).astype(np.float32)
    result.flags.writeable = False
    return result
