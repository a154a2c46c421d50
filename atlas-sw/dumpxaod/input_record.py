"""Where the jets of one input come from, and what its fields mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from uuid import UUID

from dumpxaod.cutflow import Cutflow, Selection
from dumpxaod.errors import shown
from dumpxaod.fields.choice import find_field
from dumpxaod.fields.jets import LABELS, TUTORIAL, Field
from dumpxaod.jet_classifier import JetClassifier
from dumpxaod.rootio.daod import Daod, reading
from dumpxaod.xaod.jet_collection import EVENT, JetCollection

DSID = "mcChannelNumber"  # the dataset number of a simulated sample
TYPE, IS_SIMULATION = "eventTypeBitmask", 1  # and its bit

# Of several inputs the first of these counts, the least trustworthy as a measurement: a single toy
# jet is enough to make a sample no simulation any more, and a simulated one to make it no data.
KINDS = ("synthetic", "simulation", "data")
ROUNDED = ", rounded from double to float"  # ends the source of a field
SAMPLED = 2**16  # bytes

Fields = tuple[Field, ...]


@dataclass(frozen=True)
class InputRecord:
    """What is to be said of one input: bare text and numbers, fit to travel and for JSON.

    Parameters
    ----------
    path, size, uuid, events
        The file: its name, its bytes, the UUID of `identity`, how many events it has.
    sample, kind
        What it is a file of; one of `KINDS`.
    collection
        The jets' container.
    selection
        The jets that are taken, in words.
    missing
        The tutorial's fields that it cannot fill.
    fields
        Name of each field, and of that its formula, its unit, its explicit name, and whether
        its sources are rounded: `ROUNDED` or an empty text.
    network, network_text, network_inputs
        Attributes that tell of the network, if any; the same for people; the formula of
        each of its inputs.
    events_read, unlinked
        How many of the events were read, and how many jets were dropped for want of a
        b-tagging object: with the other facts they decide which jets are in the output.
    has_checksums
        Whether damage in what was read would have been noticed.
    """

    path: str
    size: int
    uuid: str
    events: int
    sample: str
    kind: str
    collection: str
    selection: str
    missing: list[str]
    fields: dict[str, dict[str, str]]
    network: dict[str, str] = field(default_factory=dict)
    network_text: str = ""
    network_inputs: dict[str, str] = field(default_factory=dict)
    events_read: int = 0
    unlinked: int = 0
    has_checksums: bool = True

    def after_reading(self, daod: Daod, counts: Cutflow) -> InputRecord:
        """Add what is known when all jets are read.

        Parameters
        ----------
        daod
            The file.
        counts
            Of its jets alone.
        """
        return replace(
            self,
            events_read=counts.events,
            unlinked=counts.unlinked,
            has_checksums=getattr(daod.store, "has_checksums", True),
        )


def describe(
    daod: Daod,
    jets: JetCollection,
    fields: Fields,
    *,
    selection: Selection | None = None,
    inputs: Fields = (),
    classifier: JetClassifier | None = None,
) -> InputRecord:
    """Collect what is to be said of an input.

    Parameters
    ----------
    daod
        The open file.
    jets
        Its jets.
    fields
        How the output's fields are computed from it.
    selection
        Which of them are taken.
    inputs
        How the network's inputs are.
    classifier
        The network that is applied, if any.
    """
    facts = _event_facts(daod)
    return InputRecord(
        path=daod.path,
        size=daod.size,
        uuid=identity(daod),
        events=daod.store.n_events,
        sample=shown(daod.synthetic or _dataset(daod, facts)),
        kind="synthetic" if daod.synthetic else _kind(jets, facts),
        collection=jets.name,
        selection=str(selection or Selection()),
        missing=[name for name in TUTORIAL if find_field(name, jets) is None],
        fields={f.name: _meaning(f, jets) for f in fields},
        network=classifier.attributes(inputs) if classifier else {},
        network_text=classifier.describe(inputs) if classifier else "",
        network_inputs={f.name: f.formula for f in inputs},
    )


def identity(daod: Daod) -> str:
    """UUID of a file; of one without, as RNTuple's own writer leaves it, one made from its bytes.

    Parameters
    ----------
    daod
        The open file.
    """
    if UUID(daod.uuid).int:
        return daod.uuid
    size = daod.size
    with reading(daod.path):
        ends = daod.source.fetch([(0, min(SAMPLED, size)), (max(0, size - SAMPLED), size)])
    return str(UUID(bytes=sha256(b"%d" % size + b"".join(map(bytes, ends))).digest()[:16]))


def _meaning(field: Field, jets: JetCollection) -> dict[str, str]:
    is_double = any("double" in jets.type_name(source).lower() for source in field.sources)
    return {
        "formula": field.formula,
        "unit": field.unit,
        "explicit name": field.explicit_name,
        "rounded": ROUNDED if is_double else "",
    }


def _event_facts(daod: Daod) -> dict[str, int]:
    """Read what the first event says of itself."""
    with reading(daod.path):
        wanted = [(EVENT, name) for name in (DSID, TYPE) if name in daod.store.variables(EVENT)]
        columns = daod.store.read(wanted, 0, 1) if wanted else {}
    return {name: int(column.first_values()[0]) for (_, name), column in columns.items()}


def _kind(jets: JetCollection, facts: dict[str, int]) -> str:
    if TYPE in facts:
        is_simulation = bool(facts[TYPE] & IS_SIMULATION)
    elif DSID in facts:
        is_simulation = facts[DSID] != 0
    else:
        is_simulation = any(label in jets.places for label in LABELS)
    return "simulation" if is_simulation else "data"


def _dataset(daod: Daod, facts: dict[str, int]) -> str:
    """Name the dataset of a derivation: by its number, or else by the file's name."""
    number = facts.get(DSID)
    return f"dataset {number}" if number else daod.path.rpartition("/")[2]
