"""Plausibility of jets and tracks, which reveals damage that no checksum detects.

Only variables that are read anyway are checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown
from dumpxaod.fields.jets import LABELS
from dumpxaod.xaod.names import split

Values = NDArray[Any]

MAX_MEV = 2e7  # above the energy of every jet at the LHC
TOLERANCE = 1e-3  # real sums differ from 1 by up to 5e-4

# As defined by Athena's ParticleJetTools; a negative one means no label.
LABEL_IDS = (0, 4, 5, 15, 44, 54, 55, -1, -99)

# Taggers whose classes are exclusive. Others, such as JetFitter, do not sum to 1.
_PROBABILITY = re.compile(r"((?:rnnip|DL1|GN)\w*)_p(b|c|u|tau)")
_CLASSES = ({"b", "c", "u"}, {"b", "c", "u", "tau"})


def require_plausible(values: Mapping[str, Values], available: Mapping[str, Any]) -> None:
    """Check the values of some jets.

    Parameters
    ----------
    values
        For each variable one value per jet.
    available
        All variables that the jets have, read or not.

    Raises
    ------
    UserError
        If a value cannot be that of a jet.
    """
    taggers: dict[str, dict[str, Values]] = {}
    for name, numbers in values.items():
        variable = (split(name) or ("", name))[1]
        if check := _CHECKS.get(variable):
            _require(check(numbers), numbers, name)
        elif (match := _PROBABILITY.fullmatch(variable)) and numbers.dtype.kind == "f":
            _require(_is_probability(numbers), numbers, name)
            taggers.setdefault(match[1], {})[match[2]] = numbers
    for tagger, classes in taggers.items():
        # A tagger may have other classes besides, such as GN3's ps and pg.
        all_classes = {name for name in available if name.startswith(f"{tagger}_p")}
        is_complete = all_classes == {f"{tagger}_p{name}" for name in classes}
        _require_sum(tagger, classes, is_complete and set(classes) in _CLASSES)


def require_plausible_tracks(values: Mapping[str, Values]) -> None:
    """Check the directions of some tracks.

    Parameters
    ----------
    values
        theta and phi, one value per track.

    Raises
    ------
    UserError
        If a value cannot be that of a track.
    """
    for name, numbers in values.items():
        _require(_TRACK_CHECKS[name](numbers), numbers, name, "track")


def _require_sum(tagger: str, classes: Mapping[str, Values], is_complete: bool) -> None:
    probabilities = np.stack(list(classes.values()))
    # A network's output is above 0: exactly 0, a negative number or NaN means that it has none.
    is_known = np.all(probabilities > 0, axis=0)
    sums = probabilities.sum(axis=0, dtype=np.float64)
    is_sound = sums <= 1 + TOLERANCE
    if is_complete:
        is_sound &= sums >= 1 - TOLERANCE
    _require(
        is_sound | ~is_known, sums, f"the sum of {' and '.join(f'{tagger}_p{c}' for c in classes)}"
    )


def _is_probability(p: Values) -> Values:
    # Placeholders are NaN, or whole numbers such as -1.
    return (
        (p >= 0) & (p <= 1 + TOLERANCE) | np.isnan(p) | (p < 0) & (p == np.round(p)) & (p >= -999)
    )


def _require(is_sound: Values, values: Values, name: str, of: str = "jet") -> None:
    if not np.all(is_sound):
        bad = values[np.argmin(is_sound)]
        raise UserError(
            f"{shown(name)} of a {of} is {bad:g}, which is implausible: the file is probably "
            "damaged; fetch it again"
        )


# NaN and infinity pass none of these.
_CHECKS: dict[str, Callable[[Values], Values]] = {
    "pt": lambda x: (x >= 0) & (x < MAX_MEV),
    "m": lambda x: np.abs(x) < MAX_MEV,  # rounding makes some masses negative
    "eta": lambda x: np.abs(x) < 10,
    "phi": lambda x: np.abs(x) < 4,
    **dict.fromkeys(LABELS, lambda x: np.isin(x, LABEL_IDS)),
}
_TRACK_CHECKS: dict[str, Callable[[Values], Values]] = {
    "theta": lambda x: (x > 0) & (x < np.pi),
    "phi": _CHECKS["phi"],
}
