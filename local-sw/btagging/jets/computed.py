"""Fields that files do not have, but have what they are made from: a tagger's log-ratio."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.flavours import B
from btagging.ratios import Ratio

LOG_RATIO = "_log_ratio"
"""Ends the name of log(p_b / p_u)."""

_PLAIN = Ratio(B, {})


def needed(name: str, fields: Collection[str]) -> tuple[str, ...]:
    """List the fields of a file that give a field.

    Returns
    -------
    tuple of str
        The field itself; for the log-ratio of a tagger whose probabilities are there, those of
        b and light; empty where there is neither.
    """
    if name in fields:
        return (name,)
    tagger = name.removesuffix(LOG_RATIO)
    pair = f"{tagger}_pb", f"{tagger}_pu"
    return pair if tagger != name and all(p in fields for p in pair) else ()


def compute(name: str, rows: NDArray[Any]) -> NDArray[Any]:
    """Take a field out of some rows, or make it: rounded as the dumper writes it, to a float."""
    parts = needed(name, rows.dtype.names or ())
    if len(parts) < 2:
        return rows[name]
    signal, background = (rows[part] for part in parts)
    result = _PLAIN.compute({"b": signal, "u": background}).astype(np.float32)
    result.flags.writeable = False
    return result
