"""Where the jets of one input come from, and what its fields mean."""

from __future__ import annotations

from dataclasses import dataclass, field

from .consumers import LABELS, TUTORIAL, Field, find
from .daod import Daod, reading
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
        with reading(daod.path):
            number = daod.store.read([(EVENT, DSID)], start, stop)[EVENT, DSID].values[0]
        return f"dataset {number}"
    return daod.path.rpartition("/")[2]
