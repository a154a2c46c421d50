"""A stream of jets out of one or many HDF5 files, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import shown
from btagging.flavours import CLASS_FIELD, LABEL_FIELDS, label_text
from btagging.jets.computed import compute
from btagging.jets.conditions import Condition
from btagging.jets.dataset import JETS
from btagging.jets.dump_attributes import KINDS
from btagging.jets.field_checks import check_fields
from btagging.jets.held_out import HeldOut
from btagging.jets.jet_file import JetFile, read_metadata
from btagging.jets.label_choice import choose_label_field
from btagging.jets.labels import truth_labels
from btagging.jets.read_rows import read_rows
from btagging.jets.same_jets import refuse_same_jets
from btagging.jets.track_checks import check_track_fields
from btagging.jets.tracks import split_fields
from btagging.terminal import progress, wrapped

Batch = Mapping[str, NDArray[Any]]
"""Some jets: one read-only array per field, of shape (number of jets,), in the file's dtype."""

# A multiple of the files' chunks of 2048 jets, small enough for the processor's cache.
BATCH_SIZE = 2**16


@dataclass(frozen=True)
class Jets:
    """The jets of one or many files, read one after the other.

    Parameters
    ----------
    files
        At least one.
    kept
        The rows to read of some files; all rows are read of the others.
    label_fields
        The fields that may tell the flavour; the first that all files have is used.
    where
        Cuts that the jets must pass.
    """

    files: tuple[JetFile, ...]
    kept: Mapping[Path, HeldOut] = field(default_factory=dict)
    label_fields: tuple[str, ...] = LABEL_FIELDS
    where: tuple[Condition, ...] = ()

    def keeping(self, rows: Mapping[Path, HeldOut]) -> Jets:
        """Restrict some files to the jets that were held out of a training, or of several."""
        both = {path: rows[path].common(self.kept[path]) for path in rows.keys() & self.kept.keys()}
        return replace(self, kept={**self.kept, **rows, **both})

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in the order in which they are read."""
        return tuple(file.path for file in self.files)

    @property
    def n_jets(self) -> int:
        """Number of jets to read in all files, before the cuts of `where`."""
        return sum((self.kept.get(file.path) or file).n_jets for file in self.files)

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields that all files have, in the order of the first."""
        return tuple(
            name for name in self.files[0].fields if all(name in file.fields for file in self.files)
        )

    @property
    def sources(self) -> Mapping[str, str]:
        """What each field was made from; `batches` refuses files that differ in it."""
        return self.files[0].sources

    @property
    def partial_fields(self) -> tuple[str, ...]:
        """Fields that some files have and others lack: they cannot be used."""
        everywhere = self.fields
        seen = dict.fromkeys(name for file in self.files for name in file.fields)
        return tuple(name for name in seen if name not in everywhere)

    @property
    def kind(self) -> str:
        """One of "synthetic", "simulation" and "data"; empty where that is unknown."""
        kinds = {file.kind for file in self.files}
        return next(kind for kind in (*KINDS[:-1], "", KINDS[-1]) if kind in kinds)

    @property
    def sample(self) -> str:
        """Which samples these are, for a picture's caption."""
        return " + ".join(dict.fromkeys(file.sample for file in self.files))

    @property
    def label_field(self) -> str:
        """The field that tells the flavour.

        Raises
        ------
        UserError
            If the files have none in common, or do not say what it means.
        """
        return choose_label_field(self.files, self.label_fields)

    def batches(self, fields: Sequence[str], size: int = BATCH_SIZE) -> Iterator[Batch]:
        """Read the jets from the first to the last.

        Parameters
        ----------
        fields
            The fields to read; of a tagger with `_pb` and `_pu` also its `_log_ratio`. Those of
            tracks, as in `tracks/dr`, are of shape (jets, tracks).
        size
            The largest number of jets in a batch. Results must not depend on it.

        Raises
        ------
        UserError
            If a file lacks a field, has another meaning for it, or is damaged.
        """
        needed = [condition.field for condition in self.where]
        of_jets, of_tracks = split_fields(fields)
        check_fields(self.files, [*of_jets, *needed])
        if of_tracks:
            check_track_fields(self.files, of_tracks)
        done = 0
        with progress(self.n_jets, "jets") as reach:
            for file in self.files:
                for rows in self._rows(file, size, of_tracks):
                    done += len(rows)
                    rows = rows[self.passing_rows(file, rows)] if self.where else rows
                    rows.flags.writeable = False
                    yield {name: self.column(file, rows, name) for name in fields}
                    reach(done, file.path.name if len(self.files) > 1 else "")

    def passing(self, batch: Batch) -> NDArray[np.bool_]:
        """Tell which jets pass the cuts of `where`, of shape (n_jets,)."""
        passed = np.ones(len(next(iter(batch.values()))), bool)
        for condition in self.where:
            passed &= condition.passes(batch)
        return passed

    def passing_rows(self, file: JetFile, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which rows of a file pass the cuts of `where`, of shape (rows,)."""
        names = [condition.field for condition in self.where]
        return self.passing({name: self.column(file, rows, name) for name in names})

    def column(self, file: JetFile, rows: NDArray[Any], name: str) -> NDArray[Any]:
        """Take a field out of some rows of a file, or compute it; labels become truth labels."""
        if name not in self.label_fields:
            return compute(name, rows)
        values = truth_labels(file.path, name, rows[name], file.classes)
        values.flags.writeable = False
        return values

    def _rows(self, file: JetFile, size: int, tracks: Sequence[str]) -> Iterator[NDArray[Any]]:
        kept, first = self.kept.get(file.path), 0
        for rows in read_rows(file, size, tracks):
            yield rows if kept is None else rows[kept.mask(first, len(rows))]
            first += len(rows)


def open_jets(
    paths: Sequence[Path],
    dataset: str = JETS,
    classes: Sequence[str] = (),
    where: Sequence[Condition] = (),
) -> Jets:
    """Look into HDF5 files of jets; the jets themselves are read by `Jets.batches`.

    Parameters
    ----------
    paths
        At least one.
    dataset
        The name of a one-dimensional compound dataset that each of them has, or as for
        `dataset.split_names`.
    classes
        Names of the classes whose numbers are in the field `flavour_label`, which then tells
        the flavour; empty: the files' truth labels tell it, or their own list of classes.

    Raises
    ------
    UserError
        If a file is missing, not HDF5, damaged, or has no jets; or if jets are in two files.
    """
    files = tuple(read_metadata(Path(path), dataset, classes) for path in paths)
    refuse_same_jets(files)
    labels = (CLASS_FIELD,) if classes else LABEL_FIELDS
    return Jets(files, label_fields=labels, where=tuple(where))


def summary(jets: Jets, left_out: Mapping[int, int], n_failing: int) -> str:
    """Say what was read, and what was left out and why.

    Parameters
    ----------
    left_out
        Number of jets with each label that is no flavour's.
    n_failing
        Number of jets that fail the cuts of `jets.where`.
    """
    n_jets = sum(file.n_jets for file in jets.files)
    kind = f"{jets.kind}: " if jets.kind else ""
    lines = [f"read {n_jets:,} jets ({kind}{shown(jets.sample)})"]
    if jets.kept:
        lines.append(
            f"used {jets.n_jets:,} held-out jets: the network was trained on the others "
            "(--all-jets for all)"
        )
    if jets.where:
        cuts = " and ".join(map(str, jets.where))
        lines.append(f"left out jets that fail {shown(cuts)}: {n_failing:,}")
    lines += [f"left out jets with label {label_text(x)}: {n:,}" for x, n in left_out.items()]
    lines += [
        f"left out field {shown(name)}, which not all files have" for name in jets.partial_fields
    ]
    return wrapped("\n".join(lines))
