"""Refuse jets that would be counted twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing

from btagging.errors import UserError, shown
from btagging.jets.jet_file import JetFile
from btagging.jets.read_rows import read_rows
from btagging.jets.rows import StoredRows, twice

_COMPARED = 16  # jets; two parts of a sample do not begin with 16 equal ones


def refuse_same_jets(files: Sequence[JetFile]) -> None:
    """Compare the origins of the jets in some files.

    Raises
    ------
    UserError
        If two files, or two parts of a virtual dataset, are the same rows or come from the same
        derivation.
    """
    _refuse_same_rows(files)
    _refuse_copies(files)
    _refuse_same_derivations(files)


def _refuse_same_rows(files: Sequence[JetFile]) -> None:
    """Find names of the same file, and virtual datasets of the same rows."""
    shown_by: dict[tuple[int, int, int], list[tuple[JetFile, StoredRows]]] = defaultdict(list)
    for file in files:
        for rows in file.rows:
            shown_by[rows.location].append((file, rows))
    for found in shown_by.values():
        if not twice([rows.pieces for _, rows in found]):
            continue
        (file, rows), *others = found
        other = next((other for other, _ in others if other is not file), file)
        if other is file:
            raise UserError(
                f"{file.path}: virtual dataset that shows rows of {rows.path} twice; make it again"
            )
        if file.path == other.path:
            raise UserError(f"{file.path}: named twice; name it once")
        raise UserError(
            f"{file.path} and {other.path}: the same jets, which are in {rows.path}; "
            "name one of them"
        )


def _refuse_copies(files: Sequence[JetFile]) -> None:
    """Find copies of an output; tools that split a file copy its attributes to each part."""
    runs: dict[str, list[JetFile]] = defaultdict(list)
    for file in files:
        runs[_run(file)].append(file)
    for run, parts in runs.items():
        begin: dict[bytes, JetFile] = {}
        for part in parts if run and len(parts) > 1 else ():
            same = begin.setdefault(_first_jets(part, parts), part)
            if same is not part:
                raise UserError(
                    f"{same.path} and {part.path}: the same jets, of the same derivations; "
                    "name one of them"
                )


def _refuse_same_derivations(files: Sequence[JetFile]) -> None:
    readers: dict[tuple[str, str], JetFile] = {}
    for file in files:
        for uuid, derivation in file.derivations.items():
            other = readers.setdefault((uuid, file.collection), file)
            if _run(other) != _run(file):
                raise UserError(
                    f"{other.path} and {file.path}: both have the jets of {shown(derivation)} "
                    f"({shown(file.collection)}), which would count twice; name one of them"
                )


def _run(file: JetFile) -> str:
    """Identify the run of the dumper that made a file; empty for files of others."""
    older = f"{file.command_line} {sorted(file.derivations)}" if file.derivations else ""
    return file.uuid or older


def _first_jets(file: JetFile, others: Sequence[JetFile]) -> bytes:
    """Return the first jets in the fields that all of some files have."""
    common = [name for name in file.fields if all(name in other.fields for other in others)]
    with closing(read_rows(file, _COMPARED)) as batches:
        rows = next(batches)
    return b"".join(rows[name].tobytes() for name in sorted(common))
