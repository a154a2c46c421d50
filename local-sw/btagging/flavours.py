"""The flavours of jets: their truth labels, their colours, and the network's outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Flavour:
    """The truth flavour of a jet.

    Parameters
    ----------
    name
        For legends.
    label
        Value of the truth label fields: the heaviest hadron's quark, as a PDG number.
    colour, line
        The colours are usual in flavour tagging; the lines differ too, for the colour-blind.
    output
        The name of the network's output, as usual with lwtnn.
    """

    name: str
    label: int
    colour: str
    line: str
    output: str

    @property
    def short(self) -> str:
        """The name without its jets, as in "light"."""
        return self.name.removesuffix("jets").rstrip("- ")


LIGHT = Flavour("light jets", 0, "tab:green", ":", "pu")
C = Flavour("c-jets", 4, "tab:orange", "--", "pc")
B = Flavour("b-jets", 5, "tab:blue", "-", "pb")

FLAVOURS = (LIGHT, C, B)
"""The order of the network's outputs, and of the flavours in every array of counts."""

TAU = Flavour("tau-jets", 15, "tab:purple", "-.", "ptau")
"""A background that may be counted too; the tutorial's network has no output for it."""

COUNTED = (*FLAVOURS, TAU)
"""The order in arrays of counts with taus."""

CLASS_FIELD = "flavour_label"
"""The field of UPP and salt that tells the flavour: the index in a list of classes."""

LABEL_FIELDS = ("HadronConeExclExtendedTruthLabelID", "HadronConeExclTruthLabelID", CLASS_FIELD)
"""The fields that tell the flavour; the first that a file has is used."""

CLASS_LABELS = {
    **dict.fromkeys(("bjets", "singlebjets"), B.label),
    **dict.fromkeys(("cjets", "singlecjets"), C.label),
    **dict.fromkeys(("ujets", "lightjets", "sjets", "udjets", "gjets"), LIGHT.label),
    **dict.fromkeys(("taujets", "taus"), 15),
    "ccjets": 44,
    "bcjets": 54,
    "bbjets": 55,
}
"""The truth label of each class of atlas-ftag-tools (its `flavours.yaml`), where it has one."""

NO_LABEL = -(2**63)
"""Stands for the truth label of a jet whose label is NaN or infinite."""


def class_label(name: str) -> int | None:
    """Return the truth label of a class; None if it has none, as the classes of large-R jets."""
    return CLASS_LABELS.get(name.removeprefix("ghost"))


def label_text(label: int) -> str:
    """Write a truth label."""
    return "none" if label == NO_LABEL else str(label)


def flavour_index(
    labels: NDArray[Any], flavours: tuple[Flavour, ...] = FLAVOURS
) -> NDArray[np.intp]:
    """Find the index in `flavours` of each truth label; `len(flavours)` for all other labels."""
    index = np.full(labels.shape, len(flavours), np.intp)
    for i, flavour in enumerate(flavours):
        index[labels == flavour.label] = i
    return index
