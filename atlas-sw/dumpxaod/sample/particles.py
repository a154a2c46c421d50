"""Charged particles and the hadrons they come from: momenta, places, decays.

Momenta are in GeV and lengths in mm. Particles fly straight, since the tracker's field bends one of
1 GeV by a tenth of a millimetre within the first 20 mm only.
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
        The number of the jet that each belongs to.
    momentum
        x, y and z, shape (n, 3).
    origin
        Where each begins, relative to the primary vertex, shape (n, 3).
    """

    jet: Array
    momentum: Array
    origin: Array

    def at(self, index: Array) -> Particles:
        """Choose some of them, by mask or by number."""
        return Particles(*(values[index] for values in self))


def joined(*parts: Particles) -> Particles:
    """Join several lots of particles."""
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
        Where they were made.
    proper_time
        Times the speed of light, in mm, of each hadron.
    mass
        In GeV, of all of them.
    """
    flight = proper_time[:, np.newaxis] * hadrons.momentum / mass
    return hadrons._replace(origin=hadrons.origin + flight)


def decayed(
    rng: np.random.Generator,
    hadrons: Particles,
    masses: tuple[float, float],
    momentum: Array,
) -> Particles:
    """Let each hadron emit one particle, in any direction of its own rest frame.

    Parameters
    ----------
    rng
        Source of all randomness.
    hadrons
        Where they decay; one that emits several particles stands here several times.
    masses
        Of the hadron and of what it emits.
    momentum
        Of the emitted particle in the rest frame of the hadron.
    """
    of_hadron, of_particle = masses
    at_rest = momentum[:, np.newaxis] * _isotropic(rng, len(momentum))
    energy = np.hypot(momentum, of_particle)
    # The Lorentz boost by the hadron's velocity: only what is parallel to it changes.
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
