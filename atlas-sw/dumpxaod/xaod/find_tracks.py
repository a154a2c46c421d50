"""Find the tracks of jets, and follow the links to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown
from dumpxaod.rootio.column import Column
from dumpxaod.rootio.daod import errors_about
from dumpxaod.xaod.batch import Batch
from dumpxaod.xaod.covariance import find_covariance
from dumpxaod.xaod.jet_collection import EVENT, JetCollection
from dumpxaod.xaod.links import TRACKS_CLID, container_key, follow
from dumpxaod.xaod.tracks import PERIGEE, TRACKS, Tracks, TrackStorage
from dumpxaod.xaod.vertices import find_vertices

# The default is the first that the jets, or their b-tagging objects, have: ghost-associated tracks,
# or those in a cone that shrinks with pt.
ASSOCIATIONS = ("GhostTrack", "BTagTrackToJetAssociator")


@dataclass(frozen=True)
class TrackCollection:
    """The tracks of a jet collection, and the variable with the links to them."""

    jets: JetCollection
    association: str
    storage: TrackStorage

    @property
    def holder(self) -> str:
        """The container that has the links."""
        return self.jets.places[self.association]

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables that are always needed."""
        links = {(self.holder, f"{self.association}.{m}") for m in ("m_persKey", "m_persIndex")}
        return links | self.storage.objects

    def of_jets(self, taken: Batch) -> Tracks:
        """Follow the links of some jets, for which `objects` were read.

        Raises
        ------
        UserError
            If a link leads past the end of `TRACKS`, or to another container.
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
        containers = (c for c in self.jets.daod.store.containers() if "Track" in c)
        names = {container_key(name, TRACKS_CLID): name for name in containers}
        key = container_key(TRACKS, TRACKS_CLID)
        try:
            target = follow(per_event, indices.values[link], key, counts, names=names)
        except UserError as error:
            raise UserError(f"{self.association}: {error}") from None
        known = target >= 0
        return Tracks(self.storage, taken, jet[known], target[known], len(link))


def _links(
    all_sizes: NDArray[np.int64], vectors: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the links of some vectors: for each the index of its vector, and its own index."""
    sizes = all_sizes[vectors]
    begins = (np.cumsum(all_sizes) - all_sizes)[vectors]
    shifts = np.repeat(begins - (np.cumsum(sizes) - sizes), sizes)
    return np.repeat(np.arange(len(vectors)), sizes), shifts + np.arange(len(shifts))


def find_tracks(jets: JetCollection, association: str | None = None) -> TrackCollection:
    """Find out how the tracks of some jets are stored.

    Parameters
    ----------
    association
        The variable with the links; None for the first of `ASSOCIATIONS` that exists.

    Raises
    ------
    UserError
        If there are no such links, or a variable is missing that impact parameters need.
    """
    with errors_about(jets.daod.path):
        wanted = ASSOCIATIONS if association is None else [association]
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
        vertices = find_vertices(jets.daod.store)
        storage = TrackStorage(variables, find_covariance(TRACKS, variables), vertices)
        return TrackCollection(jets, found[0], storage)
