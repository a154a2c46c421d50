"""Every HDF5 field: its name, its unit, and how it is computed from the event data.

A new field is one line in `FIELDS`; a new tagger is one line in `TAGGERS`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .xaod import JetCollection

Values = NDArray[Any]

# The first that a derivation has is written: the tutorial's own, or the plain one.
LABELS = ("HadronConeExclExtendedTruthLabelID", "HadronConeExclTruthLabelID")
TUTORIAL = ("rnnip_log_ratio", "jf_sig")
SUCCESSORS = ("gn2_log_ratio", "dl1d_log_ratio", "dl1r_log_ratio")

DEFAULT = "default"  # among the names of fields, it stands for the default ones

# What the name of a log-ratio begins with, and the event-data names that it stands for.
# Of several versions in one file the latest is taken.
TAGGERS = {"rnnip": "rnnip", "gn2": r"GN2v\d+", "dl1d": r"DL1dv\d+", "dl1r": "DL1r"}
UNITS = {"pt": "MeV", "m": "MeV"}


@dataclass(frozen=True)
class Field:
    """A field of the HDF5 dataset.

    Parameters
    ----------
    name
        In HDF5.
    sources
        The event-data variables that it is computed from.
    formula
        How, in a person's words.
    compute
        The same for the computer: from one array a source to one array.
    unit
        Of the result; "1" for a bare number.
    """

    name: str
    sources: tuple[str, ...]
    formula: str
    compute: Callable[..., Values] = lambda values: values
    unit: str = "1"

    @property
    def explicit_name(self) -> str:
        """The name that means this field in every file, such as GN2v01_log_ratio."""
        tagger = self.sources[0].removesuffix("_pb")
        return f"{tagger}_log_ratio" if self.compute is log_ratio else self.name

    def values(self, batch: Mapping[str, Values]) -> Values:
        """Compute the field: floats as f4, integers as they are in the event data.

        Parameters
        ----------
        batch
            The event data, one value a jet.
        """
        result = self.compute(*(batch[source] for source in self.sources))
        return result.astype(np.float32) if result.dtype.kind == "f" else result


def log_ratio(p_b: Values, p_u: Values) -> Values:
    """Compute log(p_b / p_u) in double precision.

    It is NaN where both are 0, as for a jet without tracks, and infinite where one is.

    Parameters
    ----------
    p_b, p_u
        Probabilities, shape (n_jets,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(p_b.astype(np.float64) / p_u.astype(np.float64))


def log1p(values: Values) -> Values:
    """Compute log(1 + x) in double precision; NaN below -1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log1p(values.astype(np.float64))


FIELDS = (
    Field("jf_sig", ("JetFitter_significance3d",), "JetFitter_significance3d"),
    Field(
        "jf_sig_log1p", ("JetFitter_significance3d",), "log(1 + JetFitter_significance3d)", log1p
    ),
    Field("mass", ("m",), "m", unit="MeV"),
    Field("pt_btagJes", ("pt",), "pt", unit="MeV"),
    Field("absEta_btagJes", ("eta",), "|eta|", np.abs),
    Field("mcEventWeight", ("mcEventWeights",), "mcEventWeights[0]"),
)


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


def find(name: str, available: Collection[str]) -> Field | None:
    """Find the definition of a field that some event data can fill.

    Parameters
    ----------
    name
        A name of `FIELDS`, <tagger>_log_ratio, or a variable's event-data name.
    available
        The event-data variables of a jet.
    """
    for field in FIELDS:
        if field.name == name:
            return field if set(field.sources) <= set(available) else None
    if name.endswith("_log_ratio"):
        return _log_ratio_field(name, available)
    return Field(name, (name,), name, unit=UNITS.get(name, "1")) if name in available else None


def _log_ratio_field(name: str, available: Collection[str]) -> Field | None:
    stem = name.removesuffix("_log_ratio")
    pattern = re.compile(f"({TAGGERS.get(stem, re.escape(stem))})_pb")
    taggers = [match[1] for match in map(pattern.fullmatch, available) if match]
    taggers = sorted(tagger for tagger in taggers if f"{tagger}_pu" in available)
    if not taggers:
        return None
    p_b, p_u = f"{taggers[-1]}_pb", f"{taggers[-1]}_pu"
    return Field(name, (p_b, p_u), f"log({p_b} / {p_u})", log_ratio)


def _near(name: str, available: Collection[str]) -> str:
    """Say what the user may have meant."""
    known = {field.name for field in FIELDS if find(field.name, available)}
    known |= {f"{tagger}_log_ratio" for tagger in TAGGERS} - {name}
    known = {field for field in known if find(field, available)} | set(available)
    lower = {field.lower(): field for field in sorted(known)}
    near = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.5)
    return f"near it: {', '.join(lower[n] for n in near)}" if near else "nothing is near it"
