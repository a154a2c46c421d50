"""Check that files have the fields to read, made from the same variables."""

from __future__ import annotations

from collections.abc import Sequence

from btagging.errors import UserError, shown
from btagging.jets.computed import needed
from btagging.jets.dump_attributes import ROUNDED
from btagging.jets.jet_file import JetFile
from btagging.jets.track_file import TrackFile


def check_fields(files: Sequence[JetFile], fields: Sequence[str]) -> None:
    """Refuse fields that are missing, or made from different variables in two files.

    Raises
    ------
    UserError
        Names the file and the field.
    """
    for file in files:
        for name in fields:
            parts = needed(name, file.fields)
            if not parts:
                there = ", ".join(map(shown, file.fields))
                raise UserError(
                    f"{file.path}: no field '{shown(name)}' in /{shown(file.dataset)}, which has: "
                    f"{there}"
                )
            for part in parts:
                check_source(files[0], file, part)


def check_source(first: JetFile | TrackFile, file: JetFile | TrackFile, name: str) -> None:
    """Refuse a field that is made from other variables than in the first file."""
    here, before = (f.sources.get(name, "").removesuffix(ROUNDED) for f in (file, first))
    if here != before:
        raise UserError(
            f"{file.path}: field '{shown(name)}' was made from {shown(here) or 'unknown'}, but in "
            f"{first.path} from {shown(before) or 'unknown'}; use the files one by one"
        )
