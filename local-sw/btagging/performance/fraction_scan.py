"""c rejection against light rejection, for many fractions f_c of charm in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant, known
from btagging.errors import UserError
from btagging.flavours import LIGHT, B, C, Flavour
from btagging.jets.computed import LOG_RATIO
from btagging.jets.stream import Jets
from btagging.network.network import Network
from btagging.performance import roc
from btagging.performance.efficiency import N_BINS
from btagging.performance.histogram import count_jets
from btagging.ratios import RatioOptions

FRACTIONS = (0.0, *np.geomspace(0.001, 1, 31).tolist())


@dataclass(frozen=True)
class Scan:
    """The rejections of a tagger, or of a network, for each f_c in `FRACTIONS`.

    Parameters
    ----------
    name, title
        Of the discriminant, and for a legend.
    light, c
        At the same b efficiency, of shape (fractions,); NaN where no such jet passes.
    """

    name: str
    title: str
    light: NDArray[np.float64]
    c: NDArray[np.float64]


def scan(
    jets: Jets,
    networks: Sequence[Network],
    options: RatioOptions,
    efficiency: float,
    *,
    weight: str | None = None,
) -> list[Scan]:
    """Try many f_c in one pass over the jets.

    Parameters
    ----------
    networks
        To scan, besides the taggers with probabilities of b-, c- and light jets.
    options
        Their f_tau and epsilon.
    efficiency
        Of b-jets.
    weight
        The field with the jets' weights, if any.

    Raises
    ------
    UserError
        If there is nothing to scan.
    """
    tried = [_all(jets, networks, _with(options, fraction)) for fraction in FRACTIONS]
    if not tried[-1]:
        raise UserError(
            f"{jets.paths[0]}: --scan-fc needs a network, or a tagger with *_pb, *_pc and *_pu"
        )
    axes = [roc.fine_axis(found, N_BINS) for some in tried for found in some]
    curves = roc.curves(jets, count_jets(jets, [[axis] for axis in axes], weight), axes)
    values = [
        [[_rejection(curves[found], flavour, efficiency) for found in some] for some in tried]
        for flavour in (LIGHT, C)
    ]
    light, c = np.array(values).transpose(0, 2, 1)  # by scans and fractions
    return [
        Scan(found.name, found.title.partition(" D_b")[0], *both)
        for found, *both in zip(tried[-1], light, c, strict=True)
    ]


def _with(options: RatioOptions, fraction: float) -> RatioOptions:
    others = {name: f for name, f in (options.fractions or {}).items() if name != "c"}
    return replace(options, signal=B, fractions={"tau": 0.0, **others, "c": fraction})


def _all(jets: Jets, networks: Sequence[Network], options: RatioOptions) -> list[Discriminant]:
    fields = [name for name in jets.fields if not name.endswith(LOG_RATIO) and name != "jf_sig"]
    charm = {name.removesuffix("_pc") for name in fields if name.endswith("_pc")}
    fields = [name for name in fields if name.rpartition("_")[0] in charm]
    found = known(fields, options=options, needed=False)
    return [*found, *(some.discriminant(options, i) for i, some in enumerate(networks, 1))]


def _rejection(curve: roc.Curve, flavour: Flavour, efficiency: float) -> float:
    found = curve.at(np.array([efficiency]))
    return float(found.rejection(flavour)[0][1])
