"""Impact parameters: the distance of a track from the primary vertex, with its sign.

The formulas are those of Athena's `TrackToVertexIPEstimator` and `BTagTrackIpAccessor`. Lengths
are in mm, angles in radians; every array has one value per track.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Perigee:
    """The parameters of tracks at their points closest to the beam line.

    Parameters
    ----------
    d0, z0
        Distance of closest approach across the beam line, and position along it.
    phi, theta
        Direction of the track.
    covariance
        By pairs of letters, such as "dd" for the variance of d0 and "zt" for the covariance of z0
        and theta; of "d", "z", "p" (phi), "t" (theta) and "q" (q/p).
    """

    d0: Values
    z0: Values
    phi: Values
    theta: Values
    covariance: Mapping[str, Values]


@dataclass(frozen=True)
class ImpactParameters:
    """Impact parameters relative to a vertex.

    Parameters
    ----------
    vertex
        x, y and z of each track's vertex, relative to the same point as d0 and z0.
    spread
        Its covariance: "xx", "xy", "yy" and "zz".
    jet_eta, jet_phi
        Direction of the jet that the track belongs to.
    """

    track: Perigee
    vertex: tuple[Values, Values, Values]
    spread: Mapping[str, Values]
    jet_eta: Values
    jet_phi: Values

    @cached_property
    def d0(self) -> Values:
        """Distance of closest approach across the beam line."""
        x, y, _ = self.vertex
        return self.track.d0 + x * np.sin(self.track.phi) - y * np.cos(self.track.phi)

    @cached_property
    def z0(self) -> Values:
        """Distance along the beam line at the point of closest approach."""
        x, y, z = self.vertex
        along = x * np.cos(self.track.phi) + y * np.sin(self.track.phi)
        return self.track.z0 - z + along / np.tan(self.track.theta)

    @cached_property
    def z0_sin_theta(self) -> Values:
        """`z0` projected on the direction perpendicular to the track."""
        return self.z0 * np.sin(self.track.theta)

    @cached_property
    def d0_uncertainty(self) -> Values:
        """Uncertainty of `d0`, including that of the vertex."""
        sin, cos, v = np.sin(self.track.phi), np.cos(self.track.phi), self.spread
        of_vertex = sin**2 * v["xx"] - 2 * sin * cos * v["xy"] + cos**2 * v["yy"]
        return np.sqrt(self.track.covariance["dd"] + of_vertex)

    @cached_property
    def z0_sin_theta_uncertainty(self) -> Values:
        """Uncertainty of `z0_sin_theta`, including that of the vertex."""
        c, sin, by_theta = (
            self.track.covariance,
            np.sin(self.track.theta),
            self.z0 * np.cos(self.track.theta),
        )
        of_track = sin**2 * c["zz"] + 2 * sin * by_theta * c["zt"] + by_theta**2 * c["tt"]
        return np.sqrt(of_track + sin**2 * self.spread["zz"])

    @cached_property
    def signed_d0(self) -> Values:
        """Magnitude of `d0`, positive if the track crosses the jet axis in front of the vertex.

        The sign is that of (jet x p) . (p x (-r)), where r is the point of closest approach,
        (-d0 sin(phi), d0 cos(phi), z0).
        """
        theta, before = self.track.theta, self.jet_phi - self.track.phi
        tilt = np.sinh(self.jet_eta) * np.sin(theta) - np.cos(before) * np.cos(theta)
        sign = self.d0 * np.sin(before) + self.z0_sin_theta * tilt
        return _signed(self.d0, sign)

    @cached_property
    def signed_z0_sin_theta(self) -> Values:
        """Magnitude of `z0_sin_theta`, positive if the track crosses the jet axis in front."""
        eta = -np.log(np.tan(self.track.theta / 2))
        return _signed(self.z0_sin_theta, (self.jet_eta - eta) * self.z0)


def _signed(distance: Values, sign: Values) -> Values:
    """Give distances the sign of other numbers; NaN where that is NaN, not the sign of its bit."""
    return np.where(np.isnan(sign), np.nan, np.copysign(distance, sign))
