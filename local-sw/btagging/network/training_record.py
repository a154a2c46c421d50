"""The record in a network's files of the jets that it was trained on.

A network may be overtrained: only other jets show its performance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from btagging.errors import UserError, shown
from btagging.inputs import Input
from btagging.jets.computed import needed
from btagging.jets.held_out import HeldOut
from btagging.jets.identity import digest
from btagging.jets.stream import Jets
from btagging.jets.track_checks import has_fields


@dataclass(frozen=True)
class TrainedFile:
    """A file of jets, some of which were trained on.

    Parameters
    ----------
    digest
        As `identity.digest` gives it.
    uuid, derivations
        What the dumper says of their origin, as in `JetFile`; empty where the file is silent.
    held_out
        The jets of this file that were held out of the training.
    """

    digest: str
    n_jets: int
    uuid: str
    derivations: tuple[str, ...]
    held_out: HeldOut


@dataclass(frozen=True)
class TrainingRecord:
    """The fields and files that a network was trained on, and the random seed."""

    seed: int
    fields: tuple[str, ...]
    files: tuple[TrainedFile, ...]

    @classmethod
    def of(
        cls, jets: Jets, inputs: Sequence[Input], held_out: HeldOut, seed: int
    ) -> TrainingRecord:
        """Note which jets of which files are held out."""
        # A field of tracks is made from nothing but itself.
        stored = (part for i in inputs for part in needed(i.field, jets.fields) or (i.field,))
        fields = [jets.label_field, *dict.fromkeys(stored)]
        files, first = [], 0
        for file in jets.files:
            held = held_out.part(first, file.n_jets)
            found = digest(file, fields)
            files.append(TrainedFile(found, file.n_jets, file.uuid, tuple(file.derivations), held))
            first += file.n_jets
        return cls(seed, tuple(fields), tuple(files))

    def as_dict(self) -> dict[str, Any]:
        """Describe it for JSON; ranges of rows end before their second number."""
        files = [
            {
                "digest": file.digest,
                "jets": file.n_jets,
                "uuid": file.uuid,
                "derivations": list(file.derivations),
                "held_out": [list(block) for block in file.held_out.ranges],
            }
            for file in self.files
        ]
        return {"seed": self.seed, "fields": list(self.fields), "files": files}

    @classmethod
    def read(cls, path: Path, entry: Any) -> TrainingRecord:
        """Read an entry of the JSON file at `path`.

        Raises
        ------
        UserError
            If anything in it is missing or of the wrong type.
        """
        try:
            fields = tuple(_text(field) for field in entry["fields"])
            return cls(_whole(entry["seed"]), fields, tuple(map(_read_file, entry["files"])))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{path}: training is not what train_nn.py writes ({shown(error)}); train again"
            ) from error

    def unseen(self, jets: Jets) -> Jets:
        """Leave out the jets that were trained on.

        Raises
        ------
        UserError
            If a file has jets of a file that was trained on, but others as well, or in another
            order.
        """
        trained = {file.digest: file for file in self.files}
        origins = {uuid for file in self.files for uuid in (file.uuid, *file.derivations) if uuid}
        kept = {}
        for file in jets.files:
            known = has_fields(file, self.fields)  # else the network lacks an input
            found = trained.get(digest(file, self.fields)) if known else None
            if found:
                kept[file.path] = found.held_out
            elif origins & {file.uuid, *file.derivations}:
                raise UserError(
                    f"{file.path}: comes from a derivation that the network was trained on, but "
                    "is another selection of jets, so that held-out jets cannot be told; use the "
                    "file of the training, or --all-jets"
                )
        return jets.keeping(kept)


def _read_file(entry: Any) -> TrainedFile:
    n_jets = _whole(entry["jets"])
    blocks = [(_whole(start), _whole(stop)) for start, stop in entry["held_out"]]
    return TrainedFile(
        _text(entry["digest"]),
        n_jets,
        _text(entry["uuid"]),
        tuple(_text(uuid) for uuid in entry["derivations"]),
        _rising(blocks, n_jets),
    )


def _rising(blocks: Sequence[tuple[int, int]], n_jets: int) -> HeldOut:
    edges = [0, *(edge for block in blocks for edge in block), n_jets]
    if edges != sorted(edges):
        raise ValueError("the held-out rows do not rise")
    return HeldOut(blocks)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"{value!r} is no text")
    return value
