"""Decays of b hadrons, c hadrons and taus to charged particles.

Sources:

1. Particle Data Group, Phys. Rev. D 110 (2024) 030001: masses, and lifetimes of the b hadrons on
   average (1.57 ps) and of D0, D+, Ds and Lambda_c.
2. arXiv:hep-ex/9907057 (CLEO): 5.4 charged particles per decay of a B meson, those of its D meson
   included, which are about 2.4 (MARK III, Phys. Lett. B 263 (1991) 135).
3. LEP and SLD, see the review of fragmentation in 1.: b hadrons take 0.7 of the energy of their
   jet, c hadrons 0.5.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.sample.displacement import BOTTOM, CHARM, TAU
from dumpxaod.sample.particles import PION_MASS, Particles, decayed, flown, joined, momenta

Array = NDArray[Any]


class Hadrons(NamedTuple):
    """A kind of hadron, or the tau.

    Parameters
    ----------
    mass
        In GeV.
    proper_times
        Mean lifetimes times the speed of light in mm, one per species.
    shares
        Fraction of each species.
    energy
        Parameters of a beta distribution of its fraction of the jet's pt.
    charged
        Mean number of charged particles from its decay, without those of a c hadron in it.
    momentum
        Mean momentum of these in its rest frame, in GeV.
    """

    mass: float
    proper_times: tuple[float, ...]
    shares: tuple[float, ...]
    energy: tuple[float, float]
    charged: float
    momentum: float


KINDS = {
    BOTTOM: Hadrons(5.28, (0.470,), (1,), (6.0, 2.6), charged=3.0, momentum=0.85),
    # D0, D+, Ds and Lambda_c.
    CHARM: Hadrons(
        mass=1.87,
        proper_times=(0.123, 0.310, 0.150, 0.061),
        shares=(0.56, 0.24, 0.10, 0.10),
        energy=(4.0, 4.0),
        charged=2.4,
        momentum=0.55,
    ),
    TAU: Hadrons(1.777, (0.087,), (1,), (6.0, 2.6), charged=1.3, momentum=0.60),
}
CHARM_MOMENTUM = 1.7  # GeV, of a c hadron in the rest frame of the b hadron
AXIS_SPREAD = 1.0  # GeV: divided by pt, the angle between hadron and jet
KEPT = 0.75  # probability that a track is found, and kept by the derivation


def decay_products(
    rng: np.random.Generator, flavour: int, jet: Array, axes: Array, quantile: Array
) -> Particles:
    """Draw the charged particles from the hadrons in jets of one flavour.

    Parameters
    ----------
    flavour
        CHARM, BOTTOM or TAU.
    jet
        Indices of the jets, shape (n,).
    axes
        pt in GeV, eta and phi of these jets, shape (3, n).
    quantile
        Of the exponential distribution of the hadrons' lifetimes, shape (n,).
    """
    kind = KINDS[flavour]
    pt = axes[0] * rng.beta(*kind.energy, len(jet))
    eta, phi = axes[1:] + AXIS_SPREAD / pt * rng.normal(size=(2, len(jet)))
    made = Particles(jet, momenta(pt, eta, phi), np.zeros((len(jet), 3)))
    hadrons = flown(made, _proper_time(rng, kind, quantile), kind.mass)
    products = _products(rng, hadrons, kind)
    if flavour != BOTTOM:
        return products
    charm = KINDS[CHARM]
    momentum = np.full(len(jet), CHARM_MOMENTUM)
    inside = decayed(rng, hadrons, (kind.mass, charm.mass), momentum)
    inside = flown(inside, _proper_time(rng, charm, rng.random(len(jet))), charm.mass)
    return joined(products, _products(rng, inside, charm))


def _proper_time(rng: np.random.Generator, kind: Hadrons, quantile: Array) -> Array:
    mean = rng.choice(kind.proper_times, size=len(quantile), p=kind.shares)
    return np.asarray(-mean * np.log1p(-quantile))


def _products(rng: np.random.Generator, hadrons: Particles, kind: Hadrons) -> Particles:
    times = rng.poisson(kind.charged * KEPT, len(hadrons.jet))
    hadrons = hadrons.at(np.repeat(np.arange(len(times)), times))
    momentum = rng.gamma(3, kind.momentum / 3, len(hadrons.jet))
    return decayed(rng, hadrons, (kind.mass, PION_MASS), momentum)
