"""Fields that files do not have, but have what they are made from: a tagger's log-ratio."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOG_RATIO = "_log_ratio"
"""Ends the name of log(p_b / p_u)."""


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
    with np.errstate(over="ignore"):
        result = log_ratio(*(rows[part] for part in parts)).astype(np.float32)
    result.flags.writeable = False
    return result


def log_ratio(p_signal: NDArray[Any], p_background: NDArray[Any]) -> NDArray[np.float64]:
    """Logarithm of the ratio of two probabilities, in double precision.

    NaN where both are zero (a jet that the tagger knows nothing about), ±inf where one is. NaN
    also where one is no probability: some taggers write -1 for jets that they know nothing about.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: NDArray[np.float64] = np.log(p_signal.astype(np.float64) / p_background)
    for p in (p_signal, p_background):
        ratio[(p < 0) | (p > 1)] = np.nan
    return ratio
