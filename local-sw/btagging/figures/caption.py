"""The caption above the panels of each picture: which jets these are, and how many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from btagging.errors import shown
from btagging.figures import text
from btagging.flavours import COUNTED, FLAVOURS
from btagging.jets.dump_attributes import KINDS
from btagging.jets.stream import Jets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT = 0.78
"""Of the caption and the gap below it, in inches."""

_EDGE = 0.12  # inches
# Inches below the top, points, and weight.
_LINES: tuple[Any, ...] = ((0.08, 13, "bold"), (0.33, 9, "normal"), (0.51, 9, "normal"))
# As in mc23_13p6TeV: a mass in the name of a sample is no centre-of-mass energy.
_ENERGY = re.compile(r"\b(?:mc|data)\d\d_(\d+)(?:p(\d+))?TeV")
_SELECTION = re.compile(r"pt > ([\d.]+) GeV, \|eta\| < ([\d.]+)")


def draw_caption(figure: Figure, jets: Jets, n_jets: Sequence[int], note: str = "") -> None:
    """Write on the left where the jets are from, and on the right how many there are.

    Parameters
    ----------
    figure, jets
        Which jets are in the picture.
    n_jets
        Number of jets in the picture: of each flavour, or of all.
    note
        A few words below the number of all jets.
    """
    left, right = _origin(jets), _numbers(jets, n_jets)
    right.insert(1, note)
    left, right = ([*lines, "", ""][:3] for lines in (left, right))
    width, height = figure.get_size_inches()
    for (below, size, weight), origin, number in zip(_LINES, left, right, strict=True):
        y, look = 1 - below / height, {"va": "top", "size": size}
        free = width - 4 * _EDGE - text.width(number, size)
        fitting = text.elided(origin, size * (1.15 if weight == "bold" else 1), free)
        figure.text(_EDGE / width, y, _as_symbols(fitting), weight=weight, **look)
        figure.text(1 - _EDGE / width, y, number, ha="right", **look)


def _numbers(jets: Jets, n_jets: Sequence[int]) -> list[str]:
    """Count all jets, and those of each flavour."""
    numbers = [f"{sum(n_jets):,} {'held-out jets' if jets.kept else 'jets'}"]
    if len(n_jets) >= len(FLAVOURS):
        each = [f"{n:,} {flavour.short}" for n, flavour in zip(n_jets, COUNTED, strict=False)]
        numbers.append(",  ".join(reversed(each)))
    return numbers


def _origin(jets: Jets) -> list[str]:
    """Describe the kind of the jets, their sample and their selection, as far as known."""
    kinds = sorted({file.kind for file in jets.files}, key=("", *KINDS).index)
    kind = " + ".join(kinds).strip(" +").capitalize()
    sample = jets.sample
    if kind and sample.lower().startswith(f"{kind.lower()} "):
        sample = sample[len(kind) + 1 :]  # not twice
    heading = ",  ".join(filter(None, (kind if all(kinds) else "", _energy(jets))))
    collection = " or ".join(dict.fromkeys(file.collection for file in jets.files))
    selection = " or ".join(dict.fromkeys(file.selection for file in jets.files))
    chosen = ",  ".join(filter(None, (collection, selection, *map(str, jets.where))))
    return [shown(line, 1000) for line in (heading, sample, chosen) if line]


def _energy(jets: Jets) -> str:
    """Find the centre-of-mass energy in the names of samples, such as mc23_13p6TeV."""
    found = set()
    for file in jets.files:
        names = " ".join([file.sample, *file.derivations.values()])
        found.add(next((".".join(filter(None, m.groups())) for m in _ENERGY.finditer(names)), ""))
    (only, *others) = found
    return "" if others or not only else f"√s = {only} TeV"


def _as_symbols(line: str) -> str:
    """Write pT and eta as symbols; the rest is drawn literally."""
    return _SELECTION.sub(r"$p_{\\mathrm{T}}$ > \1 GeV, $|\\eta|$ < \2", text.literal(line))
