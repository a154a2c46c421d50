"""The flavours of jets: their truth labels, their colours, and their place in the network."""

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
        As in a legend.
    label
        Value of the truth label fields: the heaviest hadron's quark, as a PDG number.
    colour, line
        How it is drawn, by the custom of flavour tagging. The line differs too, for
        readers who do not tell the colours apart.
    output
        The network's output, by lwtnn's custom.
    """

    name: str
    label: int
    colour: str
    line: str
    output: str


LIGHT = Flavour("light jets", 0, "tab:green", ":", "pu")
C = Flavour("c-jets", 4, "tab:orange", "--", "pc")
B = Flavour("b-jets", 5, "tab:blue", "-", "pb")

FLAVOURS = (LIGHT, C, B)
"""The order of the network's outputs, and of the flavours in every array of counts."""

LABEL_FIELDS = ("HadronConeExclExtendedTruthLabelID", "HadronConeExclTruthLabelID")
"""The fields that tell the flavour; the first that a file has is used."""


def flavour_index(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Turn truth labels into places in `FLAVOURS`.

    Returns
    -------
    ndarray
        Of the labels' shape; `len(FLAVOURS)` for taus, pairs of hadrons and what else there is.
    """
    index = np.full(labels.shape, len(FLAVOURS), np.intp)
    for place, flavour in enumerate(FLAVOURS):
        index[labels == flavour.label] = place
    return index
