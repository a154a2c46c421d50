"""Every field of /jets: its name, its unit, and how it is computed from the event data.

A new field is one line in `FIELDS`; a new tagger is one line in `TAGGERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.xaod.names import split

Values = NDArray[Any]

# The first one that a derivation has is written.
LABELS = ("HadronConeExclExtendedTruthLabelID", "HadronConeExclTruthLabelID")
TUTORIAL = ("rnnip_log_ratio", "jf_sig")
FALLBACK_FIELDS = ("gn2_log_ratio", "dl1d_log_ratio", "dl1r_log_ratio")  # in newer derivations

# Short names of taggers in <tagger>_log_ratio, and patterns for their event-data names.
# Of several versions in one file the one with the highest number is taken.
TAGGERS = {"rnnip": "rnnip", "gn2": r"GN2v\d+", "dl1d": r"DL1dv\d+", "dl1r": "DL1r"}
# Their "probabilities" are likelihoods with any value above 0; 1e9 occurs.
LIKELIHOODS = ("IP2D", "IP3D", "SV1")
ROUNDING = 1e-5  # by which the largest probability may exceed 1
LOG1P = "_log1p"  # ends the name of log(1 + field)
LOG1P_FORMULA = "log(1 + {})"
UNITS = {"pt": "MeV", "m": "MeV"}


@dataclass(frozen=True)
class Field:
    """A field of /jets.

    Parameters
    ----------
    sources
        The event-data variables that it is computed from.
    formula
        How it is computed, for people.
    compute
        The same as a function of one array per source.
    unit
        "1" for a bare number.
    """

    name: str
    sources: tuple[str, ...]
    formula: str
    compute: Callable[..., Values] = lambda values: values
    unit: str = "1"

    @property
    def explicit_name(self) -> str:
        """The name that means the same in every file: GN2v01_log_ratio for gn2_log_ratio."""
        tagger = self.sources[0].removesuffix("_pb")
        is_ratio = self.compute in (log_ratio, log_likelihood_ratio)
        return f"{tagger}_log_ratio" if is_ratio else self.name

    def values(self, batch: Mapping[str, Values]) -> Values:
        """Compute the field: floats as f4, integers as they are in the event data.

        Parameters
        ----------
        batch
            The event data, one value per jet.
        """
        return _stored(self.compute(*(batch[source] for source in self.sources)))


def _stored(values: Values) -> Values:
    """Round floats to single precision, in which too large a value becomes infinite."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32) if values.dtype.kind == "f" else values


def log_ratio(p_b: Values, p_u: Values) -> Values:
    """Compute log(p_b / p_u) in double precision.

    It is NaN where both are 0, as for a jet without tracks, and infinite where one is. It is also
    NaN where one is below 0 or above 1: that is a placeholder, such as -1.

    Parameters
    ----------
    p_b, p_u
        Probabilities, shape (n_jets,).
    """
    is_probable = np.maximum(p_b, p_u) <= 1 + ROUNDING
    return np.where(is_probable, log_likelihood_ratio(p_b, p_u), np.nan)


def log_likelihood_ratio(p_b: Values, p_u: Values) -> Values:
    """Compute log(p_b / p_u) of likelihoods: as `log_ratio`, but values above 1 are valid."""
    b, u = p_b.astype(np.float64), p_u.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(np.where(np.minimum(b, u) < 0, np.nan, b / u))


def log1p(values: Values) -> Values:
    """Compute log(1 + x) in double precision; NaN below -1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log1p(values.astype(np.float64))


def energy(pt: Values, eta: Values, m: Values) -> Values:
    """Compute the energy in double precision, in the unit of `pt` and `m`."""
    momentum = pt.astype(np.float64) * np.cosh(eta.astype(np.float64))
    return np.hypot(momentum, m)


FIELDS = (
    Field("jf_sig", ("JetFitter_significance3d",), "JetFitter_significance3d"),
    Field("mass", ("m",), "m", unit="MeV"),
    Field("energy", ("pt", "eta", "m"), "sqrt((pt cosh(eta))^2 + m^2)", energy, unit="MeV"),
    Field("pt_btagJes", ("pt",), "pt", unit="MeV"),
    Field("eta_btagJes", ("eta",), "eta"),
    Field("absEta_btagJes", ("eta",), "|eta|", np.abs),
    Field("mcEventWeight", ("mcEventWeights",), "mcEventWeights[0]"),
)


def find(name: str, available: Collection[str]) -> Field | None:
    """Find the definition of a field; None if the available variables cannot fill it.

    Parameters
    ----------
    name
        A name of `FIELDS`, <tagger>_log_ratio, or a variable's event-data name; or one of
        these with _log1p, as in jf_sig_log1p. A full name, as in AnalysisJetsAuxDyn.mass,
        means that variable and nothing else.
    available
        The event-data variables of a jet, and the full names that may be given.
    """
    full = split(name)
    if full and name in available:
        return Field(name, (name,), name, unit=UNITS.get(full[1], "1"))
    for field in FIELDS:
        if field.name == name:
            return field if set(field.sources) <= set(available) else None
    if name.endswith("_log_ratio"):
        return _log_ratio_field(name, available)
    if name.endswith(LOG1P) and name not in available:
        return _log1p_field(name, available)
    return Field(name, (name,), name, unit=UNITS.get(name, "1")) if name in available else None


def _log1p_field(name: str, available: Collection[str]) -> Field | None:
    stem = name.removesuffix(LOG1P)
    field = None if stem.endswith(LOG1P) else find(stem, available)
    if field is None:
        return None
    # Of the field as it is stored, so that readers of HDF5 compute the same.
    compute = field.compute
    return Field(
        name,
        field.sources,
        LOG1P_FORMULA.format(field.formula),
        lambda *sources: log1p(_stored(compute(*sources))),
    )


def _log_ratio_field(name: str, available: Collection[str]) -> Field | None:
    stem = name.removesuffix("_log_ratio")
    pattern = re.compile(f"({TAGGERS.get(stem, re.escape(stem))})_pb")
    taggers = [match[1] for match in map(pattern.fullmatch, available) if match]
    taggers = [tagger for tagger in taggers if f"{tagger}_pu" in available]
    if not taggers:
        return None
    latest = max(taggers, key=_version)
    p_b, p_u = f"{latest}_pb", f"{latest}_pu"
    compute = log_likelihood_ratio if latest.startswith(LIKELIHOODS) else log_ratio
    return Field(name, (p_b, p_u), f"log({p_b} / {p_u})", compute)


def _version(tagger: str) -> tuple[list[int], str]:
    """Order taggers by their numbers: GN2v10 comes after GN2v2."""
    return [int(number) for number in re.findall(r"[0-9]+", tagger)], tagger
