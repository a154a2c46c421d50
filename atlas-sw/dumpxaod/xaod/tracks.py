"""The variables of the tracks of some jets: those that are stored, and kinematics from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown
from dumpxaod.xaod.batch import Batch
from dumpxaod.xaod.covariance import Covariance
from dumpxaod.xaod.impact import ImpactParameters, Perigee
from dumpxaod.xaod.vertices import Vertex, Vertices

Values = NDArray[Any]

TRACKS = "InDetTrackParticles"
PERIGEE = ("d0", "z0", "phi", "theta", "qOverP")
REFERENCE = "vz"  # the position along the beam line that z0 is relative to; without it beamPosZ


@dataclass(frozen=True)
class TrackStorage:
    """How the tracks of a derivation are stored.

    Parameters
    ----------
    variables
        The tracks' own variables, of any type.
    covariance, vertices
        How the covariance of a track and the primary vertex are stored.
    """

    variables: frozenset[str]
    covariance: Covariance
    vertices: Vertices

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables that are always needed."""
        reference = {REFERENCE} & self.variables
        tracks = {(TRACKS, name) for name in (*PERIGEE, *self.covariance.variables, *reference)}
        return tracks | self.vertices.objects


@dataclass(frozen=True)
class Tracks:
    """The tracks of some jets, jet by jet; every array has one value per track.

    Parameters
    ----------
    jet
        Index of each track's jet, shape (n_tracks,).
    target
        Index of each track among those of all events, shape (n_tracks,).
    n_links
        Number of links of the jets, including null links.
    """

    storage: TrackStorage
    jets: Batch
    jet: NDArray[np.int64]
    target: NDArray[np.int64]
    n_links: int

    def __getitem__(self, variable: str) -> Values:
        """Return an event-data variable of each track as it is stored."""
        column = self.jets.columns[TRACKS, variable]
        counts = self.jets.columns[TRACKS, "d0"].counts
        if column.sizes is not None or not np.array_equal(column.counts, counts):
            raise UserError(f"{shown(variable)} of {TRACKS} is not one number per track")
        return column.values[self.target]

    def of_jet(self, variable: str) -> Values:
        """Return a variable of each track's jet."""
        return self.jets.values[variable][self.jet].astype(np.float64)

    @cached_property
    def perigee(self) -> Perigee:
        """The parameters of each track at its perigee, relative to the beam spot."""
        d0, z0, phi, theta = (self[name].astype(np.float64) for name in PERIGEE[:4])
        covariance = self.storage.covariance.of_tracks(self.jets.columns, self.target)
        return Perigee(d0, z0, phi, theta, covariance)

    @cached_property
    def q_over_p(self) -> Values:
        """Charge over momentum, in 1/MeV."""
        return self["qOverP"].astype(np.float64)

    @cached_property
    def pt(self) -> Values:
        """Transverse momentum in MeV."""
        with np.errstate(divide="ignore"):
            return np.abs(np.sin(self.perigee.theta) / self.q_over_p)

    @cached_property
    def eta(self) -> Values:
        """Pseudorapidity."""
        return -np.log(np.tan(self.perigee.theta / 2))

    @cached_property
    def deta(self) -> Values:
        """Pseudorapidity relative to that of the jet."""
        return self.eta - self.of_jet("eta")

    @cached_property
    def dphi(self) -> Values:
        """Azimuth relative to that of the jet, from -pi to pi."""
        difference = self.perigee.phi - self.of_jet("phi")
        return difference - 2 * np.pi * np.round(difference / (2 * np.pi))

    @cached_property
    def vertex(self) -> Vertex:
        """The primary vertex of each event."""
        return self.storage.vertices.of_events(self.jets.columns)

    @cached_property
    def impact(self) -> ImpactParameters:
        """Impact parameters relative to the primary vertex."""
        event = self.jets.event[self.jet]
        x, y, z = (v - b for v, b in zip(self.vertex.origin, self.vertex.beam, strict=True))
        z = z[event] + self._reference_shift(event)
        spread = {pair: values[event] for pair, values in self.vertex.spread.items()}
        jet_eta, jet_phi = self.of_jet("eta"), self.of_jet("phi")
        return ImpactParameters(self.perigee, (x[event], y[event], z), spread, jet_eta, jet_phi)

    def _reference_shift(self, event: NDArray[np.int64]) -> Values:
        """Position of the beam spot relative to what z0 is relative to, along the beam line."""
        if REFERENCE not in self.storage.variables:
            return np.zeros(len(event))
        return self.vertex.beam[2][event] - self[REFERENCE].astype(np.float64)
