"""Choose the field that tells the flavour of a jet, or say why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from btagging.errors import UserError
from btagging.flavours import CLASS_FIELD
from btagging.jets.jet_file import JetFile


def choose_label_field(files: Sequence[JetFile], candidates: Sequence[str]) -> str:
    """Choose the first of some fields that all files have.

    Raises
    ------
    UserError
        If they have none in common, or nothing says what the classes of `CLASS_FIELD` are.
    """
    for name in candidates:
        if all(name in file.fields for file in files):
            _check_classes(files if name == CLASS_FIELD else ())
            return name
    without = next((file for file in files if not set(candidates) & set(file.fields)), None)
    if without:
        raise _no_labels(without, candidates)
    raise UserError(
        f"{files[0].path} and the files after it have no label field in common: each must have "
        f"{_either(candidates)}"
    )


def _check_classes(files: Sequence[JetFile]) -> None:
    for file in files:
        if not file.classes:
            raise UserError(
                f"{file.path}: {CLASS_FIELD} is the number of a class, but the file does not say "
                "of which; say it with --labels, as in --labels bjets cjets ujets"
            )


def _no_labels(file: JetFile, candidates: Sequence[str]) -> UserError:
    text = next((name for name in candidates if name in file.texts), None)
    if text:
        return UserError(
            f"{file.path}: the label field {text} in /{file.dataset} is text, not numbers; make "
            "the file again with numbers in it"
        )
    why = "real data have no truth labels" if file.kind == "data" else "use simulated jets"
    return UserError(
        f"{file.path}: no label field {_either(candidates)} in /{file.dataset}, so the "
        f"flavours are unknown; {why}"
    )


def _either(names: Sequence[str]) -> str:
    """Join names as in "a, b or c"."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
