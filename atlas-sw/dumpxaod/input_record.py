"""Where the jets of one input come from, and what its fields mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from dumpxaod.cutflow import Cutflow
from dumpxaod.errors import shown
from dumpxaod.fields.choice import find_field
from dumpxaod.fields.columns import Columns, FieldMeaning
from dumpxaod.fields.jets import LABELS, TUTORIAL
from dumpxaod.fields.tables import Table, TableRecord
from dumpxaod.options import DumpOptions
from dumpxaod.rootio.daod import Daod, errors_about
from dumpxaod.xaod.jet_collection import EVENT, JetCollection

DSID = "mcChannelNumber"  # the dataset number of a simulated sample
TYPE, IS_SIMULATION = "eventTypeBitmask", 1  # and its bit

# Of several inputs the first of these counts, the least trustworthy as a measurement: a single toy
# jet is enough to make a sample no simulation any more, and a simulated one to make it no data.
KINDS = ("synthetic", "simulation", "data")
SAMPLED = 2**16  # bytes


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
        What each field means.
    network, network_text, network_inputs
        Attributes that tell of the network, if any; the same for people; the formula of
        each of its inputs.
    events_read, unlinked
        How many of the events were read, and how many jets were dropped for want of a
        b-tagging object: with the other facts they decide which jets are in the output.
    has_checksums
        Whether damage in what was read would have been noticed.
    tables
        What is to be said of each dataset beside the jets.
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
    fields: dict[str, FieldMeaning]
    network: dict[str, str] = field(default_factory=dict)
    network_text: list[str] = field(default_factory=list)
    network_inputs: dict[str, str] = field(default_factory=dict)
    events_read: int = 0
    unlinked: int = 0
    has_checksums: bool = True
    tables: dict[str, TableRecord] = field(default_factory=dict)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> InputRecord:
        """Restore it from its `dataclasses.asdict` in JSON."""
        fields = {name: FieldMeaning(**meaning) for name, meaning in content["fields"].items()}
        tables = {name: TableRecord.from_json(c) for name, c in content["tables"].items()}
        return cls(**{**content, "fields": fields, "tables": tables})

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
    jets: JetCollection, columns: Sequence[Columns], tables: Sequence[Table], options: DumpOptions
) -> InputRecord:
    """Collect what is to be said of an input.

    Parameters
    ----------
    jets
        Its jets.
    columns
        What is computed of them.
    tables
        What is written beside them.
    options
        Which of them are taken.
    """
    daod = jets.daod
    facts = _event_facts(daod)
    meaning: dict[str, Any] = {"fields": {}}
    for some in columns:
        meaning |= some.record()
    return InputRecord(
        path=daod.path,
        size=daod.size,
        uuid=identity(daod),
        events=daod.store.n_events,
        sample=shown(daod.synthetic or _dataset(daod, facts)),
        kind="synthetic" if daod.synthetic else _kind(jets, facts),
        collection=jets.name,
        selection=options.selection,
        missing=[name for name in TUTORIAL if find_field(name, jets) is None],
        tables={table.name: table.record() for table in tables},
        **meaning,
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
    with errors_about(daod.path):
        ends = daod.source.fetch([(0, min(SAMPLED, size)), (max(0, size - SAMPLED), size)])
    return str(UUID(bytes=sha256(b"%d" % size + b"".join(map(bytes, ends))).digest()[:16]))


def _event_facts(daod: Daod) -> dict[str, int]:
    """Read what the first event says of itself."""
    with errors_about(daod.path):
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
