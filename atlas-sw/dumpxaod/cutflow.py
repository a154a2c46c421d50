"""Which jets are taken, and how many were not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError
from dumpxaod.fields.columns import Columns
from dumpxaod.fields.jets import LABELS
from dumpxaod.fields.tables import Table
from dumpxaod.files.names import is_remote
from dumpxaod.options import DumpOptions
from dumpxaod.rootio.daod import Daod
from dumpxaod.xaod.batch import Batch

GEV = 1000.0  # event data are in MeV


def passes(batch: Batch, options: DumpOptions) -> NDArray[np.bool_]:
    """Say of each jet whether it passes the cuts."""
    pt, eta = batch.values["pt"], batch.values["eta"]
    return (pt > options.min_pt * GEV) & (np.abs(eta) < options.max_abs_eta)


@dataclass
class Cutflow:
    """The counts of a dump, filled batch by batch."""

    files: int = 0
    events: int = 0
    read: int = 0
    cut: int = 0
    unlinked: int = 0
    written: int = 0
    labels: Counter[int] = field(default_factory=Counter)
    nan: Counter[str] = field(default_factory=Counter)
    infinite: Counter[str] = field(default_factory=Counter)
    defaulted: Counter[str] = field(default_factory=Counter)
    tracks: Counter[str] = field(default_factory=Counter)
    remote: int = 0
    fetched: int = 0

    def __iadd__(self, other: Cutflow) -> Cutflow:
        """Add the counts of some files that follow."""
        for name, counts in vars(other).items():
            if isinstance(counts, Counter):
                getattr(self, name).update(counts)
            else:
                setattr(self, name, getattr(self, name) + counts)
        return self

    @classmethod
    def from_json(cls, counts: Mapping[str, Any]) -> Cutflow:
        """Restore it from its `vars` in JSON, where a label is a text.

        Parameters
        ----------
        counts
            Name and value of each attribute.
        """
        restored: dict[str, Any] = {
            k: Counter(v) if isinstance(v, dict) else v for k, v in counts.items()
        }
        restored["labels"] = Counter({int(label): n for label, n in counts["labels"].items()})
        return cls(**restored)

    def count_jets(self, batch: Batch, passed: NDArray[np.bool_]) -> None:
        """Count the jets that were read and those that were not taken.

        Parameters
        ----------
        batch
            All jets.
        passed
            Whether each of them passes the selection.
        """
        self.events += batch.n_events
        self.read += len(passed)
        self.cut += int(np.count_nonzero(~passed))
        self.unlinked += int(np.count_nonzero(passed & ~batch.linked))

    def count_file(self, daod: Daod, columns: Sequence[Columns], tables: Sequence[Table]) -> None:
        """Count what is known when all jets of a file are read.

        Parameters
        ----------
        daod
            The file; of a remote one the bytes are counted, and those that had to travel.
        columns
            What was computed of its jets.
        tables
            What was written beside them.
        """
        for table in tables:
            self.tracks.update(table.counts)
        for some in columns:
            self.defaulted.update(some.defaulted)
        if is_remote(daod.path):
            self.remote += daod.size
            self.fetched += daod.bytes_read

    def count_fields(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Count what is worth knowing of the jets that are written.

        Parameters
        ----------
        columns
            For each field one value per jet.
        """
        self.written += len(next(iter(columns.values())))
        for name, values in columns.items():
            if values.dtype.kind == "f":
                self.nan[name] += int(np.count_nonzero(np.isnan(values)))
                self.infinite[name] += int(np.count_nonzero(np.isinf(values)))
        for name in [name for name in LABELS if name in columns][:1]:
            self.labels.update(columns[name].tolist())

    def require_jets(self, options: DumpOptions) -> None:
        """Raise a `UserError` if there is nothing to write."""
        if not self.events:
            raise UserError(f"no events in {self._files}")
        if not self.written:
            raise UserError(
                f"no jets are left of {self.read:,} in {self._files}: {self.cut:,} fail "
                f"{options.selection}, {self.unlinked:,} have no b-tagging object"
            )

    def _tracks(self) -> list[str]:
        links, linked, passed, written = (
            self.tracks[n] for n in ("links", "linked", "passed", "written")
        )
        return [
            f"{links:,} links to tracks, {links - linked:,} of them null (thinned away)",
            f"{linked - passed:,} tracks fail the selection, "
            f"{passed - written:,} are too many for their jet",
            f"{written:,} tracks written",
        ]

    @property
    def _files(self) -> str:
        return f"{self.files:,} file{'s' * (self.files != 1)}"

    def __str__(self) -> str:
        """Tell it in a few lines."""
        lines = [
            f"{self.read:,} jets in {self.events:,} events of {self._files}",
            f"{self.cut:,} cut on pt or |eta|",
            f"{self.unlinked:,} dropped for want of a b-tagging object (null link)",
            f"{self.written:,} written",
        ]
        if self.labels:
            labels = (f"{n:,} with label {label}" for label, n in sorted(self.labels.items()))
            lines.append(f"labels: {', '.join(labels)}")
        counters = {"NaN": self.nan, "infinite": self.infinite}
        if self.defaulted:
            counters["replaced by the network's default"] = self.defaulted
        for what, counter in counters.items():
            found = (f"{n:,} {name}" for name, n in counter.items() if n)
            lines.append(f"{what}: {', '.join(found) or 'none'}")
        if self.tracks:
            lines += self._tracks()
        if self.remote:
            share = f"{100 * self.fetched / self.remote:.1f}%"
            lines.append(f"{self.fetched:,} of {self.remote:,} bytes fetched ({share})")
        return "\n".join(f"  {line}" for line in lines)
