"""Where the jets of a file come from, and what its fields mean."""

from __future__ import annotations

import json

from . import __version__
from .consumers import LABELS, TUTORIAL, Field, find
from .daod import Daod
from .errors import UserError
from .xaod import EVENT, JetCollection

DSID = "mcChannelNumber"  # the dataset number of a simulated sample


class Provenance:
    """Collects what is to be said of the output, and refuses inputs that differ in it.

    Parameters
    ----------
    command
        The command line.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._inputs: list[dict[str, str | int]] = []
        self._samples: dict[str, None] = {}
        self._synthetic = self._labelled = False
        self._first: tuple[Daod, JetCollection, tuple[Field, ...]] | None = None

    def add(self, daod: Daod, jets: JetCollection, fields: tuple[Field, ...]) -> None:
        """Note one input.

        Parameters
        ----------
        daod
            The open file.
        jets
            Its jets.
        fields
            How the output's fields are computed from it.

        Raises
        ------
        UserError
            If a field would mean something else than in the files before.
        """
        if self._first is None:
            self._first = daod, jets, fields
        self._compare(daod, jets, fields)
        self._inputs.append(
            {"path": daod.path, "size": daod.size, "uuid": daod.uuid, "events": daod.store.n_events}
        )
        self._samples[daod.synthetic or _dataset(daod, jets)] = None
        self._synthetic |= bool(daod.synthetic)
        self._labelled |= any(label in jets.places for label in LABELS)

    def _compare(self, daod: Daod, jets: JetCollection, fields: tuple[Field, ...]) -> None:
        assert self._first is not None
        first, first_jets, first_fields = self._first
        if jets.name != first_jets.name:
            raise UserError(
                f"{daod.path}: the jets are {jets.name} here, but {first_jets.name} in "
                f"{first.path}; choose one that all files have with -c"
            )
        ours, theirs = (", ".join(f.name for f in some) for some in (fields, first_fields))
        if ours != theirs:
            raise UserError(
                f"{daod.path}: the fields would be {ours} here, but {theirs} in {first.path}; "
                "choose fields that all files have with --variables"
            )
        for field, other in zip(fields, first_fields, strict=True):
            if field.formula != other.formula:
                raise UserError(
                    f"{daod.path}: {field.name} would be {field.formula} here, but "
                    f"{other.formula} in {first.path}; dump the files apart, or choose with "
                    f"--variables what all have, be it {field.explicit_name} or "
                    f"{other.explicit_name}"
                )

    def __str__(self) -> str:
        """Say which jets and which fields they are."""
        assert self._first is not None
        _, jets, fields = self._first
        missing = [name for name in TUTORIAL if find(name, jets.places) is None]
        lines = [f"/jets from {jets.name}"]
        if missing:
            lines[0] += f", which have no {' or '.join(missing)}"
        lines += [f"  {f.name} = {f.formula}" for f in fields if f.name != f.formula]
        return "\n".join(lines)

    def attributes(self) -> dict[str, str]:
        """Return the attributes of the dataset, name and text."""
        assert self._first is not None
        _, jets, fields = self._first
        attributes = {
            "kind": "synthetic" if self._synthetic else "simulation" if self._labelled else "data",
            "sample": ", ".join(self._samples),
            "collection": jets.name,
            "command_line": self._command,
            "version": __version__,
            "inputs": json.dumps(self._inputs),
        }
        for field in fields:
            attributes |= {f"{field.name}.source": field.formula, f"{field.name}.unit": field.unit}
        return attributes


def _dataset(daod: Daod, jets: JetCollection) -> str:
    """Name the dataset of a derivation: by its number, or else by the file's name."""
    if jets.places.get(DSID) == EVENT:
        start, stop = next(daod.store.ranges())
        number = daod.store.read([(EVENT, DSID)], start, stop)[EVENT, DSID].values[0]
        return f"dataset {number}"
    return daod.path.rpartition("/")[2]
