"""The latent variables of a jet: how displaced its tracks look, and whether it has any.

Its tracks and the outputs of the taggers both depend on them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# The sample's tables have one row, or one number, per flavour in this order.
LIGHT, CHARM, BOTTOM, TAU = range(4)

NO_TRACKS = np.array([0.025, 0.003, 0.001, 0.010])  # fraction of jets, before thinning
TRACKER_REACH = 2.5  # in |eta|


class Latent(NamedTuple):
    """The latent variables, one value per jet.

    Parameters
    ----------
    displacement
        Relative to other jets of the flavour; standard normal.
    no_tracks
        Whether the jet has no tracks.
    """

    displacement: Array
    no_tracks: Array


def latent(rng: np.random.Generator, flavour: Array, eta: Array) -> Latent:
    """Draw the latent variables of jets of given flavours."""
    displacement = rng.normal(size=len(flavour))
    no_tracks = rng.random(len(flavour)) < NO_TRACKS[flavour]
    return Latent(displacement, no_tracks | (np.abs(eta) > TRACKER_REACH))
