"""The tracker's measurement of charged particles.

Parameters of a track are those at its perigee, the point closest to the beam line: d0 and z0 in
mm, phi, theta, and q/p in 1/MeV. The resolutions are a constant and multiple scattering, added in
quadrature, as in arXiv:0901.0512 (ATLAS, expected performance of the inner detector). The numbers
are chosen so that the uncertainties of d0 and z0 for |eta| < 1 agree within a quarter with those of
2487 tracks of a public release-25 DAOD_PHYSLITE, which have one pixel layer more than that paper.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.sample.particles import Particles, directions

Array = NDArray[Any]

LEAST_PT, REACH = 0.5, 2.5  # minimum pt in GeV and maximum |eta| of the reconstruction
SOFT_PT = 1.3  # GeV: derivations lose most of the tracks below

# Constant, and multiple scattering at 1 GeV, each followed by its power of 1 / sin(theta).
RESOLUTIONS = {
    "d0": (0.012, 0.0, 0.077, 0.5),
    "z0": (0.070, 0.0, 0.105, 1.0),
    "phi": (0.00014, 0.0, 0.0024, 0.5),
    "theta": (0.00065, -1.5, 0.0026, -0.8),
}
MOMENTUM_RESOLUTION = 0.011, 0.0004  # relative; the second times pt in GeV
SPREAD = 0.12  # of the uncertainties between tracks: standard deviation of the logarithm
WITHOUT_INNERMOST = 2.0  # factor on d0 and phi without a hit in the innermost layer
# phi and d0, theta and z0 are measured with the same lever arm.
D0_PHI, Z0_THETA = -0.955, 0.880
# Below the diagonal of (d0, z0, phi, theta, q/p), row by row.
CORRELATIONS = np.array([0, D0_PHI, 0, 0, Z0_THETA, 0, 0, 0, 0, 0])
TAIL, TAIL_SIZE = 0.06, 3.0  # fraction of tracks with underestimated uncertainties, and the factor


def reconstructed(rng: np.random.Generator, particles: Particles) -> Array:
    """Draw a mask of the particles whose tracks are in the derivation."""
    pt, eta, _ = directions(particles.momentum)
    kept = rng.random(len(pt)) < -np.expm1(-((pt / SOFT_PT) ** 2))
    return np.asarray((pt > LEAST_PT) & (np.abs(eta) < REACH) & kept)


def measured(
    rng: np.random.Generator, particles: Particles, vertex: Array, has_innermost: Array
) -> dict[str, Array]:
    """Measure tracks.

    Parameters
    ----------
    vertex
        Primary vertex of each, relative to the beam position in mm, shape (n, 3).
    has_innermost
        Whether each has a hit in the innermost pixel layer.

    Returns
    -------
    dict of str to numpy.ndarray
        By event-data name; the covariances have shape (n, 5) and (n, 10).
    """
    pt, eta, phi = directions(particles.momentum)
    theta = 2 * np.arctan(np.exp(-eta))
    sigma = _uncertainties(rng, pt, theta, has_innermost)
    x, y, z = (particles.origin + vertex).T
    d0_error, phi_error = _errors(rng, D0_PHI, len(pt))
    z0_error, theta_error = _errors(rng, Z0_THETA, len(pt))
    per_momentum = rng.choice([-1e-3, 1e-3], len(pt)) * np.sin(theta) / pt
    return {
        "d0": y * np.cos(phi) - x * np.sin(phi) + d0_error * sigma["d0"],
        "z0": z - (x * np.cos(phi) + y * np.sin(phi)) / np.tan(theta) + z0_error * sigma["z0"],
        "phi": (phi + phi_error * sigma["phi"] + np.pi) % (2 * np.pi) - np.pi,
        "theta": theta + theta_error * sigma["theta"],
        "qOverP": per_momentum * (1 + sigma["qOverP"] * rng.normal(size=len(pt))),
        "vz": np.zeros(len(pt)),  # z0 is relative to the origin
        "definingParametersCovMatrixDiag": np.stack(
            [*(sigma[name] ** 2 for name in RESOLUTIONS), (sigma["qOverP"] * per_momentum) ** 2],
            axis=1,
        ),
        "definingParametersCovMatrixOffDiag": np.tile(CORRELATIONS, (len(pt), 1)),
    }


def _uncertainties(
    rng: np.random.Generator, pt: Array, theta: Array, has_innermost: Array
) -> dict[str, Array]:
    """Compute standard deviations; that of q/p is relative."""
    sine = np.sin(theta)
    sigma = {
        name: np.hypot(constant * sine**-power, scattering * sine**-steeper / pt)
        * np.exp(SPREAD * rng.normal(size=len(pt)))
        for name, (constant, power, scattering, steeper) in RESOLUTIONS.items()
    }
    worse = np.where(has_innermost, 1, WITHOUT_INNERMOST)
    scattering, bending = MOMENTUM_RESOLUTION
    relative = np.hypot(scattering / sine, bending * pt)
    return sigma | {"d0": worse * sigma["d0"], "phi": worse * sigma["phi"], "qOverP": relative}


def _errors(rng: np.random.Generator, correlation: float, n_tracks: int) -> tuple[Array, Array]:
    """Draw the errors of two correlated quantities, in units of their uncertainties."""
    first, other = rng.normal(size=(2, n_tracks))
    second = correlation * first + np.sqrt(1 - correlation**2) * other
    size = np.where(rng.random(n_tracks) < TAIL, TAIL_SIZE, 1)
    return size * first, size * second
