"""The discriminants: one number per jet, the larger the more b-like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.jets.computed import LOG_RATIO, log_ratio
from btagging.jets.stream import Batch

# The fields that have a name and a range of their own: title, axis label, bounds.
_FIELDS = {
    "rnnip_log_ratio": ("RNNIP", r"RNNIP  $\log(p_b/p_u)$", (-8.0, 12.0)),
    "jf_sig": ("JetFitter", r"JetFitter  decay length significance $L_{3D}/\sigma$", (0.0, 50.0)),
    "gn2_log_ratio": ("GN2", r"GN2  $\log(p_b/p_u)$", (-10.0, 15.0)),
    "dl1d_log_ratio": ("DL1d", r"DL1d  $\log(p_b/p_u)$", (-10.0, 15.0)),
    "dl1r_log_ratio": ("DL1r", r"DL1r  $\log(p_b/p_u)$", (-10.0, 15.0)),
}
_LOG_RATIO_BOUNDS = (-10.0, 15.0)
_LONGEST_TITLE = 40  # characters


@dataclass(frozen=True)
class Discriminant:
    """A number that tells b-jets from the others.

    Parameters
    ----------
    name
        For file names and JSON keys.
    title
        For legends and tables.
    axis_label
        For axes, with the formula, in matplotlib's math text.
    bounds
        The range worth drawing; values outside are under- and overflow.
    fields
        The fields of `/jets` that it needs.
    compute
        From a batch of jets to the values, float64, one per jet; NaN where it is undefined.
    """

    name: str
    title: str
    axis_label: str
    bounds: tuple[float, float]
    fields: tuple[str, ...]
    compute: Callable[[Batch], NDArray[np.float64]]


def known(
    fields: Iterable[str], sources: Mapping[str, str] | None = None, *, needed: bool = True
) -> list[Discriminant]:
    """Find the discriminants that jets with these fields give, each tagger once.

    Parameters
    ----------
    fields
        Names of the fields of `/jets`, in the file's order, which is kept.
    sources
        What the fields were made from, where that is known.
    needed
        Whether there must be one.

    Raises
    ------
    UserError
        If one is needed and there is none.
    """
    fields = tuple(fields)
    found = [_field(name) for name in fields if name in _FIELDS or name.endswith(LOG_RATIO)]
    found += [_ratio(tagger) for tagger in _taggers(fields, sources or {})]
    if needed and not found:
        raise UserError(
            "no discriminant among the fields "
            + (", ".join(map(shown, fields)) or "(there are none)")
            + f"; needed is one of {', '.join(_FIELDS)}, any *{LOG_RATIO}, or a pair *_pb and *_pu"
        )
    return found


def _taggers(fields: tuple[str, ...], sources: Mapping[str, str]) -> list[str]:
    """Taggers with probabilities, unless a field holds their ratio already.

    The dumper writes the ratio of GN2v01 as `gn2_log_ratio`, and in the field's source says so:
    another version's ratio is another discriminant.
    """
    pairs = [name[:-3] for name in fields if name.endswith("_pb") and f"{name[:-3]}_pu" in fields]
    ratios = [name for name in fields if name.endswith(LOG_RATIO)]
    names = {name.lower() for name in ratios}
    formulas = {sources.get(name) for name in ratios}
    return [
        tagger
        for tagger in pairs
        if f"{tagger}{LOG_RATIO}".lower() not in names
        and f"log({tagger}_pb / {tagger}_pu)" not in formulas
    ]


def _field(name: str) -> Discriminant:
    title = shown(name.removesuffix(LOG_RATIO), _LONGEST_TITLE)
    table = _FIELDS.get(name, (title, _ratio_label(title), _LOG_RATIO_BOUNDS))
    return Discriminant(name, *table, (name,), lambda jets: jets[name].astype(np.float64))


def _ratio(tagger: str) -> Discriminant:
    b, u = f"{tagger}_pb", f"{tagger}_pu"
    return Discriminant(
        f"{tagger}{LOG_RATIO}",
        shown(tagger, _LONGEST_TITLE),
        _ratio_label(shown(tagger, _LONGEST_TITLE)),
        _LOG_RATIO_BOUNDS,
        (b, u),
        lambda jets: log_ratio(jets[b], jets[u]),
    )


def _ratio_label(tagger: str) -> str:
    title = tagger.replace("$", r"\$")  # no math text of a stranger's
    return rf"{title}  $\log(p_b/p_u)$"
