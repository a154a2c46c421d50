"""The discriminants: one number per jet, the larger the more b-like."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.flavours import LIGHT, B, Flavour
from btagging.jets.computed import LOG_RATIO
from btagging.jets.stream import Batch
from btagging.ratios import USUAL, Ratio, RatioOptions

# The fields that have a name of their own: title, axis label, bounds.
_FIELDS = {
    "rnnip_log_ratio": ("RNNIP", r"RNNIP  $\log(p_b/p_u)$", (-8.0, 12.0)),
    "jf_sig": ("JetFitter", r"JetFitter  decay length significance $L_{3D}/\sigma$", (0.0, 50.0)),
    "gn2_log_ratio": ("GN2", r"GN2  $\log(p_b/p_u)$", (-10.0, 15.0)),
    "dl1d_log_ratio": ("DL1d", r"DL1d  $\log(p_b/p_u)$", (-10.0, 15.0)),
    "dl1r_log_ratio": ("DL1r", r"DL1r  $\log(p_b/p_u)$", (-10.0, 15.0)),
}
# Those whose range is the same in all samples; others may have any.
_RANGE_KNOWN = ("rnnip_log_ratio", "jf_sig")
_LOG_RATIO_BOUNDS = (-10.0, 15.0)
_LONGEST_TITLE = 40  # characters
_PLAIN = Ratio(B, {})  # log(p_b/p_u)


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
    range_known
        Whether the bounds fit any sample. If not, pictures take theirs from the jets.
    """

    name: str
    title: str
    axis_label: str
    bounds: tuple[float, float]
    fields: tuple[str, ...]
    compute: Callable[[Batch], NDArray[np.float64]]
    range_known: bool = False


def known(
    fields: Iterable[str],
    sources: Mapping[str, str] | None = None,
    *,
    options: RatioOptions = USUAL,
    needed: bool = True,
) -> list[Discriminant]:
    """Find the discriminants that jets with these fields give, each tagger once.

    Parameters
    ----------
    fields
        Names of the fields of `/jets`, in the file's order, which is kept.
    sources
        What the fields were made from, where that is known.
    options
        What is signal, and what it is held against.
    needed
        Whether there must be one.

    Raises
    ------
    UserError
        If one is needed and there is none, or the options fit none.
    """
    fields = tuple(fields)
    signal = options.signal.output
    taggers = _with_probabilities(fields, options.signal)
    stored = {tagger: _stored(tagger, fields, sources or {}) for tagger in taggers}
    asked = [name for name, fraction in (options.fractions or {}).items() if fraction]
    if needed and asked and not taggers:
        raise UserError(
            f"--f{asked[0]} needs a network, or a tagger with *_{signal}, *_p{asked[0]} and "
            f"*_{LIGHT.output} among the fields {', '.join(map(shown, fields))}"
        )
    found = _ready(fields, stored.values(), options) if options.signal is B else []
    for tagger in taggers:
        ratio = options.of_tagger(tagger, _flavours(tagger, fields))
        if ratio.fractions or ratio.epsilon or not stored[tagger]:
            found.append(_ratio(tagger, ratio))
    if needed and not found:
        ready_made = f"one of {', '.join(_FIELDS)}, any *{LOG_RATIO}, or " * (options.signal is B)
        raise UserError(
            "no discriminant among the fields "
            + (", ".join(map(shown, fields)) or "(there are none)")
            + f"; needed is {ready_made}a pair *_{signal} and *_{LIGHT.output}"
        )
    return found


def _ready(
    fields: tuple[str, ...], computable: Collection[str], options: RatioOptions
) -> list[Discriminant]:
    """Take the fields that are discriminants, but for ratios that lack the epsilon."""
    names = [name for name in fields if name in _FIELDS or name.endswith(LOG_RATIO)]
    if not options.epsilon:
        return [_field(name) for name in names]
    for name in names:
        if name.endswith(LOG_RATIO) and name not in computable:
            raise UserError(
                f"{shown(name)}: --epsilon needs the probabilities that it was made of, and they "
                "are not in the file; dump them as well, with --variables"
            )
    return [_field(name) for name in names if not name.endswith(LOG_RATIO)]


def _stored(tagger: str, fields: tuple[str, ...], sources: Mapping[str, str]) -> str:
    """Find the field that holds log(p_b/p_u) of a tagger already; empty if there is none.

    The dumper writes the ratio of GN2v01 as `gn2_log_ratio`, and in the field's source says so:
    another version's ratio is another discriminant.
    """
    name, formula = f"{tagger}{LOG_RATIO}".lower(), f"log({tagger}_pb / {tagger}_pu)"
    same = (field for field in fields if field.lower() == name or sources.get(field) == formula)
    return next((field for field in same if field.endswith(LOG_RATIO)), "")


def _flavours(tagger: str, fields: tuple[str, ...]) -> list[str]:
    return [f for f in ("u", "c", "b", "tau") if f"{tagger}_p{f}" in fields]


def _with_probabilities(fields: tuple[str, ...], signal: Flavour) -> list[str]:
    ends = f"_{signal.output}", f"_{LIGHT.output}"
    taggers = [name.removesuffix(ends[0]) for name in fields if name.endswith(ends[0])]
    return [tagger for tagger in taggers if f"{tagger}{ends[1]}" in fields]


def _field(name: str) -> Discriminant:
    title = shown(name.removesuffix(LOG_RATIO), _LONGEST_TITLE)
    table = _FIELDS.get(name, (title, _axis_label(title, _PLAIN), _LOG_RATIO_BOUNDS))
    return Discriminant(
        name,
        *table,
        (name,),
        lambda jets: jets[name].astype(np.float64),
        range_known=name in _RANGE_KNOWN,
    )


def _ratio(tagger: str, ratio: Ratio) -> Discriminant:
    fields = {flavour: f"{tagger}_p{flavour}" for flavour in ratio.flavours}
    title, *_ = _FIELDS.get(f"{tagger}{LOG_RATIO}", (shown(tagger, _LONGEST_TITLE),))
    return Discriminant(
        f"{tagger}_{ratio.name}",
        f"{title}{ratio.words}",
        _axis_label(title, ratio),
        _LOG_RATIO_BOUNDS,
        tuple(fields.values()),
        lambda jets: ratio.compute({flavour: jets[field] for flavour, field in fields.items()}),
    )


def _axis_label(tagger: str, ratio: Ratio) -> str:
    title = tagger.replace("$", r"\$")  # no math text of a stranger's
    return f"{title}{ratio.mathtext}"
