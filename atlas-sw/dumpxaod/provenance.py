"""Where the jets of a file come from, and what its fields mean."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from . import __version__
from .consumers import LABELS, TUTORIAL, Field, find
from .daod import Daod
from .errors import UserError
from .jet_classifier import JetClassifier
from .xaod import EVENT, JetCollection

DSID = "mcChannelNumber"  # the dataset number of a simulated sample
KINDS = ("data", "simulation", "synthetic")  # of several files the last of these counts

Fields = tuple[Field, ...]


@dataclass(frozen=True)
class Origin:
    """What is to be said of one input: bare text and numbers, fit to travel and for JSON.

    Parameters
    ----------
    path, size, uuid, events
        The file: its name, its bytes, the UUID that it was given, how many events it has.
    sample, kind
        What it is a file of; one of `KINDS`.
    collection
        The jets' container.
    missing
        The tutorial's fields that it cannot fill.
    fields
        Name of each field, and of that its formula, its unit and its explicit name.
    network, network_text, network_inputs
        Attributes that tell of the network, if any; the same for people; the formula of
        each of its inputs.
    """

    path: str
    size: int
    uuid: str
    events: int
    sample: str
    kind: str
    collection: str
    missing: list[str]
    fields: dict[str, dict[str, str]]
    network: dict[str, str] = field(default_factory=dict)
    network_text: str = ""
    network_inputs: dict[str, str] = field(default_factory=dict)


def describe(
    daod: Daod,
    jets: JetCollection,
    fields: Fields,
    *,
    inputs: Fields = (),
    classifier: JetClassifier | None = None,
) -> Origin:
    """Collect what is to be said of an input.

    Parameters
    ----------
    daod
        The open file.
    jets
        Its jets.
    fields
        How the output's fields are computed from it.
    inputs
        How the network's inputs are.
    classifier
        The network that is applied, if any.
    """
    kind = "simulation" if any(label in jets.places for label in LABELS) else "data"
    return Origin(
        path=daod.path,
        size=daod.size,
        uuid=daod.uuid,
        events=daod.store.n_events,
        sample=daod.synthetic or _dataset(daod, jets),
        kind="synthetic" if daod.synthetic else kind,
        collection=jets.name,
        missing=[name for name in TUTORIAL if find(name, jets.places) is None],
        fields={
            f.name: {"formula": f.formula, "unit": f.unit, "explicit name": f.explicit_name}
            for f in fields
        },
        network=classifier.attributes(inputs) if classifier else {},
        network_text=classifier.describe(inputs) if classifier else "",
        network_inputs={f.name: f.formula for f in inputs},
    )


def _dataset(daod: Daod, jets: JetCollection) -> str:
    """Name the dataset of a derivation: by its number, or else by the file's name."""
    if jets.places.get(DSID) == EVENT:
        start, stop = next(daod.store.ranges())
        number = daod.store.read([(EVENT, DSID)], start, stop)[EVENT, DSID].values[0]
        return f"dataset {number}"
    return daod.path.rpartition("/")[2]


class Provenance:
    """Collects what is to be said of the output, and refuses inputs that differ in it.

    Parameters
    ----------
    command
        The command line.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._origins: list[Origin] = []
        self._skipped: dict[str, str] = {}

    def add(self, origin: Origin) -> None:
        """Note an input whose jets are in the output."""
        self._origins.append(origin)

    def skip(self, path: str, reason: str) -> None:
        """Note an input that was left out.

        Parameters
        ----------
        path
            The file.
        reason
            What is wrong with it.
        """
        self._skipped[path] = reason.removeprefix(f"{path}: ")

    def check(self, origin: Origin) -> None:
        """Compare an input with the first one.

        Raises
        ------
        UserError
            If a field or an input of the network would mean something else.
        """
        if not self._origins:
            return
        first = self._origins[0]
        if origin.collection != first.collection:
            raise UserError(
                f"{origin.path}: the jets are {origin.collection} here, but {first.collection} in "
                f"{first.path}; choose one that all files have with -c"
            )
        ours, theirs = (", ".join(some.fields) for some in (origin, first))
        if ours != theirs:
            raise UserError(
                f"{origin.path}: the fields would be {ours} here, but {theirs} in {first.path}; "
                "choose fields that all files have with --variables"
            )
        _compare_formulas(origin, first)

    def __str__(self) -> str:
        """Say which jets and which fields they are, and what was left out."""
        first = self._origins[0]
        lines = [f"/jets from {first.collection}"]
        if first.missing:
            lines[0] += f", which have no {' or '.join(first.missing)}"
        formulas = {name: meaning["formula"] for name, meaning in first.fields.items()}
        lines += [f"  {name} = {text}" for name, text in formulas.items() if name != text]
        lines += [f"  {first.network_text}"] if first.network_text else []
        lines += [f"  left out {path}: {reason}" for path, reason in self._skipped.items()]
        return "\n".join(lines)

    def attributes(self) -> dict[str, str]:
        """Return the attributes of the dataset, name and text."""
        first = self._origins[0]
        inputs = [{key: getattr(o, key) for key in _OF_A_FILE} for o in self._origins]
        attributes = {
            "kind": max((o.kind for o in self._origins), key=KINDS.index),
            "sample": ", ".join(dict.fromkeys(o.sample for o in self._origins)),
            "collection": first.collection,
            "command_line": self._command,
            "version": __version__,
            "inputs": json.dumps(inputs),
        }
        if self._skipped:
            skipped = [{"path": path, "reason": text} for path, text in self._skipped.items()]
            attributes["skipped"] = json.dumps(skipped)
        for name, meaning in first.fields.items():
            attributes |= {f"{name}.{key}": meaning[of] for key, of in _OF_A_FIELD.items()}
        return attributes | first.network


_OF_A_FILE = ("path", "size", "uuid", "events")
_OF_A_FIELD = {"source": "formula", "unit": "unit"}


def _compare_formulas(origin: Origin, first: Origin) -> None:
    for name, meaning in origin.fields.items():
        other = first.fields[name]
        if meaning["formula"] != other["formula"]:
            raise UserError(
                f"{origin.path}: {name} would be {meaning['formula']} here, but "
                f"{other['formula']} in {first.path}; dump the files apart, or choose with "
                f"--variables what all have, be it {meaning['explicit name']} or "
                f"{other['explicit name']}"
            )
    for name, formula in origin.network_inputs.items():
        if formula != first.network_inputs[name]:
            raise UserError(
                f"{origin.path}: the network's input {name} would be {formula} here, but "
                f"{first.network_inputs[name]} in {first.path}; dump the files apart"
            )
