"""Impact parameters against vectors, and against release 21's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from dumped import dump
from dumpxaod.rootio.column import Column
from dumpxaod.rootio.daod import open_daod
from dumpxaod.xaod.impact import ImpactParameters, Perigee
from hypothesis import given
from hypothesis import strategies as st

lengths = st.floats(-2, 2)
angles = st.floats(-3.1, 3.1)
slopes = st.floats(0.2, 2.9)
ZERO = np.zeros(1)


def made(track: dict[str, float], vertex: Any, jet: tuple[float, float]) -> ImpactParameters:
    numbers = {name: np.array([value]) for name, value in track.items()}
    covariance = {pair: np.array([value]) for pair, value in COVARIANCE.items()}
    x, y, z = (np.array([x]) for x in vertex)
    return ImpactParameters(
        Perigee(covariance=covariance, **numbers),
        (x, y, z),
        {pair: np.array([value]) for pair, value in SPREAD.items()},
        *(np.array([x]) for x in jet),
    )


COVARIANCE = {"dd": 4e-4, "zz": 9e-4, "zt": 2e-6, "tt": 1e-6}
SPREAD = {"xx": 1e-4, "xy": 3e-5, "yy": 2e-4, "zz": 5e-4}


def unit(phi: float, theta: float) -> np.ndarray:
    return np.array([np.cos(phi) * np.sin(theta), np.sin(phi) * np.sin(theta), np.cos(theta)])


@given(lengths, lengths, angles, slopes, st.tuples(lengths, lengths, lengths), angles, slopes)
def test_they_are_what_vectors_give(
    d0: float, z0: float, phi: float, theta: float, vertex: Any, jet_phi: float, jet_theta: float
) -> None:
    """A straight track: its point that is closest across the beam line, on the side it says."""
    eta = -np.log(np.tan(jet_theta / 2))
    impact = made({"d0": d0, "z0": z0, "phi": phi, "theta": theta}, vertex, (eta, jet_phi))
    direction = unit(phi, theta)
    start = np.array([-d0 * np.sin(phi), d0 * np.cos(phi), z0]) - vertex
    along = -(start[:2] @ direction[:2]) / (direction[:2] @ direction[:2])
    closest = start + along * direction
    assert impact.d0[0] == pytest.approx(np.cross(direction, closest)[2] / np.sin(theta))
    assert impact.z0[0] == pytest.approx(closest[2], abs=1e-9)
    assert impact.z0_sin_theta[0] == pytest.approx(closest[2] * np.sin(theta), abs=1e-9)
    sign = np.cross(unit(jet_phi, jet_theta), direction) @ np.cross(direction, -closest)
    if abs(sign) > 1e-9:
        assert impact.signed_d0[0] == pytest.approx(np.copysign(impact.d0[0], sign))
    sign = (eta + np.log(np.tan(theta / 2))) * closest[2]
    if abs(sign) > 1e-9:
        assert impact.signed_z0_sin_theta[0] == pytest.approx(
            np.copysign(closest[2] * np.sin(theta), sign), abs=1e-9
        )


@given(lengths, lengths, angles, slopes)
def test_uncertainties_are_those_of_a_linear_function(
    d0: float, z0: float, phi: float, theta: float
) -> None:
    """Derivatives, taken numerically, times the covariance of track and vertex."""

    def value(name: str, step: float = 0.0, vertex: Any = ZERO, **moved: float) -> float:
        track = {"d0": d0, "z0": z0, "phi": phi, "theta": theta}
        track |= {key: track[key] + step for key in moved}
        return float(getattr(made(track, np.broadcast_to(vertex, 3), (0.0, 0.0)), name)[0])

    def slope(name: str, key: str) -> float:
        step = 1e-5
        return (value(name, step, **{key: 1}) - value(name, -step, **{key: 1})) / (2 * step)

    impact = made({"d0": d0, "z0": z0, "phi": phi, "theta": theta}, (0, 0, 0), (0, 0))
    across = np.array([np.sin(phi), -np.cos(phi)])
    matrix = np.array([[SPREAD["xx"], SPREAD["xy"]], [SPREAD["xy"], SPREAD["yy"]]])
    expected = slope("d0", "d0") ** 2 * COVARIANCE["dd"] + across @ matrix @ across
    assert impact.d0_uncertainty[0] ** 2 == pytest.approx(expected, rel=1e-6)
    dz, dt = slope("z0_sin_theta", "z0"), slope("z0_sin_theta", "theta")
    expected = dz**2 * COVARIANCE["zz"] + 2 * dz * dt * COVARIANCE["zt"]
    expected += dt**2 * COVARIANCE["tt"] + np.sin(theta) ** 2 * SPREAD["zz"]
    assert impact.z0_sin_theta_uncertainty[0] ** 2 == pytest.approx(expected, rel=1e-6)


BTAGGING = "BTagging_AntiKt4EMTopo"
OWN = {
    "IP3D_signed_d0": ("IP3D_valD0wrtPVofTracks", 1e-6),
    "IP3D_signed_z0": ("IP3D_valZ0wrtPVofTracks", 1e-5),
    "IP3D_signed_d0_significance": ("IP3D_sigD0wrtPVofTracks", 1e-3),
    "IP3D_signed_z0_significance": ("IP3D_sigZ0wrtPVofTracks", 1e-3),
}


def objects(column: Column) -> list[list[list[float]]]:
    """For each event, each object and each of its elements the value."""
    assert column.sizes is not None
    ends = np.cumsum(column.sizes)
    vectors = [column.values[e - n : e].tolist() for e, n in zip(ends, column.sizes, strict=True)]
    ends = np.cumsum(column.counts)
    return [vectors[e - n : e] for e, n in zip(ends, column.counts, strict=True)]


def test_they_are_release_21s_own(daod_dir: Path, tmp_path: Path) -> None:
    """IP3D's tracks, found by their q/p in the row of the jet; all 42 of them, sign included."""
    daod = daod_dir / "r21_full_ttree.root"
    arguments = ["--track-selection", "none", "--track-association", "BTagTrackToJetAssociator"]
    arguments += ["--min-pt=-1", "--max-abs-eta=99", "--variables", "eventNumber", "--"]
    assert dump("-o", tmp_path / "o.h5", "--tracks", 60, *arguments, daod) == 0
    with h5py.File(tmp_path / "o.h5") as file:
        rows, tracks = file["jets"][:], file["tracks"][:]
    index, key = (f"IP3D_TrackParticleLinks.{m}" for m in ("m_persIndex", "m_persKey"))
    wanted = [(BTAGGING, name) for name in (index, key, *(name for name, _ in OWN.values()))]
    with open_daod(str(daod)) as opened:
        read = opened.store.read(wanted, 0, 3, nested=wanted)
        flat = opened.store.read(
            [
                ("InDetTrackParticles", "qOverP"),
                ("AntiKt4EMTopoJets", "btaggingLink.m_persIndex"),
                ("EventInfo", "eventNumber"),
            ],
            0,
            3,
        )
    own = {name: objects(column) for (_, name), column in read.items()}
    q_over_p, links, numbers = (
        np.split(column.values, np.cumsum(column.counts)[:-1]) for column in flat.values()
    )
    n_compared = 0
    for event in range(3):
        of_event = tracks[rows["eventNumber"] == numbers[event][0]]
        for jet, target in zip(of_event, links[event], strict=True):
            for i, track in enumerate(own[index][event][target]):
                (row,) = jet[jet["valid"] & (jet["qOverP"] == q_over_p[event][track])]
                for ours, (theirs, tolerance) in OWN.items():
                    value = own[theirs][event][target][i]
                    assert row[ours] == pytest.approx(value, rel=0, abs=tolerance)
                    assert np.sign(row[ours]) == np.sign(value)
                n_compared += 1
    assert n_compared == 42
