"""The jets of ttbar events, drawn from a few distributions instead of simulated.

The numbers follow 100 ttbar events (461 jets with pt > 20 GeV and |eta| < 2.5) of a public
release-25 DAOD_PHYSLITE: 52% light, 10% c, 36% b and 2% tau jets. So few jets determine the
shapes only approximately.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.sample.displacement import BOTTOM, CHARM, LIGHT, TAU, Latent, latent
from dumpxaod.sample.taggers import taggers

Array = NDArray[Any]

LABELS = np.array([0, 4, 5, 15], dtype=np.int32)  # of light, c, b and tau jets, in this order
LABEL = "HadronConeExclTruthLabelID"
EXTENDED_LABEL = "HadronConeExclExtendedTruthLabelID"
# Variables of the jet itself; the others belong to its BTagging object.
ON_THE_JET = ("pt", "eta", "phi", "m", LABEL, EXTENDED_LABEL)

# One row per kind of jet. The last kind, pile-up, is soft and forward; most of it fails the cuts.
# Up to `most` jets per event, each with this probability; pt = floor + gamma(shape, scale) in GeV;
# |eta| < reach, and more central for a higher power.
KINDS = np.array(
    [
        # most, probability, floor, shape, scale, reach, power
        [8, 0.285, 18, 0.9, 37, 2.7, 1.6],
        [1, 0.470, 16, 1.9, 32, 2.7, 1.6],
        [2, 0.870, 15, 2.1, 29, 2.7, 2.2],
        [1, 0.120, 16, 1.1, 28, 2.7, 1.6],
        [8, 0.400, 8, 1.0, 7, 4.5, 1.1],
    ]
)
FLAVOURS = np.array([LIGHT, CHARM, BOTTOM, TAU, LIGHT])
# Ratio of mass and pt: median, and standard deviation of the logarithm.
MASS_SHARE, MASS_SPREAD = 0.13, 0.30

# A second heavy hadron in the jet changes the extended label only: 4 to 44, or 5 to 54 or 55.
# Of the jets above, 3 of 44 and 1 of 168 have one.
SECOND_HADRON = {44: 0.06, 54: 0.008, 55: 0.008}


class Jets(NamedTuple):
    """Jets, event after event and pt-descending within an event.

    Parameters
    ----------
    counts
        Number of jets in each event.
    variables
        By event-data name, one value per jet. pt and m are in MeV.
    flavour
        LIGHT, CHARM, BOTTOM or TAU, of each jet.
    latent
        What the tracks depend on: the displacement is that which RNNIP sees.
    """

    counts: NDArray[np.int64]
    variables: dict[str, Array]
    flavour: Array
    latent: Latent


def jets(rng: np.random.Generator, n_events: int) -> Jets:
    """Draw the jets of some events."""
    event, kind = _kinds(rng, n_events)
    kinematics = _kinematics(rng, kind)
    order = np.lexsort((-kinematics["pt"], event))
    kinematics = {name: values[order] for name, values in kinematics.items()}
    flavour = FLAVOURS[kind[order]]
    drawn = latent(rng, flavour, kinematics["eta"])
    tagging, impact = taggers(rng, flavour, kinematics["pt"], drawn)
    counts = np.bincount(event, minlength=n_events)
    variables = kinematics | _labels(rng, flavour) | tagging
    return Jets(counts, variables, flavour, drawn._replace(displacement=impact))


def _kinds(rng: np.random.Generator, n_events: int) -> tuple[Array, Array]:
    """Draw the event and the kind of each jet."""
    most, probability = KINDS[:, 0].astype(int), KINDS[:, 1]
    times = rng.binomial(most, probability, size=(n_events, len(KINDS)))
    event, kind = np.indices(times.shape)
    return np.repeat(event.ravel(), times.ravel()), np.repeat(kind.ravel(), times.ravel())


def _kinematics(rng: np.random.Generator, kind: Array) -> dict[str, Array]:
    _, _, floor, shape, scale, reach, power = KINDS[kind].T
    pt = 1000 * (floor + rng.gamma(shape, scale))
    mass_share = MASS_SHARE * np.exp(MASS_SPREAD * rng.normal(size=len(kind)))
    return {
        "pt": pt.astype("f4"),
        "eta": (reach * (2 * rng.beta(power, power) - 1)).astype("f4"),
        "phi": rng.uniform(-np.pi, np.pi, len(kind)).astype("f4"),
        "m": (pt * mass_share).astype("f4"),
    }


def _labels(rng: np.random.Generator, flavour: Array) -> dict[str, Array]:
    label = LABELS[flavour]
    extended = label.copy()
    for two_hadrons, share in SECOND_HADRON.items():
        chosen = rng.random(len(label)) < share
        extended[chosen & (label == two_hadrons // 10)] = two_hadrons
    return {LABEL: label, EXTENDED_LABEL: extended}
