"""Which fields are written: those that the user names, or the default ones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from dumpxaod.errors import UserError, shown
from dumpxaod.fields.jets import (
    FALLBACK_FIELDS,
    FIELDS,
    LABELS,
    LOG1P,
    TAGGERS,
    TUTORIAL,
    Field,
    find,
)
from dumpxaod.xaod.jet_collection import JetCollection
from dumpxaod.xaod.names import check

DEFAULT = "default"  # among the names of fields: the default ones
FTAG = "ftag"  # and those that the flavour-tagging tools need

# What atlas-ftag-tools, puma, UPP and salt look for by name, besides the probabilities of all
# taggers: the variables of ftag's mock files, the labels that define its flavours, and the
# variables of UPP's and salt's configurations.
FTAG_NAMES = (
    *("pt", "eta", "phi", "mass", "energy", "pt_btagJes", "eta_btagJes", "absEta_btagJes"),
    *("HadronConeExclTruthLabelID", "HadronConeExclExtendedTruthLabelID"),
    *("HadronConeExclTruthLabelPt", "HadronConeExclTruthLabelLxy", "HadronConeExclTruthLabelDR"),
    *("HadronConeExclTruthLabelPdgId", "HadronGhostTruthLabelID"),
    *("HadronGhostExtendedTruthLabelID", "HadronGhostTruthLabelPt", "HadronGhostTruthLabelLxy"),
    *("HadronGhostTruthLabelDR", "HadronGhostInitialTruthLabelID", "PartonTruthLabelID"),
    *("PartonExtendedTruthLabelID", "LeptonDecayLabel", "n_truth_promptLepton"),
    *("GhostBHadronsFinalCount", "GhostCHadronsFinalCount", "R10TruthLabel_R22v1"),
    *("n_tracks", "jetPtRank", "jetFoldHash", "Jvt", "NNJvt", "NNJvtPass", "isJvtHS", "isJvtPU"),
    *("eventNumber", "mcEventWeight", "mcChannelNumber", "averageInteractionsPerCrossing"),
)
_PROBABILITY = re.compile(r"(.+)_p(u|c|b|tau)")


def choose(names: Sequence[str] | None, jets: JetCollection) -> tuple[Field, ...]:
    """Choose the fields to write for the jets of a derivation.

    Parameters
    ----------
    names
        HDF5 names or event-data names, "default" for the default ones, and "ftag" for those
        that the flavour-tagging tools need; None is the same as "default".

    Raises
    ------
    UserError
        If a name is unknown, or there is nothing to write by default.
    """
    fields: dict[str, Field] = {}
    for name in names or [DEFAULT]:
        for known in _groups[name](jets) if name in _groups else [name]:
            field = find_field(check(known), jets)
            if field is None:
                raise _unknown(known, jets)
            fields[known] = field
    return tuple(fields.values())


def find_field(name: str, jets: JetCollection) -> Field | None:
    """Find the definition of a field, as `jets.find`; None if these jets cannot fill it."""
    full_names = {n for n in (name, name.removesuffix(LOG1P)) if jets.place(n)}
    field = find(name, jets.places.keys() | full_names)
    for source in field.sources if field else ():
        if field and jets.is_vector_of_event(source):  # as in mcEventWeights[0]
            bare = rf"(?<!\w){re.escape(source)}(?![\w\[])"
            field = replace(field, formula=re.sub(bare, f"{source}[0]", field.formula))
    return field


def _unknown(name: str, jets: JetCollection) -> UserError:
    """Explain that there is no such field, and which names are similar."""
    if name in jets.places:  # but a computed field has this name
        own = f"{jets.places[name]}AuxDyn.{name}"
        return UserError(
            f"{jets.daod.path}: {name} cannot be computed for {jets.name}; its own variable of "
            f"this name is {own}"
        )
    others = near(name, {*_computed(jets.places), *jets.places})
    return UserError(f"{jets.daod.path}: {jets.name} has no variable {name}{jets.lost}; {others}")


def _default_names(jets: JetCollection) -> list[str]:
    """List the fields of the tutorial, or those that replace them in newer derivations."""
    names = [name for name in TUTORIAL if find_field(name, jets)]
    if len(names) < len(TUTORIAL):
        names += [name for name in FALLBACK_FIELDS if find_field(name, jets)]
    labels = [name for name in LABELS if name in jets.places]
    if not names:
        wanted = ", ".join((*TUTORIAL, *FALLBACK_FIELDS))
        raise UserError(
            f"{jets.daod.path}: {jets.name} has none of {wanted}{jets.lost}; choose fields with "
            "--variables"
        )
    if not labels:
        raise UserError(
            f"{jets.daod.path}: {jets.name} has no {' or '.join(LABELS)}, as in data; "
            f"choose fields without a label: --variables {' '.join(names)}"
        )
    return [*names, labels[0]]


def _ftag_names(jets: JetCollection) -> list[str]:
    """List what the flavour-tagging tools need, as far as a derivation has it."""
    names = [name for name in FTAG_NAMES if find_field(name, jets)]
    found = [match for match in map(_PROBABILITY.fullmatch, jets.places) if match]
    b_like = jets.filled([match[0] for match in found if match[2] == "b"])
    taggers = {name.removesuffix("_pb") for name in b_like}
    return [*names, *sorted(match[0] for match in found if match[1] in taggers)]


_groups: dict[str, Callable[[JetCollection], list[str]]] = {
    DEFAULT: _default_names,
    FTAG: _ftag_names,
}


def suggest(name: str, available: Collection[str]) -> str:
    """List the computed fields, and names similar to an unknown one.

    Parameters
    ----------
    available
        The event-data variables of a jet.
    """
    computed = _computed(available)
    others = near(name, {*computed, *available})
    return f"computed are {', '.join(computed) or 'nothing'}; {others}"


def _computed(available: Collection[str]) -> list[str]:
    names = [f"{tagger}_log_ratio" for tagger in TAGGERS] + [field.name for field in FIELDS]
    return [name for name in names if find(name, available)]


def near(name: str, known: Collection[str]) -> str:
    """List the known names that the user may have meant instead of one, for a message."""
    lower = {other.lower(): other for other in sorted(known) if other != name}
    found = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.5)
    if not found:
        return "nothing is near it"
    return f"near it: {', '.join(shown(lower[match], 60) for match in found)}"
