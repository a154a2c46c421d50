"""A function for ftag's `h5addcol`."""

from __future__ import annotations

import numpy as np


def log_pt(batch: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Compute a new field of the jets."""
    return {"jets": {"log_pt": np.log(batch["jets"]["pt"])}}
