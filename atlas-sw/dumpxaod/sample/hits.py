"""Hits of tracks, distributed as in 2487 tracks of a public release-25 DAOD_PHYSLITE."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

INNERMOST = "numberOfInnermostPixelLayerHits"
# Fraction of tracks with 0, 1, 2 … of each; the rest have one more than the last of these.
SHARES = {
    INNERMOST: (0.048, 0.886),
    "numberOfPixelHits": (0.002, 0.005, 0.029, 0.150, 0.566, 0.200, 0.039),
    "numberOfSCTHits": (0.004, 0, 0.001, 0.002, 0.012, 0.019, 0.064, 0.112, 0.510, 0.117, 0.122),
    "numberOfPixelSharedHits": (0.979,),
    "numberOfSCTSharedHits": (0.878, 0.096, 0.023),
    "numberOfPixelHoles": (0.977,),
    "numberOfSCTHoles": (0.877, 0.108),
    "numberOfPixelDeadSensors": (0.818, 0.169),
    "numberOfSCTDeadSensors": (0.938, 0.031),
}


def hits(rng: np.random.Generator, n_tracks: int) -> dict[str, Array]:
    """Draw the hits of tracks, by event-data name."""
    counts = {
        name: np.searchsorted(np.cumsum(shares), rng.random(n_tracks), side="right")
        for name, shares in SHARES.items()
    }
    pixel = np.maximum(counts["numberOfPixelHits"], counts[INNERMOST])
    counts["numberOfPixelHits"] = pixel
    return {name: count.astype("u1") for name, count in counts.items()}
