"""The beam spot and the vertices of the sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.sample.precision import MANY, shortened

Array = NDArray[Any]

# As ATLAS simulates them, in mm.
BEAM = {
    "beamPosX": -0.5,
    "beamPosY": -0.5,
    "beamPosZ": 0.0,
    "beamPosSigmaX": 0.0085,
    "beamPosSigmaY": 0.0085,
    "beamPosSigmaZ": 40.0,
    "beamPosSigmaXY": 0.0,
}
POSITION = np.array([BEAM["beamPosX"], BEAM["beamPosY"], BEAM["beamPosZ"]])
SIZE = np.array([BEAM["beamPosSigmaX"], BEAM["beamPosSigmaY"], BEAM["beamPosSigmaZ"]])
RESOLUTION = np.array([0.010, 0.010, 0.025])  # in mm, of a vertex fitted without the beam spot
PILE_UP = 2  # vertices per event on average; ten times fewer than in collisions, to save space
NONE, PRIMARY, OF_PILE_UP = 0, 1, 3  # vertexType of xAOD


def vertices(rng: np.random.Generator, n_events: int) -> tuple[Array, Array, dict[str, Array]]:
    """Draw the vertices of some events.

    Returns
    -------
    true
        Position of the hard collision relative to the beam position in mm, shape (n_events, 3).
    counts
        Number of vertices in each event. The hard collision is the first; the last is a dummy
        vertex at the position of the first, as in a derivation.
    found
        By event-data name, one value per vertex, event by event.
    """
    counts = rng.poisson(PILE_UP, n_events) + 2
    true = SIZE * rng.normal(size=(counts.sum(), 3))
    # Fitted with the beam spot as a constraint.
    weight = SIZE**2 / (SIZE**2 + RESOLUTION**2)
    found = POSITION + weight * (true + RESOLUTION * rng.normal(size=true.shape))
    last = np.cumsum(counts) - 1
    first = last - counts + 1
    found[last] = found[first]
    kind = np.full(len(true), OF_PILE_UP)
    kind[first], kind[last] = PRIMARY, NONE
    x, y, z = shortened(found.T, MANY)
    return true[first], counts, {"x": x, "y": y, "z": z, "vertexType": kind.astype("i2")}
