"""The charged particles of a jet: from its heavy hadron, from V0 decays, and from fragmentation.

Only those are drawn whose tracks a derivation keeps; the others leave null links (`tracks`).
The flight length of a jet's hadron is determined by the displacement that RNNIP sees, so a jet that
looks displaced to RNNIP has displaced tracks; the other taggers see it with noise of their own.
Momenta, angles and numbers of the tracks follow those in the 461 jets of `jets`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.sample.displacement import BOTTOM, CHARM, LIGHT, TAU, Latent
from dumpxaod.sample.heavy import KEPT, decay_products
from dumpxaod.sample.particles import PION_MASS, Particles, decayed, joined, momenta

Array = NDArray[Any]

# By flavour: mean number of tracks from the primary vertex in a jet of 50 GeV. The mean grows with
# a power of pt, up to a maximum factor, and fluctuates with a gamma distribution of this shape.
FRAGMENTS = np.array([4.0, 2.9, 1.80, 1.0])
FRAGMENTS_POWER, FRAGMENTS_MOST, FRAGMENTS_SHAPE = 0.95, 2.3, 3.4
NONE_KEPT = 0.012  # fraction of jets with tracks of which a derivation keeps none
# Their fraction of the jet's pt: median, and standard deviation of the logarithm.
PT_SHARE, PT_SHARE_SPREAD = np.array([0.070, 0.055, 0.045, 0.05]), 1.0
# Their angle to the jet axis: median for a pt of 4.6 GeV, and standard deviation of the logarithm.
ANGLE, ANGLE_PT, ANGLE_SPREAD, ANGLE_MOST = 0.086, 4.6, 0.85, 0.4

# Fractions of light jets, those that look most displaced, with tracks like those of b or c jets.
# They represent everything that fools a tagger: several V0s, material, badly measured tracks,
# gluon splitting.
LIKE_BOTTOM, LIKE_CHARM = 0.006, 0.022

# K_S -> pi pi inside the beam pipe: fraction of jets, maximum flight in mm, mass and pion momentum
# in GeV, median fraction of the jet's pt.
V0_SHARE, V0_REACH, V0_MASS, V0_MOMENTUM, V0_PT = 0.16, 22.0, 0.498, 0.206, 0.09


class Jets(NamedTuple):
    """What the tracks of a jet depend on, one value per jet.

    Parameters
    ----------
    flavour
        LIGHT, CHARM, BOTTOM or TAU.
    pt, eta, phi
        pt in GeV.
    latent
        The latent variables that taggers and tracks share.
    """

    flavour: Array
    pt: Array
    eta: Array
    phi: Array
    latent: Latent


def particles(rng: np.random.Generator, jets: Jets) -> Particles:
    """Draw the charged particles of all jets."""
    looks, quantile = _looks(jets)
    lots = [_fragments(rng, jets, looks), _from_v0(rng, jets, quantile)]
    axes = np.stack([jets.pt, jets.eta, jets.phi])
    for flavour in (CHARM, BOTTOM, TAU):
        jet = np.flatnonzero(looks == flavour)
        lots.append(decay_products(rng, flavour, jet, axes[:, jet], quantile[jet]))
    drawn = joined(*lots)
    empty = jets.latent.no_tracks | (rng.random(len(jets.pt)) < NONE_KEPT)
    return drawn.at(~empty[drawn.jet])


def _looks(jets: Jets) -> tuple[Array, Array]:
    """Choose the flavour that a jet's tracks look like, and their displacement in that flavour.

    The displacement is a quantile: the fraction of jets that are less displaced.
    """
    below, light = _below(jets.latent.displacement), jets.flavour == LIGHT
    looks, quantile = jets.flavour.copy(), below.copy()
    for flavour, first, share in (
        (CHARM, 1 - LIKE_BOTTOM - LIKE_CHARM, LIKE_CHARM),
        (BOTTOM, 1 - LIKE_BOTTOM, LIKE_BOTTOM),
    ):
        above = (below - first) / share
        alike = light & (above > 0) & (above < 1)
        looks[alike], quantile[alike] = flavour, above[alike]
    return looks, quantile


def _from_v0(rng: np.random.Generator, jets: Jets, quantile: Array) -> Particles:
    """Draw pairs of tracks from V0s, more often in jets that look displaced."""
    jet = np.flatnonzero(rng.random(len(jets.pt)) < 2 * V0_SHARE * quantile)
    pt = jets.pt[jet] * V0_PT * np.exp(PT_SHARE_SPREAD * rng.normal(size=len(jet)))
    made = _around(rng, jets, jet, pt)
    size = np.linalg.norm(made.momentum, axis=1)
    flight = (V0_REACH * rng.random(len(jet)) / size)[:, np.newaxis] * made.momentum
    pairs = made._replace(origin=flight).at(np.repeat(np.arange(len(jet)), 2))
    pairs = pairs.at(rng.random(len(pairs.jet)) < KEPT)
    momentum = np.full(len(pairs.jet), V0_MOMENTUM)
    return decayed(rng, pairs, (V0_MASS, PION_MASS), momentum)


def _fragments(rng: np.random.Generator, jets: Jets, looks: Array) -> Particles:
    """Draw tracks from the primary vertex."""
    mean = FRAGMENTS[looks] * ((jets.pt / 50) ** FRAGMENTS_POWER).clip(max=FRAGMENTS_MOST)
    varying = rng.gamma(FRAGMENTS_SHAPE, mean / FRAGMENTS_SHAPE)
    jet = np.repeat(np.arange(len(mean)), rng.poisson(varying))
    share = PT_SHARE[looks[jet]] * np.exp(PT_SHARE_SPREAD * rng.normal(size=len(jet)))
    return _around(rng, jets, jet, jets.pt[jet] * share.clip(max=0.9))


def _around(rng: np.random.Generator, jets: Jets, jet: Array, pt: Array) -> Particles:
    """Draw particles of given pt around the axes of their jets; hard ones are closer."""
    spread = np.exp(ANGLE_SPREAD * rng.normal(size=len(jet)))
    angle = (ANGLE * (ANGLE_PT / pt) ** 0.5 * spread).clip(max=ANGLE_MOST)
    turn = rng.uniform(-np.pi, np.pi, len(jet))
    eta, phi = jets.eta[jet] + angle * np.cos(turn), jets.phi[jet] + angle * np.sin(turn)
    return Particles(jet, momenta(pt, eta, phi), np.zeros((len(jet), 3)))


def _below(normal: Array) -> Array:
    """Compute the cumulative distribution function of the standard normal distribution."""
    return np.asarray(0.5 + 0.5 * np.vectorize(math.erf, otypes=[float])(normal / math.sqrt(2)))
