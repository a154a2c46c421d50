"""Charged particles and the hadrons they come from: momenta, origins, decays.

Momenta are in GeV and lengths in mm. Particles fly straight: the tracker's field displaces one of
1 GeV by only a tenth of a millimetre in the first 20 mm.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PION_MASS = 0.13957


class Particles(NamedTuple):
    """Particles of many jets, in no particular order.

    Parameters
    ----------
    jet
        Index of each particle's jet, shape (n,).
    momentum
        x, y and z in GeV, shape (n, 3).
    origin
        Relative to the primary vertex in mm, shape (n, 3).
    """

    jet: Array
    momentum: Array
    origin: Array

    def at(self, index: Array) -> Particles:
        """Select particles by a mask or by indices."""
        return Particles(*(values[index] for values in self))


def joined(*parts: Particles) -> Particles:
    """Concatenate several sets of particles."""
    return Particles(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def momenta(pt: Array, eta: Array, phi: Array) -> Array:
    """Compute the components of momenta, shape (n, 3)."""
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=1)


def directions(momentum: Array) -> tuple[Array, Array, Array]:
    """Compute pt, eta and phi of momenta."""
    x, y, z = momentum.T
    pt = np.hypot(x, y)
    return pt, np.arcsinh(z / pt), np.arctan2(y, x)


def flown(hadrons: Particles, proper_time: Array, mass: float) -> Particles:
    """Move hadrons to where they decay: by c t p/m.

    Parameters
    ----------
    hadrons
        At their origins.
    proper_time
        Of each hadron, times the speed of light, in mm.
    mass
        Of all hadrons, in GeV.
    """
    flight = proper_time[:, np.newaxis] * hadrons.momentum / mass
    return hadrons._replace(origin=hadrons.origin + flight)


def decayed(
    rng: np.random.Generator,
    hadrons: Particles,
    masses: tuple[float, float],
    momentum: Array,
) -> Particles:
    """Let each hadron emit one particle, isotropically in its rest frame.

    Parameters
    ----------
    hadrons
        Where they decay; repeated for each particle that they emit.
    masses
        Of the hadron and of the emitted particle, in GeV.
    momentum
        Of each emitted particle in the rest frame of its hadron, in GeV.
    """
    of_hadron, of_particle = masses
    at_rest = momentum[:, np.newaxis] * _isotropic(rng, len(momentum))
    energy = np.hypot(momentum, of_particle)
    # The Lorentz boost with the hadron's velocity changes only the parallel component.
    size = np.linalg.norm(hadrons.momentum, axis=1)
    gamma, gamma_beta = np.hypot(size, of_hadron) / of_hadron, size / of_hadron
    along = hadrons.momentum / size[:, np.newaxis]
    parallel = np.sum(at_rest * along, axis=1)
    gained = (gamma - 1) * parallel + gamma_beta * energy
    return hadrons._replace(momentum=at_rest + gained[:, np.newaxis] * along)


def _isotropic(rng: np.random.Generator, n: int) -> Array:
    cos, phi = rng.uniform(-1, 1, n), rng.uniform(-np.pi, np.pi, n)
    sin = np.sqrt(1 - cos**2)
    return np.stack([sin * np.cos(phi), sin * np.sin(phi), cos], axis=1)
