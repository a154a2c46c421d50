"""Tiny derivations for tests, written by uproot as RNTuples laid out like the real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from dumpxaod.xaod.links import container_key

JETS, BTAGGING = "AnalysisJets", "BTagging_AntiKt4EMPFlow"
KEY = container_key(BTAGGING)

# Two events of two and one jets, of which the second jet of the first event is too soft.
PT = [[50e3, 10e3], [30e3]]
ETA = [[0.5, -1.0], [2.0]]
LABEL = "HadronConeExclTruthLabelID"


def write(path: Path, name: str = "EventData", /, **changes: Any) -> Path:
    """Write a derivation of two events.

    Parameters
    ----------
    path
        The file.
    name
        Of the RNTuple.
    **changes
        Variables by their event-data name, one list an event; None leaves one out.
        `link` is a list of (key, index) pairs, `event` a dictionary of variables of the event.
    """
    jets: dict[str, Any] = {"pt": PT, "eta": ETA, LABEL: [[5, 0], [4]]}
    tags: dict[str, Any] = {"GN2v01_pb": [[0.8, 0.1], [0.3]], "GN2v01_pu": [[0.1, 0.8], [0.3]]}
    link = changes.pop("link", [[(KEY, 1), (KEY, 0)], [(KEY, 0)]])
    event = changes.pop("event", {})
    for variable, values in changes.items():
        (jets if variable in (*jets, "m", "charge", "nested") else tags)[variable] = values
    fields = {f"{JETS}AuxDyn:{v}": _vectors(x, v) for v, x in jets.items() if x is not None}
    fields |= {f"{BTAGGING}AuxDyn:{v}": _vectors(x, v) for v, x in tags.items() if x is not None}
    fields |= {f"EventInfoAuxDyn:{v}": ak.Array(x) for v, x in event.items()}
    if link is not None:
        links = ak.Array(
            [[{"m_persKey": key, "m_persIndex": index} for key, index in event] for event in link]
        )
        fields[f"{JETS}AuxDyn:btaggingLink"] = ak.values_astype(links, np.uint32)
    with uproot.recreate(path) as file:
        file.mkrntuple(name, fields)
    return path


def _vectors(values: list[Any], name: str) -> ak.Array:
    array = ak.Array(values) if len(values) else ak.Array([[0.0]])[:0]
    return ak.values_astype(array, np.int32 if name == LABEL else np.float32)
