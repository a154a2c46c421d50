"""/tracks: the tracks of each jet, in a row of a fixed length."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from dumpxaod.fields.columns import FieldMeaning, rounding
from dumpxaod.fields.padded import PaddedRows
from dumpxaod.fields.plausibility import require_plausible_tracks
from dumpxaod.fields.tables import TableRecord
from dumpxaod.fields.track_selection import TrackSelection, best_first
from dumpxaod.fields.tracks import TrackField
from dumpxaod.xaod.batch import Batch
from dumpxaod.xaod.find_tracks import TrackCollection
from dumpxaod.xaod.tracks import TRACKS

DATASET = "tracks"
FEW = 1.5  # tracks per jet: PHYSLITE has 3 or more since release 22, and 1 before
ORDER = "largest signed d0 significance first"


@dataclass(frozen=True)
class TrackTable:
    """The tracks of the jets that are written, at most `n_max` per jet: see `Table`."""

    collection: TrackCollection
    fields: tuple[TrackField, ...]
    selection: TrackSelection
    n_max: int
    name: str = DATASET
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def sources(self) -> set[str]:
        """See `Table`."""
        return {"pt", "eta", "phi"}

    @property
    def objects(self) -> set[tuple[str, str]]:
        """See `Table`."""
        own = {name for field in self.fields for name in field.sources}
        return self.collection.objects | {(TRACKS, n) for n in own.union(self.selection.variables)}

    def rows(self, taken: Batch) -> PaddedRows:
        """Compute the rows of some jets, and count jets, links and tracks."""
        tracks = self.collection.of_jets(taken)
        require_plausible_tracks({name: tracks[name] for name in ("theta", "phi")})
        with np.errstate(all="ignore"):
            passes = self.selection.passes(tracks)
            significance = tracks.impact.signed_d0 / tracks.impact.d0_uncertainty
        passed = np.flatnonzero(passes)
        order, rank = best_first(tracks.jet[passed], significance[passed])
        is_kept = rank < self.n_max
        kept, rank = passed[order][is_kept], rank[is_kept]
        self.counts.update(
            jets=len(taken.number),
            links=tracks.n_links,
            linked=len(tracks.jet),
            passed=len(passed),
            written=len(kept),
        )
        columns = {field.name: field.values(tracks)[kept] for field in self.fields}
        return PaddedRows(columns, tracks.jet[kept], rank, (len(taken.number), self.n_max))

    def record(self) -> TableRecord:
        """See `Table`."""
        attributes = {
            "collection": TRACKS,
            "association": f"{self.collection.association} of {self.collection.holder}",
            "selection": str(self.selection),
            "order": ORDER,
        }
        return TableRecord({f.name: self._meaning(f) for f in self.fields}, attributes)

    def warning(self) -> str:
        """Warn if the derivation keeps too few tracks for a training."""
        per_jet = self.counts["linked"] / max(self.counts["jets"], 1)
        if not self.counts["jets"] or per_jet >= FEW:
            return ""
        return (
            f"keeps {per_jet:.1f} tracks per jet, the others are thinned away: too few for a "
            "network on tracks; take an FTAG derivation, or PHYSLITE of release 22 or later"
        )

    def _meaning(self, field: TrackField) -> FieldMeaning:
        has_covariance = self.collection.storage.vertices.has_covariance
        formula = field.formula.format(
            origin="primary vertex" if has_covariance else "beam line",
            spread=f"that of the {'primary vertex' if has_covariance else 'beam spot'}",
            z_spread=" + that of the primary vertex" if has_covariance else "",
        )
        store = self.collection.jets.daod.store
        rounded = rounding(store.type_name(TRACKS, name) for name in field.sources)
        return FieldMeaning(formula, field.unit, field.name, rounded)
