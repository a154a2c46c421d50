"""Tracks of real derivations: every field against awkward's reading and a loop over tracks."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import uproot
from dumped import dump
from dumpxaod.fields.tracks import HITS
from dumpxaod.rootio import ttree
from mini_tracks import KEY

LABEL = "HadronConeExclTruthLabelID"
JETS, TRACKS, VERTICES = "AnalysisJets", "InDetTrackParticles", "PrimaryVertices"
DIAGONAL, BELOW = "definingParametersCovMatrixDiag", "definingParametersCovMatrixOffDiag"
NAMES = {
    JETS: ("pt", "eta", "phi", "GhostTrack"),
    TRACKS: ("d0", "z0", "phi", "theta", "qOverP", "vz", DIAGONAL, BELOW, *HITS[:9]),
    VERTICES: ("x", "y", "z", "vertexType"),
    "EventInfo": (
        *("beamPosX", "beamPosY", "beamPosZ", "beamPosSigmaX", "beamPosSigmaY", "beamPosSigmaXY"),
        *("eventNumber", "mcEventWeights", "averageInteractionsPerCrossing"),
    ),
}


def read(path: Path) -> list[dict[str, dict[str, Any]]]:
    """Read each event with uproot and awkward, as lists."""
    separator, tree = (":", "EventData") if "rntuple" in path.name else (".", "CollectionTree")
    events: list[dict[str, dict[str, Any]]] = []
    with uproot.open(path, custom_classes=dict(uproot.classes)) as file:
        for container, names in NAMES.items():
            for name in names:
                array = file[tree][f"{container}AuxDyn{separator}{name}"].array()
                while array.fields and "m_persKey" not in array.fields:
                    array = array[array.fields[0]]
                for i, values in enumerate(array.to_list()):
                    events += [{}] * (i == len(events))
                    events[i] = events[i] | {
                        container: events[i].get(container, {}) | {name: values}
                    }
    return events


def track_fields(event: dict[str, Any], jet: int, i: int) -> dict[str, float]:
    """Compute the fields of track i, with formulas of scalars."""
    t = {name: values[i] for name, values in event[TRACKS].items()}
    j = {name: event[JETS][name][jet] for name in ("pt", "eta", "phi")}
    info, vertices = event["EventInfo"], event[VERTICES]
    z_vertex = vertices["z"][vertices["vertexType"].index(1)]
    sin, cos = math.sin(t["theta"]), math.cos(t["theta"])
    z0 = t["z0"] + t["vz"] - z_vertex
    pt, eta = sin / abs(t["qOverP"]), math.asinh(cos / sin)
    dphi = math.remainder(t["phi"] - j["phi"], 2 * math.pi)
    diagonal, zt = t[DIAGONAL], t[BELOW][4] * math.sqrt(t[DIAGONAL][1] * t[DIAGONAL][3])
    sx, sy, sxy = (info[f"beamPosSigma{axis}"] for axis in ("X", "Y", "XY"))
    s, c = math.sin(t["phi"]), math.cos(t["phi"])
    d0_error = math.sqrt(diagonal[0] + (s * sx) ** 2 - 2 * s * c * sxy + (c * sy) ** 2)
    z0_error = math.sqrt(
        sin**2 * diagonal[1] + 2 * sin * z0 * cos * zt + (z0 * cos) ** 2 * diagonal[3]
    )
    p = np.array([c * sin, s * sin, cos])
    axis = np.array([math.cos(j["phi"]), math.sin(j["phi"]), math.sinh(j["eta"])])
    place = np.array([-t["d0"] * s, t["d0"] * c, z0])
    signed_d0 = math.copysign(t["d0"], np.dot(np.cross(axis, p), np.cross(p, -place)))
    signed_z0 = math.copysign(z0 * sin, (j["eta"] - eta) * z0)
    return {
        "pt": pt,
        "eta": eta,
        "deta": eta - j["eta"],
        "dphi": dphi,
        "dr": math.hypot(eta - j["eta"], dphi),
        "ptfrac": pt / j["pt"],
        **{name: t[name] for name in ("theta", "phi", "qOverP", "d0", *HITS[:9])},
        "z0SinTheta": z0 * sin,
        "d0Uncertainty": d0_error,
        "z0SinThetaUncertainty": z0_error,
        "d0RelativeToBeamspot": t["d0"],
        "z0RelativeToBeamspot": t["z0"],
        "d0RelativeToBeamspotUncertainty": math.sqrt(diagonal[0]),
        "z0RelativeToBeamspotUncertainty": math.sqrt(diagonal[1]),
        "phiUncertainty": math.sqrt(diagonal[2]),
        "thetaUncertainty": math.sqrt(diagonal[3]),
        "qOverPUncertainty": math.sqrt(diagonal[4]),
        "IP3D_signed_d0": signed_d0,
        "IP3D_signed_z0": signed_z0,
        "IP3D_signed_d0_significance": signed_d0 / d0_error,
        "IP3D_signed_z0_significance": signed_z0 / z0_error,
    }


def is_selected(t: dict[str, float]) -> bool:
    """Athena's R22_DEFAULT."""
    hits = {name.removeprefix("numberOf"): t[name] for name in HITS[:9]}
    silicon = sum(
        hits[name] for name in ("PixelHits", "SCTHits", "PixelDeadSensors", "SCTDeadSensors")
    )
    holes, shared = hits["PixelHoles"] + hits["SCTHoles"], hits["PixelSharedHits"]
    return (
        t["pt"] > 500
        and abs(t["eta"]) <= 2.5
        and abs(t["d0"]) < 3.5
        and abs(t["z0SinTheta"]) < 5
        and silicon >= 8
        and holes <= 2
        and hits["PixelHoles"] <= 1
        and shared + hits["SCTSharedHits"] // 2 <= 1
    )


def expected(path: Path) -> tuple[list[list[dict[str, float]]], list[int]]:
    """Find the tracks of each jet that passes the cuts, and the number of these in each event."""
    rows, n_jets = [], []
    for event in read(path):
        jets = event[JETS]
        taken = [
            i
            for i, (pt, eta) in enumerate(zip(jets["pt"], jets["eta"], strict=True))
            if pt > 20e3 and abs(eta) < 2.5
        ]
        n_jets.append(len(taken))
        for jet in taken:
            links = [link for link in jets["GhostTrack"][jet] if link["m_persKey"]]
            assert {link["m_persKey"] for link in links} <= {KEY}
            tracks = [track_fields(event, jet, link["m_persIndex"]) for link in links]
            tracks = [track for track in tracks if is_selected(track)]
            rows.append(sorted(tracks, key=lambda t: -t["IP3D_signed_d0_significance"]))
    return rows, n_jets


@pytest.mark.parametrize("name", ["r22_physlite_ttree.root", "r25_physlite_rntuple.root"])
def test_every_field_of_every_track_is_that_of_a_loop(
    name: str, daod_dir: Path, tmp_path: Path
) -> None:
    """To the precision of a float; of small differences, to that of what they are taken of."""
    path = daod_dir / name
    assert dump("-o", tmp_path / "o.h5", "--tracks", "40", "--", path) == 0
    with h5py.File(tmp_path / "o.h5") as file:
        tracks, events = file["tracks"][:], file["eventwise"][:]
    rows, n_jets = expected(path)
    assert events["nJets"].tolist() == n_jets
    assert tracks["valid"].sum(axis=1).tolist() == [len(row) for row in rows]
    flat = tracks[tracks["valid"]]
    assert len(flat) > 1000
    reference = [track for row in rows for track in row]
    assert set(tracks.dtype.names) == {"valid", *reference[0]}
    for field in reference[0]:
        values = np.array([track[field] for track in reference])
        assert flat[field] == pytest.approx(values, rel=3e-6, abs=1e-6 * np.max(np.abs(values)))


@pytest.mark.parametrize("name", ["r22_physlite_ttree.root", "r25_physlite_rntuple.root"])
def test_every_field_of_every_event_is_that_of_a_loop(
    name: str, daod_dir: Path, tmp_path: Path
) -> None:
    assert dump("-o", tmp_path / "o.h5", "--tracks", "1", "--", daod_dir / name) == 0
    with h5py.File(tmp_path / "o.h5") as file:
        rows = file["eventwise"][:]
    for row, event in zip(rows, read(daod_dir / name), strict=True):
        info, vertices = event["EventInfo"], event[VERTICES]
        primary = vertices["vertexType"].index(1)
        for axis in "XYZ":
            moved = vertices[axis.lower()][primary] - info[f"beamPos{axis}"]
            assert row[f"primaryVertexToBeamDisplacement{axis}"] == pytest.approx(moved, rel=1e-6)
        assert row["eventNumber"] == info["eventNumber"]
        assert row["mcEventWeight"] == np.float32(info["mcEventWeights"][0])
        assert row["averageInteractionsPerCrossing"] == np.float32(
            info["averageInteractionsPerCrossing"]
        )


def auc(signal: np.ndarray, background: np.ndarray) -> float:
    """Probability that a value of the signal is above one of the background."""
    above = signal[:, None] > background
    return float(np.mean(above + (signal[:, None] == background) / 2))


def test_tracks_of_b_jets_are_more_and_displaced(daod_dir: Path, tmp_path: Path) -> None:
    """In release 25: 5.75 and 3.33 ghost tracks per b-jet and light jet, AUC 0.92 by the best."""
    options = ("--track-selection", "none", "--variables", LABEL, "--")
    path = daod_dir / "r25_physlite_rntuple.root"
    assert dump("-o", tmp_path / "o.h5", "--tracks", "40", *options, path) == 0
    with h5py.File(tmp_path / "o.h5") as file:
        label, tracks = file["jets"][LABEL], file["tracks"][:]
    n_tracks = tracks["valid"].sum(axis=1)
    assert n_tracks[label == 5].mean() == pytest.approx(5.75, abs=0.005)
    assert n_tracks[label == 0].mean() == pytest.approx(3.33, abs=0.005)
    assert np.mean(n_tracks[label == 5] == 0) == pytest.approx(0.02, abs=0.005)
    assert np.mean(n_tracks[label == 0] == 0) == pytest.approx(0.18, abs=0.005)
    best = np.where(tracks["valid"], tracks["IP3D_signed_d0_significance"], -np.inf)[:, 0]
    medians = [np.median(best[(label == flavour) & (n_tracks > 0)]) for flavour in (5, 4, 0)]
    assert medians == pytest.approx([11.3, 3.8, 0.9], abs=0.15)
    assert auc(best[label == 5], best[label == 0]) == pytest.approx(0.92, abs=0.005)


@pytest.mark.parametrize("name", ["r22_physlite_ttree.root", "r25_physlite_rntuple.root"])
@pytest.mark.parametrize(
    ("collection", "association", "message"),
    [
        (
            "AnalysisElectrons",
            "trackParticleLinks",
            "trackParticleLinks: the links lead to several containers: InDetTrackParticles and "
            "GSFTrackParticles",
        ),
        (
            "AnalysisMuons",
            "inDetTrackParticleLink",
            "inDetTrackParticleLink is not a vector of links for each jet",
        ),
        (
            "AnalysisPhotons",
            "GhostTrack",
            "AnalysisPhotons has no GhostTrack, which would lead to its tracks; it has nothing of "
            "that kind",
        ),
    ],
)
def test_what_has_no_such_tracks_is_refused(
    name: str,
    collection: str,
    association: str,
    message: str,
    daod_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The tracks of electrons were fitted once more, and are in another container."""
    options = ("-c", collection, "--variables", "pt", "--track-association", association)
    out = tmp_path / "o.h5"
    assert dump("-o", out, *options, "--tracks", "--", daod_dir / name) == 2
    assert capsys.readouterr().err == f"dump-xaod: error: {daod_dir / name}: {message}\n"
    assert not out.exists()


def test_of_release_22_ghost_tracks_are_counted(daod_dir: Path, tmp_path: Path) -> None:
    options = ("--track-selection", "none", "--variables", LABEL, "--")
    path = daod_dir / "r22_physlite_ttree.root"
    assert dump("-o", tmp_path / "o.h5", "--tracks", "40", *options, path) == 0
    with h5py.File(tmp_path / "o.h5") as file:
        n_tracks = file["tracks"]["valid"].sum(axis=1)
    assert n_tracks.mean() == pytest.approx(2.94, abs=0.005)
    assert n_tracks.max() < 40


def test_the_number_of_events_read_together_changes_nothing(
    daod_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, found = daod_dir / "r22_physlite_ttree.root", []
    for n_events in (5000, 7):
        monkeypatch.setattr(ttree, "EVENTS_PER_READ", n_events)
        assert dump("-o", tmp_path / "o.h5", "--tracks", "40", "--", path) == 0
        with h5py.File(tmp_path / "o.h5") as file:
            found.append({name: rows[:].tobytes() for name, rows in file.items()})
    assert found[0] == found[1]
    assert list(found[0]) == ["jets", "tracks", "eventwise"]
