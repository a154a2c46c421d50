"""Which fields are written: those that the user names, or the default ones."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from .consumers import FIELDS, LABELS, SUCCESSORS, TAGGERS, TUTORIAL, Field, find
from .errors import UserError
from .xaod import JetCollection

DEFAULT = "default"  # among the names of fields, it stands for the default ones


def choose(names: Sequence[str] | None, jets: JetCollection) -> tuple[Field, ...]:
    """Choose the fields to write.

    Parameters
    ----------
    names
        HDF5 names or event-data names, and "default" for the default ones; None is the
        same as "default".
    jets
        The jets of a derivation.

    Raises
    ------
    UserError
        If a name is unknown, or there is nothing to write by default.
    """
    fields: dict[str, Field] = {}
    for name in names or [DEFAULT]:
        for known in _default_names(jets) if name == DEFAULT else [name]:
            field = find(known, jets.places)
            if field is None:
                near = _near(known, jets.places)
                raise UserError(f"{jets.daod.path}: {jets.name} has no variable {known}; {near}")
            fields[known] = field
    return tuple(fields.values())


def _default_names(jets: JetCollection) -> list[str]:
    """Name the fields of the tutorial, or what took their place in newer derivations."""
    names = [name for name in TUTORIAL if find(name, jets.places)]
    if len(names) < len(TUTORIAL):
        names += [name for name in SUCCESSORS if find(name, jets.places)]
    labels = [name for name in LABELS if name in jets.places]
    if not names:
        wanted = ", ".join((*TUTORIAL, *SUCCESSORS))
        raise UserError(
            f"{jets.daod.path}: {jets.name} has none of {wanted}; choose fields with --variables"
        )
    if not labels:
        raise UserError(
            f"{jets.daod.path}: {jets.name} has no {' or '.join(LABELS)}, as in data; "
            f"choose fields without a label: --variables {' '.join(names)}"
        )
    return [*names, labels[0]]


def suggest(name: str, available: Collection[str]) -> str:
    """Say which computed fields there are, and what is near a name that isn't there.

    Parameters
    ----------
    name
        That is not there.
    available
        The event-data variables of a jet.
    """
    computed = ", ".join(_computed(available)) or "nothing"
    return f"computed are {computed}; {_near(name, available)}"


def _computed(available: Collection[str]) -> list[str]:
    names = [f"{tagger}_log_ratio" for tagger in TAGGERS] + [field.name for field in FIELDS]
    return [name for name in names if find(name, available)]


def _near(name: str, available: Collection[str]) -> str:
    """Say what the user may have meant."""
    known = {*_computed(available), *available} - {name}
    lower = {field.lower(): field for field in sorted(known)}
    near = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.5)
    return f"near it: {', '.join(lower[n] for n in near)}" if near else "nothing is near it"
