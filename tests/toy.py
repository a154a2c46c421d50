"""Toy jets in the layout of the tutorial's `output.h5`, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

DTYPE = np.dtype(
    [
        ("rnnip_log_ratio", "<f4"),
        ("jf_sig", "<f4"),
        ("HadronConeExclExtendedTruthLabelID", "<i4"),
    ]
)
FIELDS = tuple(DTYPE.fields or ())
# label: share, mean and width of the log-ratio, share with a vertex, scale of its significance
FLAVOURS = {
    0: (0.49, -2.4, 1.3, 0.06, 4.0),
    4: (0.08, -0.3, 1.6, 0.35, 8.0),
    5: (0.40, 3.2, 2.2, 0.75, 16.0),
    15: (0.02, -1.0, 1.5, 0.10, 4.0),
    44: (0.01, 0.5, 1.5, 0.50, 9.0),
}


def jets(n: int, seed: int = 1) -> NDArray[Any]:
    """Draw `n` jets; both inputs know the flavour, and a common part correlates them."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(len(FLAVOURS), size=n, p=[share for share, *_ in FLAVOURS.values()])
    _, mean, width, vertex, scale = np.array(list(FLAVOURS.values()))[kind].T
    common = rng.normal(size=n)
    has_vertex = rng.uniform(size=n) < vertex
    result = np.zeros(n, DTYPE)
    result["rnnip_log_ratio"] = mean + width * (0.5 * common + 0.75**0.5 * rng.normal(size=n))
    result["rnnip_log_ratio"][rng.uniform(size=n) < 0.02] = np.nan
    result["jf_sig"] = has_vertex * scale * rng.gamma(1.5, np.exp(0.3 * common))
    result["HadronConeExclExtendedTruthLabelID"] = np.array(list(FLAVOURS))[kind]
    return result


def write(path: Path, rows: NDArray[Any], **attributes: Any) -> Path:
    """Write the rows like the dumper does: chunks of 2048, deflate, attributes on `/jets`."""
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset(
            "jets", data=rows, chunks=(2048,), maxshape=(None,), compression="gzip"
        )
        dataset.attrs.update({"kind": "synthetic", "sample": "toy", **attributes})
    return path
