"""The tracks of jets: the links that lead to them, and what is known of each track."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown
from dumpxaod.rootio.column import Column
from dumpxaod.rootio.daod import reading
from dumpxaod.xaod.covariance import Covariance, find_covariance
from dumpxaod.xaod.impact import ImpactParameters, Perigee
from dumpxaod.xaod.jet_collection import EVENT, Batch, JetCollection
from dumpxaod.xaod.links import TRACKS_CLID, container_key, follow
from dumpxaod.xaod.vertices import Vertex, Vertices, find_vertices

Values = NDArray[Any]

TRACKS = "InDetTrackParticles"
# The first that the jets, or their b-tagging objects, have: the ghost-associated tracks, or those
# in a cone that shrinks with pt.
ASSOCIATIONS = ("GhostTrack", "BTagTrackToJetAssociator")
PERIGEE = ("d0", "z0", "phi", "theta", "qOverP")
REFERENCE = "vz"  # where along the beam line z0 is counted from; else from beamPosZ


@dataclass(frozen=True)
class TrackCollection:
    """How the tracks of some jets are found, and what is stored of them.

    Parameters
    ----------
    jets
        The jets.
    association
        The variable with the links.
    variables
        The tracks' own variables, of whatever type.
    covariance, vertices
        How the covariance of a track and the primary vertex are stored.
    """

    jets: JetCollection
    association: str
    variables: frozenset[str]
    covariance: Covariance
    vertices: Vertices

    @property
    def holder(self) -> str:
        """The container that has the links."""
        return self.jets.places[self.association]

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables that are always needed."""
        links = {(self.holder, f"{self.association}.{m}") for m in ("m_persKey", "m_persIndex")}
        reference = {REFERENCE} & self.variables
        tracks = {(TRACKS, name) for name in (*PERIGEE, *self.covariance.variables, *reference)}
        return links | tracks | self.vertices.objects

    def of_jets(self, taken: Batch) -> Tracks:
        """Follow the links of some jets.

        Parameters
        ----------
        taken
            The jets, with `objects` in what was read.

        Raises
        ------
        UserError
            If a link leads nowhere, or to something else than `TRACKS`.
        """
        keys, indices = (
            taken.columns[self.holder, f"{self.association}.{m}"]
            for m in ("m_persKey", "m_persIndex")
        )
        vectors, counts = taken.target, keys.counts
        if self.holder != self.jets.btagging:
            vectors, counts = taken.number, taken.columns[self.jets.places["pt"], "pt"].counts
        if keys.sizes is None or not np.array_equal(keys.counts, counts):
            raise UserError(f"{self.association} is not a vector of links for each jet")
        jet, link = _links(keys.sizes, vectors)
        event = taken.event[jet]
        counts = taken.columns[TRACKS, "d0"].counts
        per_event = Column(np.bincount(event, minlength=taken.n_events), keys.values[link])
        names = {container_key(TRACKS, TRACKS_CLID): TRACKS}
        try:
            target = follow(per_event, indices.values[link], min(names), counts, names=names)
        except UserError as error:
            raise UserError(f"{self.association}: {error}") from None
        known = target >= 0
        return Tracks(self, taken, jet[known], target[known], len(link))


def _links(
    all_sizes: NDArray[np.int64], vectors: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the links of some vectors: for each the number of its vector, and its own number."""
    sizes = all_sizes[vectors]
    begins = (np.cumsum(all_sizes) - all_sizes)[vectors]
    shifts = np.repeat(begins - (np.cumsum(sizes) - sizes), sizes)
    return np.repeat(np.arange(len(vectors)), sizes), shifts + np.arange(len(shifts))


@dataclass(frozen=True)
class Tracks:
    """The tracks of some jets, jet by jet.

    Parameters
    ----------
    collection
        Where they are from.
    jets
        The jets.
    jet
        For each track the number of its jet.
    target
        The number of the track among those of all events.
    n_links
        How many links the jets have, null links included.
    """

    collection: TrackCollection
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
        """Return a variable of the jet that each track belongs to."""
        return self.jets.values[variable][self.jet].astype(np.float64)

    @cached_property
    def perigee(self) -> Perigee:
        """The point of each track that is closest to the beam line, counted from the beam spot."""
        d0, z0, phi, theta = (self[name].astype(np.float64) for name in PERIGEE[:4])
        covariance = self.collection.covariance.of_tracks(self.jets.columns, self.target)
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
        return self.collection.vertices.of_events(self.jets.columns)

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
        """Tell how far the beam spot is behind what z0 is counted from."""
        if REFERENCE not in self.collection.variables:
            return np.zeros(len(event))
        return self.vertex.beam[2][event] - self[REFERENCE].astype(np.float64)


def find_tracks(jets: JetCollection, association: str | None = None) -> TrackCollection:
    """Find out how the tracks of some jets are stored.

    Parameters
    ----------
    jets
        The jets.
    association
        The variable with the links; None for the first of `ASSOCIATIONS` that there is.

    Raises
    ------
    UserError
        If there are no such links, or not all that impact parameters need.
    """
    with reading(jets.daod.path):
        wanted = [association] if association else ASSOCIATIONS
        found = [name for name in wanted if jets.places.get(name, EVENT) != EVENT]
        if not found:
            near = sorted(shown(v, 60) for v in jets.places if "Track" in v)
            raise UserError(
                f"{jets.name} has no {' or '.join(map(shown, wanted))}, which would lead to its "
                f"tracks; it has {', '.join(near) or 'nothing of that kind'}"
            )
        variables = frozenset(jets.daod.store.variables(TRACKS))
        for name in PERIGEE:
            if name not in variables:
                raise UserError(f"{TRACKS} has no {name}, without which tracks cannot be dumped")
        if "phi" not in jets.places:
            raise UserError(f"{jets.name} has no phi, without which tracks have no sign")
        covariance = find_covariance(TRACKS, variables)
        return TrackCollection(
            jets, found[0], variables, covariance, find_vertices(jets.daod.store)
        )
