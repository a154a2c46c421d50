"""What a jet of the built-in sample hides: how displaced its tracks look, and whether it has any.

The tracks and the answers of the taggers both follow from it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# The sample's tables have one row, or one number, a flavour in this order.
LIGHT, CHARM, BOTTOM, TAU = range(4)

NO_TRACKS = np.array([0.025, 0.003, 0.001, 0.010])  # share of jets, before a derivation thins
TRACKER_REACH = 2.5  # in |eta|


class Hidden(NamedTuple):
    """What is hidden in jets; one number per jet.

    Parameters
    ----------
    displacement
        Compared with other jets of the flavour; standard normal.
    no_tracks
        Whether the jet has none.
    """

    displacement: Array
    no_tracks: Array


def hidden(rng: np.random.Generator, flavour: Array, eta: Array) -> Hidden:
    """Draw what is hidden in jets of these flavours."""
    displacement = rng.normal(size=len(flavour))
    no_tracks = rng.random(len(flavour)) < NO_TRACKS[flavour]
    return Hidden(displacement, no_tracks | (np.abs(eta) > TRACKER_REACH))
