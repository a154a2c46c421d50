"""A tiny derivation with tracks, laid out like PHYSLITE, whose numbers can be worked out by hand.

All jets but one lie at eta 0 and phi 0, all tracks across the beam line (theta is pi/2), so that
z0 sin(theta) is z0, and the sign of d0 is that of d0 sin(phi of the jet - phi of the track).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from dumpxaod.xaod.links import TRACKS_CLID, container_key

JETS, TRACKS, VERTICES, EVENT = (
    "AnalysisJets",
    "InDetTrackParticles",
    "PrimaryVertices",
    "EventInfo",
)
KEY = container_key(TRACKS, TRACKS_CLID)
NULL = (0, 0)
HALF = np.pi / 2

# Three events: two jets of which the second is too soft, two jets of which the second has no
# tracks, and no jet. The links of the first jet are out of order, and one is null.
JET_VARIABLES: dict[str, Any] = {
    "pt": [[50e3, 10e3], [40e3, 30e3], []],
    "eta": [[0.0, 0.0], [0.0, 1.0], []],
    "phi": [[0.0, 0.0], [0.0, 0.0], []],
    "HadronConeExclTruthLabelID": [[5, 0], [4, 0], []],
}
LINKS: list[list[list[tuple[int, int]]]] = [
    [[(KEY, 2), NULL, (KEY, 0), (KEY, 3)], [(KEY, 1)]],
    [[(KEY, 1), (KEY, 0)], []],
    [],
]
# With the beam spot, the uncertainty of d0 is sqrt(0.03^2 + 0.04^2) mm = 0.05 mm at phi 0.
TRACK_VARIABLES: dict[str, list[Any]] = {
    "d0": [[0.1, 0.2, -0.5, 0.05], [0.3, -0.2], [0.7]],
    "z0": [[5.0, 5.5, 6.0, 4.5], [-2.0, -3.0], [0.0]],
    "phi": [[-0.2, 0.0, 0.2, 0.2], [-0.1, -0.1], [0.0]],
    "theta": [[HALF] * 4, [HALF] * 2, [HALF]],
    "qOverP": [[1e-4, 5e-4, -2e-4, 1e-3], [1e-4, 1e-4], [1e-4]],
    "vz": [[0.25] * 4, [0.25] * 2, [0.25]],
    "definingParametersCovMatrixDiag": [[[9e-4, 4e-4, 1e-6, 4e-6, 1e-12]] * n for n in (4, 2, 1)],
    "definingParametersCovMatrixOffDiag": [[[0.0] * 4 + [0.5] + [0.0] * 5] * n for n in (4, 2, 1)],
    "chiSquared": [[10.0, 11.0, 12.0, 13.0], [20.0, 21.0], [30.0]],
    "charge8": [[-1, 1, -1, 1], [1, 1], [-1]],
}
HITS = {
    "numberOfPixelHits": 4,
    "numberOfSCTHits": 8,
    "numberOfInnermostPixelLayerHits": 1,
    "numberOfPixelSharedHits": 0,
    "numberOfSCTSharedHits": 0,
    "numberOfPixelHoles": 0,
    "numberOfSCTHoles": 0,
    "numberOfPixelDeadSensors": 0,
    "numberOfSCTDeadSensors": 0,
}
VERTEX_VARIABLES: dict[str, Any] = {
    "x": [[9.0, 0.01], [0.01], [0.01]],
    "y": [[9.0, 0.02], [0.02], [0.02]],
    "z": [[9.0, 5.0], [-2.0], [1.0]],
    "vertexType": [[3, 1], [1], [1]],
}
EVENT_VARIABLES: dict[str, Any] = {
    "eventNumber": [1001, 1002, 1003],
    "averageInteractionsPerCrossing": [20.5, 30.5, 40.5],
    "mcEventWeights": [[1.5, 9.0], [2.5, 9.0], [3.5, 9.0]],
    "beamPosX": [0.0] * 3,
    "beamPosY": [0.0] * 3,
    "beamPosZ": [0.5] * 3,
    "beamPosSigmaX": [0.03] * 3,
    "beamPosSigmaY": [0.04] * 3,
    "beamPosSigmaXY": [0.0] * 3,
}
TYPES = {
    "HadronConeExclTruthLabelID": np.int32,
    "vertexType": np.int16,
    "eventNumber": np.uint64,
    "charge8": np.int8,
    **dict.fromkeys(HITS, np.uint8),
}


def write(path: Path, **changes: Any) -> Path:
    """Write a derivation of three events.

    Parameters
    ----------
    path
        The file.
    **changes
        Variables by their event-data name, one list an event; None leaves one out. The links are
        called GhostTrack: (key, index) pairs, and the hits of all tracks may be one number.
    """
    links = changes.pop("GhostTrack", LINKS)
    hits = {name: [[n] * len(event) for event in TRACK_VARIABLES["d0"]] for name, n in HITS.items()}
    fields = {}
    for container, variables in (
        (JETS, JET_VARIABLES),
        (TRACKS, TRACK_VARIABLES | hits),
        (VERTICES, VERTEX_VARIABLES | {"covariance": None}),
        (EVENT, EVENT_VARIABLES),
    ):
        for name, standard in variables.items():
            values = changes.pop(name, standard)
            if values is not None:
                fields[f"{container}AuxDyn:{name}"] = _array(values, name)
    if links is not None:
        fields[f"{JETS}AuxDyn:GhostTrack"] = _links(links)
    assert not changes
    with uproot.recreate(path) as file:
        file.mkrntuple("EventData", fields)
    return path


def _array(values: list[Any], name: str) -> ak.Array:
    return ak.values_astype(ak.Array(values), TYPES.get(name, np.float32))


def _links(events: list[Any]) -> ak.Array:
    pairs = [pair for event in events for jet in event for pair in jet]
    numbers = np.array(pairs, np.uint32).reshape(-1, 2)
    links = ak.zip({"m_persKey": numbers[:, 0], "m_persIndex": numbers[:, 1]})
    jets = ak.unflatten(links, [len(jet) for event in events for jet in event])
    return ak.unflatten(jets, [len(event) for event in events])
