"""The selection of a jet's tracks, and their order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError
from dumpxaod.options import NONE, R22_DEFAULT
from dumpxaod.xaod.find_tracks import TrackCollection
from dumpxaod.xaod.tracks import TRACKS, Tracks

_HITS = ("numberOfPixelHits", "numberOfSCTHits")
_DEAD = ("numberOfPixelDeadSensors", "numberOfSCTDeadSensors")
_HOLES = ("numberOfPixelHoles", "numberOfSCTHoles")
_SHARED = ("numberOfPixelSharedHits", "numberOfSCTSharedHits")


@dataclass(frozen=True)
class TrackSelection:
    """A selection of tracks, by its name in `options.SELECTIONS`."""

    name: str

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of a track that are needed."""
        return (*_HITS, *_DEAD, *_HOLES, *_SHARED) if self.name == R22_DEFAULT else ()

    def __str__(self) -> str:
        """Describe the selection."""
        if self.name == NONE:
            return "all that the links lead to"
        return (
            f"{self.name}: pt > 500 MeV, |eta| <= 2.5, |d0| < 3.5 mm, |z0 sin(theta)| < 5 mm, at "
            "least 8 silicon hits (dead sensors count), at most 2 holes, 1 pixel hole and 1 "
            "shared module (2 SCT hits are one)"
        )

    def require(self, collection: TrackCollection) -> None:
        """Raise a `UserError` if a variable is missing."""
        for name in self.variables:
            if name not in collection.storage.variables:
                raise UserError(
                    f"{collection.jets.daod.path}: {TRACKS} has no {name}, which {self.name} "
                    f"needs; take all tracks with --track-selection {NONE}"
                )

    def passes(self, tracks: Tracks) -> NDArray[np.bool_]:
        """Whether each track is taken, by Athena's R22_DEFAULT or without any cut."""
        if self.name == NONE:
            return np.ones(len(tracks.jet), bool)
        pixel_holes, sct_holes, pixel_shared, sct_shared, *hits = (
            tracks[name].astype(np.int64) for name in (*_HOLES, *_SHARED, *_HITS, *_DEAD)
        )
        is_near = (np.abs(tracks.impact.d0) < 3.5) & (np.abs(tracks.impact.z0_sin_theta) < 5)
        has_hits = (sum(hits) >= 8) & (pixel_holes + sct_holes <= 2) & (pixel_holes <= 1)
        is_unshared = pixel_shared + sct_shared // 2 <= 1
        return (tracks.pt > 500) & (np.abs(tracks.eta) <= 2.5) & is_near & has_hits & is_unshared


def best_first(
    jet: NDArray[np.int64], significance: NDArray[np.floating]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Order the tracks of each jet by their significance, the largest first and NaN last.

    Parameters
    ----------
    jet
        For each track the index of its jet, shape (n_tracks,).
    significance
        Of the signed d0: Athena calls this order sd0sort.

    Returns
    -------
    tuple
        The indices that sort the tracks, jet by jet; and in that order the rank of each track
        in its jet, from 0.
    """
    order = np.lexsort((-significance, jet))
    ordered = jet[order]
    return order, np.arange(len(jet)) - np.searchsorted(ordered, ordered)
