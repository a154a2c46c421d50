"""The provenance of one input: what file it is, and what its fields mean."""

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

# Inputs of several kinds count as the first of these: with a single synthetic jet a sample is no
# longer simulation, and with a simulated one it is no longer data.
KINDS = ("synthetic", "simulation", "data")
SAMPLED = 2**16  # bytes at both ends of a file without a UUID


@dataclass(frozen=True)
class InputRecord:
    """The record of one input: text and numbers that can be sent between processes and as JSON.

    Parameters
    ----------
    path, size, uuid, events
        The file: name, size in bytes, UUID as of `identity`, number of events.
    sample, kind
        The dataset or the synthetic sample; one of `KINDS`.
    selection
        The cuts, in words.
    missing
        The tutorial's fields that it cannot fill.
    network, network_text, network_inputs
        Attributes that describe the network, if any; the same for people; the formula of
        each of its inputs.
    events_read, unlinked
        Number of events that were read, and of jets dropped for want of a b-tagging object:
        with the other facts they decide which jets are in the output.
    has_checksums
        Whether damage in what was read would have been noticed.
    tables
        The record of each dataset besides /jets.
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
        """Add what is known once all jets of this file are read and counted."""
        return replace(
            self,
            events_read=counts.events,
            unlinked=counts.unlinked,
            has_checksums=getattr(daod.store, "has_checksums", True),
        )


def describe(
    jets: JetCollection, columns: Sequence[Columns], tables: Sequence[Table], options: DumpOptions
) -> InputRecord:
    """Make the record of an input, before its jets are read."""
    daod = jets.daod
    facts = _event_facts(daod)
    meaning: dict[str, Any] = {"fields": {}}
    for group in columns:
        meaning |= group.record()
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
    """UUID of a file; RNTuple's own writer leaves it 0, so then one is made from its bytes."""
    if UUID(daod.uuid).int:
        return daod.uuid
    size = daod.size
    with errors_about(daod.path):
        ends = daod.source.fetch([(0, min(SAMPLED, size)), (max(0, size - SAMPLED), size)])
    return str(UUID(bytes=sha256(b"%d" % size + b"".join(map(bytes, ends))).digest()[:16]))


def _event_facts(daod: Daod) -> dict[str, int]:
    """Read the dataset number and the type of the first event."""
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
    """Name the dataset of a derivation by its number, or else by the file's name."""
    number = facts.get(DSID)
    return f"dataset {number}" if number else daod.path.rpartition("/")[2]
