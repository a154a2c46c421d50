"""Where the jets of an output come from, and what its fields mean."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_OID, uuid5

from dumpxaod import __version__
from dumpxaod.errors import UserError, shown
from dumpxaod.fields.columns import FieldMeaning
from dumpxaod.fields.tables import TableRecord
from dumpxaod.input_record import KINDS, InputRecord

_OF_A_FILE = ("path", "size", "uuid", "events")


class Provenance:
    """Collects what is to be said of the output, and refuses inputs that differ in it.

    Parameters
    ----------
    command
        The command line.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._records: list[InputRecord] = []
        self._paths: dict[str, str] = {}  # by UUID
        self._skipped: dict[str, str] = {}

    def add(self, record: InputRecord) -> None:
        """Note an input whose jets are in the output."""
        self._records.append(record)
        self._paths[record.uuid] = record.path

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

    def require_inputs(self) -> None:
        """Raise a `UserError` if every input was left out."""
        if self._skipped and not self._records:
            path, reason = next(iter(self._skipped.items()))
            raise UserError(f"none of the files can be used; the first, {path}: {reason}")

    def check(self, record: InputRecord) -> None:
        """Compare an input with the first one.

        Raises
        ------
        UserError
            If it is the same file as an earlier one, or a field or an input of the network
            would mean something else.
        """
        if not self._records:
            return
        first = self._records[0]
        if record.uuid in self._paths:
            raise UserError(
                f"{record.path}: is the same derivation as {self._paths[record.uuid]} (UUID "
                f"{record.uuid}); name it once"
            )
        if record.collection != first.collection:
            raise UserError(
                f"{record.path}: the jets are {record.collection} here, but {first.collection} in "
                f"{first.path}; choose one that all files have with -c"
            )
        ours, theirs = (", ".join(some.fields) for some in (record, first))
        if ours != theirs:
            raise UserError(
                f"{record.path}: the fields would be {ours} here, but {theirs} in {first.path}; "
                "choose fields that all files have with --variables"
            )
        _compare_formulas(record, first)
        _compare_tables(record, first)

    def __str__(self) -> str:
        """Say which jets and which fields they are, and what was left out."""
        first = self._records[0]
        lines = [f"/jets from {shown(first.collection)}"]
        if first.missing:
            lines[0] += f", which have no {' or '.join(first.missing)}"
        formulas = {name: meaning.formula for name, meaning in first.fields.items()}
        lines += [f"  {name} = {text}" for name, text in formulas.items() if name != text]
        lines += [f"  {line}" for line in first.network_text]
        lines += [f"  left out {path}: {reason}" for path, reason in self._skipped.items()]
        return "\n".join(lines[:1] + [shown(line, 2000) for line in lines[1:]])

    def _checksums(self) -> str:
        without, n_inputs = (
            sum(not record.has_checksums for record in self._records),
            len(self._records),
        )
        which = f"{without} of {n_inputs} inputs" if n_inputs > 1 else "the input"
        return f"no checksum protects some of what was read from {which}" if without else "yes"

    def _uuid(self) -> str:
        """Identify the rows: the same for all dumps of the same jets, whatever their fields."""
        first = self._records[0]
        inputs = [[record.uuid, record.events_read, record.unlinked] for record in self._records]
        return uuid5(NAMESPACE_OID, json.dumps([first.collection, first.selection, inputs])).hex

    def attributes(self) -> dict[str, str]:
        """Return the attributes of the dataset, name and text."""
        first = self._records[0]
        inputs = [{key: getattr(record, key) for key in _OF_A_FILE} for record in self._records]
        attributes = {
            "kind": min((record.kind for record in self._records), key=KINDS.index),
            "sample": ", ".join(dict.fromkeys(record.sample for record in self._records)),
            "collection": first.collection,
            "selection": first.selection,
            "uuid": self._uuid(),
            "checksums": self._checksums(),
            "command_line": self._command,
            "version": __version__,
            "inputs": json.dumps(inputs),
        }
        if self._skipped:
            skipped = [{"path": path, "reason": text} for path, text in self._skipped.items()]
            attributes["skipped"] = json.dumps(skipped)
        attributes |= _field_attributes([record.fields for record in self._records])
        attributes |= first.network
        # HDF5 cannot hold a NUL, nor bytes that are no text, as they occur in the names of files.
        return {name: shown(text, len(text)) for name, text in attributes.items()}

    def table_attributes(self) -> dict[str, dict[str, str]]:
        """Return the attributes of the other datasets, name and text."""
        return {
            name: table.attributes
            | _field_attributes([record.tables[name].fields for record in self._records])
            for name, table in self._records[0].tables.items()
        }


def _field_attributes(records: Sequence[Mapping[str, FieldMeaning]]) -> dict[str, str]:
    """Say what the fields of a dataset are, as some inputs fill them."""
    attributes = {}
    for name, meaning in records[0].items():
        rounded = max(fields[name].rounded for fields in records)
        attributes[f"{name}.source"] = f"{meaning.formula}{rounded}"
        attributes[f"{name}.unit"] = meaning.unit
    return attributes


def _compare_tables(record: InputRecord, first: InputRecord) -> None:
    for name, table in record.tables.items():
        other = first.tables[name]
        ours, theirs = (_meanings(each) for each in (table, other))
        for what in [*ours, *theirs]:
            here, there = (each.get(what, "missing") for each in (ours, theirs))
            if here != there:
                raise UserError(
                    f"{record.path}: in /{name}, {what} would be {here} here, but {there} in "
                    f"{first.path}; dump the files apart"
                )


def _meanings(table: TableRecord) -> dict[str, str]:
    return {**table.attributes, **{name: field.formula for name, field in table.fields.items()}}


def _compare_formulas(record: InputRecord, first: InputRecord) -> None:
    for name, meaning in record.fields.items():
        other = first.fields[name]
        if meaning.formula != other.formula:
            raise UserError(
                f"{record.path}: {name} would be {meaning.formula} here, but "
                f"{other.formula} in {first.path}; dump the files apart, or choose with "
                f"--variables what all have, be it {meaning.explicit_name} or "
                f"{other.explicit_name}"
            )
    for name, formula in record.network_inputs.items():
        if formula != first.network_inputs[name]:
            raise UserError(
                f"{record.path}: the network's input {name} would be {formula} here, but "
                f"{first.network_inputs[name]} in {first.path}; dump the files apart"
            )
