"""/tracks and /eventwise: rows worked out by hand, what is refused, and every way to many files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import mini_tracks
import numpy as np
import pytest
import range_server
from dumped import dump, texts
from dumpxaod import dump as dump_module
from dumpxaod.errors import CorruptDataError, UserError
from dumpxaod.hdf5 import dataset
from dumpxaod.parallel.part_record import read_record
from mini_tracks import KEY, NULL

approx = pytest.approx
BARE = ("--variables", "pt")
USUAL = {
    **dict.fromkeys(("pt", "eta", "theta", "phi", "qOverP", "deta", "dphi", "dr", "ptfrac"), "f4"),
    **dict.fromkeys(("d0", "z0SinTheta", "d0Uncertainty", "z0SinThetaUncertainty"), "f4"),
    **dict.fromkeys(("d0RelativeToBeamspot", "z0RelativeToBeamspot"), "f4"),
    "d0RelativeToBeamspotUncertainty": "f4",
    "z0RelativeToBeamspotUncertainty": "f4",
    **dict.fromkeys(("phiUncertainty", "thetaUncertainty", "qOverPUncertainty"), "f4"),
    **dict.fromkeys(("IP3D_signed_d0", "IP3D_signed_z0"), "f4"),
    **dict.fromkeys(("IP3D_signed_d0_significance", "IP3D_signed_z0_significance"), "f4"),
    **dict.fromkeys(mini_tracks.HITS, "u1"),
}


def dumped(tmp_path: Path, *arguments: Any, tracks: Any = (), **changes: Any) -> h5py.File:
    """Dump the tiny derivation with tracks, and open the output."""
    daod = mini_tracks.write(tmp_path / "a.root", **changes)
    options = ("--tracks", *tracks, *arguments, *BARE)
    assert dump("-o", tmp_path / "o.h5", *options, "--", daod) == 0
    return h5py.File(tmp_path / "o.h5")


def refused(tmp_path: Path, *arguments: Any, **changes: Any) -> str:
    """Dump what cannot be dumped, and return what is said without the file's name."""
    daod = mini_tracks.write(tmp_path / "a.root", **changes)
    assert dump("-o", tmp_path / "o.h5", "--tracks", *arguments, *BARE, "--", daod) == 2
    assert not (tmp_path / "o.h5").exists()
    return f"dump-xaod: error: {daod}: "


def test_rows_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    """Largest signed significance first, the null link and the jet that is too soft left out."""
    with dumped(tmp_path) as file:
        tracks = file["tracks"][:]
    assert tracks.shape == (3, 40)
    assert {n: tracks.dtype[n].str.lstrip("<|") for n in tracks.dtype.names[1:]} == USUAL
    assert tracks["valid"].sum(axis=1).tolist() == [3, 2, 0]
    assert tracks["d0"][0, :3] == approx([-0.5, 0.1, 0.05])  # tracks 2, 0 and 3
    assert tracks["IP3D_signed_d0"][0, :3] == approx([0.5, 0.1, -0.05])
    # sin(phi)^2 0.03^2 + cos(phi)^2 0.04^2 of the beam spot at phi 0.2, and 0.03^2 of the track
    assert tracks["d0Uncertainty"][0, :3] == approx([0.0497229] * 3, rel=1e-5)
    assert tracks["IP3D_signed_d0_significance"][0, :3] == approx([10.05572, 2.011144, -1.005572])
    # z0 + vz - z of the second vertex, which is the primary one
    assert tracks["z0SinTheta"][0, :3] == approx([1.25, 0.25, -0.25])
    assert tracks["z0SinThetaUncertainty"][0, :3] == approx([0.02] * 3)
    assert tracks["IP3D_signed_z0"][1, :2] == approx([0.25, -0.75])
    assert tracks["pt"][0, :3] == approx([5000, 10000, 1000])
    assert tracks["ptfrac"][0, :3] == approx([0.1, 0.2, 0.02])
    assert tracks["dphi"][0, :3] == approx([0.2, -0.2, 0.2])
    assert tracks["dr"][0, :3] == approx([0.2, 0.2, 0.2])
    assert tracks["thetaUncertainty"][0, :3] == approx([2e-3] * 3)
    assert tracks["qOverPUncertainty"][0, :3] == approx([1e-6] * 3)


def test_with_its_covariance_the_vertex_takes_the_place_of_the_beam_spot(tmp_path: Path) -> None:
    """Across the beam line the vertex of event 1 is at (0.01, 0.02); its variance along is 9e-4."""
    covariance = [[1e-4, 0, 4e-4, 0, 0, 9e-4]]
    with dumped(tmp_path, covariance=[covariance * 2, covariance, covariance]) as file:
        track, said = file["tracks"][1, 0], texts(file["tracks"])
    sin, cos = np.sin(-0.1), np.cos(-0.1)
    assert track["d0"] == approx(0.3 + 0.01 * sin - 0.02 * cos)
    assert track["d0Uncertainty"] ** 2 == approx(9e-4 + 1e-4 * sin**2 + 4e-4 * cos**2)
    assert track["z0SinThetaUncertainty"] ** 2 == approx(4e-4 + 9e-4)
    assert said["d0.source"] == "d0 relative to the primary vertex"
    assert said["d0Uncertainty.source"] == "sqrt(variance of d0 + that of the primary vertex)"


def test_the_covariance_of_release_21_is_a_triangle(tmp_path: Path) -> None:
    """Numbers 0, 2, 5, 9 and 14 are the variances, 7 is z0 with theta."""
    triangle = [9e-4, 1, 4e-4, 1, 1, 1e-6, 1, 1e-5, 1, 4e-6, 1, 1, 1, 1, 1e-12]
    name = "definingParametersCovMatrix"
    daod: dict[str, Any] = {f"{name}Diag": None, f"{name}OffDiag": None, "vz": None}
    write = mini_tracks.TRACK_VARIABLES | {name: [[triangle] * n for n in (4, 2, 1)]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mini_tracks, "TRACK_VARIABLES", write)
        file = dumped(tmp_path, theta=[[1.0] * 4, [1.0] * 2, [1.0]], **daod)
    with file:
        (track,) = (track for track in file["tracks"][0] if track["d0"] == -0.5)
    for name, value in (("d0", 0.03), ("z0", 0.02)):
        assert track[f"{name}RelativeToBeamspotUncertainty"] == approx(value)
    assert track["phiUncertainty"] == approx(1e-3)
    assert track["thetaUncertainty"] == approx(2e-3)
    # Without vz, z0 is counted from beamPosZ: 6 + 0.5 - 5.
    z0, sin, cos = 1.5, np.sin(1), np.cos(1)
    variance = sin**2 * 4e-4 + 2 * sin * cos * z0 * 1e-5 + (z0 * cos) ** 2 * 4e-6
    assert track["z0SinThetaUncertainty"] ** 2 == approx(variance)


def test_what_is_no_track_is_padding(tmp_path: Path) -> None:
    fields = ("--track-variables", "pt", "charge8", "numberOfPixelHits")
    with dumped(tmp_path, *fields) as file:
        tracks = file["tracks"][:]
    assert tracks.dtype.names == ("valid", "pt", "charge8", "numberOfPixelHits")
    for row, n in zip(tracks, (3, 2, 0), strict=True):
        assert row["valid"].tolist() == [True] * n + [False] * (40 - n)
        assert np.isnan(row["pt"][n:]).all()
        assert set(row["charge8"][n:]) == {-1}
        assert set(row["numberOfPixelHits"][n:]) == {0}
        assert set(row["numberOfPixelHits"][:n]) <= {4}


def test_of_many_tracks_the_most_significant_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with dumped(tmp_path, tracks=[1], GhostTrack=mini_tracks.LINKS) as file:
        assert file["tracks"].shape == (3, 1)
        assert file["tracks"]["d0"][:2, 0] == approx([-0.5, 0.3])
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "  6 links to tracks, 1 of them null (thinned away)",
        "  0 tracks fail the selection, 3 are too many for their jet",
        "  2 tracks written",
    ]


def test_a_significance_that_is_unknown_comes_last(tmp_path: Path) -> None:
    variances = [[[-1.0, 4e-4, 1e-6, 4e-6, 1e-12]] + [[9e-4, 4e-4, 1e-6, 4e-6, 1e-12]] * 3]
    variances += mini_tracks.TRACK_VARIABLES["definingParametersCovMatrixDiag"][1:]
    with dumped(tmp_path, definingParametersCovMatrixDiag=variances) as file:
        tracks = file["tracks"][:]
    assert tracks["d0"][0, :3] == approx([-0.5, 0.05, 0.1])
    assert np.isnan(tracks["IP3D_signed_d0_significance"][0, 2])


def hits(value: int, *, second: int = 0) -> list[list[int]]:
    """Give the tracks of the second event one number each."""
    return [[0] * 4, [value, second], [0]]


@pytest.mark.parametrize(
    ("changes", "is_kept"),
    [
        ({}, True),
        ({"qOverP": [[1e-4] * 4, [1 / 500.5, 1e-4], [1e-4]]}, True),
        ({"qOverP": [[1e-4] * 4, [1 / 499.5, 1e-4], [1e-4]]}, False),
        ({"d0": [[0.1] * 4, [3.49, -0.2], [0.7]]}, True),
        ({"d0": [[0.1] * 4, [-3.51, -0.2], [0.7]]}, False),
        ({"z0": [[5.0] * 4, [2.74, -3.0], [0.0]]}, True),  # + 0.25 + 2
        ({"z0": [[5.0] * 4, [2.76, -3.0], [0.0]]}, False),
        ({"numberOfPixelHits": [[4] * 4, [0, 4], [4]]}, True),
        ({"numberOfSCTHits": [[8] * 4, [3, 8], [8]]}, False),
        (
            {"numberOfSCTHits": [[8] * 4, [3, 8], [8]], "numberOfSCTDeadSensors": hits(1)},
            True,
        ),
        (
            {"numberOfSCTHits": [[8] * 4, [3, 8], [8]], "numberOfPixelDeadSensors": hits(1)},
            True,
        ),
        ({"numberOfSCTHoles": hits(2)}, True),
        ({"numberOfSCTHoles": hits(3)}, False),
        ({"numberOfPixelHoles": hits(1), "numberOfSCTHoles": hits(1)}, True),
        ({"numberOfPixelHoles": hits(1), "numberOfSCTHoles": hits(2)}, False),
        ({"numberOfPixelHoles": hits(2)}, False),
        ({"numberOfPixelSharedHits": hits(1)}, True),
        ({"numberOfPixelSharedHits": hits(2)}, False),
        ({"numberOfSCTSharedHits": hits(3)}, True),  # one module and a half is one
        ({"numberOfSCTSharedHits": hits(4)}, False),
        ({"numberOfPixelSharedHits": hits(1), "numberOfSCTSharedHits": hits(1)}, True),
        ({"numberOfPixelSharedHits": hits(1), "numberOfSCTSharedHits": hits(2)}, False),
        ({"numberOfSCTHits": [[8] * 4, [255, 8], [8]]}, True),  # more than a byte with the others
    ],
)
def test_the_selection_is_athenas_r22_default(
    changes: dict[str, Any], is_kept: bool, tmp_path: Path
) -> None:
    """The first track of the second event is on either side of each cut; `none` keeps it."""
    with dumped(tmp_path, **changes) as file:
        assert file["tracks"]["valid"][1].sum() == 1 + is_kept
    with dumped(tmp_path, "--track-selection", "none", **changes) as file:
        assert file["tracks"]["valid"][1].sum() == 2
        assert texts(file["tracks"])["selection"] == "all that the links lead to"


def test_the_first_dataset_is_that_of_the_jets(tmp_path: Path) -> None:
    """Else h5split would take the number of events for that of jets, and lose some in silence."""
    with dumped(tmp_path) as file:
        assert list(file) == ["jets", "tracks", "eventwise"]


def test_eventwise_has_all_events(tmp_path: Path) -> None:
    with dumped(tmp_path) as file:
        events, said = file["eventwise"][:], texts(file["eventwise"])
        assert events["nJets"].sum() == len(file["jets"])
    assert events["eventNumber"].tolist() == [1001, 1002, 1003]
    assert events["nJets"].tolist() == [1, 2, 0]
    assert events["mcEventWeight"].tolist() == [1.5, 2.5, 3.5]
    assert events["averageInteractionsPerCrossing"].tolist() == [20.5, 30.5, 40.5]
    place = {axis: f"primaryVertexToBeamDisplacement{axis}" for axis in "XYZ"}
    assert events[place["X"]] == approx([0.01] * 3)
    assert events[place["Y"]] == approx([0.02] * 3)
    assert events[place["Z"]] == approx([4.5, -2.5, 0.5])
    assert said[f"{place['Z']}.source"] == "z of the primary vertex - beamPosZ"
    assert said[f"{place['Z']}.unit"] == "mm"
    assert said["nJets.source"] == "number of rows in /jets"


def test_data_have_no_weight(tmp_path: Path) -> None:
    with dumped(tmp_path, mcEventWeights=None) as file:
        assert "mcEventWeight" not in file["eventwise"].dtype.names


def test_without_a_primary_vertex_nothing_is_relative_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with dumped(tmp_path, "--track-selection", "none", vertexType=[[3, 3], [1], [1]]) as file:
        tracks, events = file["tracks"][:], file["eventwise"][:]
    for name in ("z0SinTheta", "IP3D_signed_d0", "IP3D_signed_d0_significance", "IP3D_signed_z0"):
        assert np.isnan(tracks[name][0]).all()
        assert np.isfinite(tracks[name][1, :2]).all()
    assert tracks["d0"][0, :3] == approx([-0.5, 0.1, 0.05])  # relative to the beam line
    assert tracks["valid"][0].sum() == 3
    assert np.isnan(events["primaryVertexToBeamDisplacementZ"]).tolist() == [True, False, False]
    assert (
        f"{tmp_path / 'a.root'}: 1 of 3 events have no primary vertex: what is relative to it is "
        "NaN there\n"
    ) in capsys.readouterr().err


def test_a_derivation_with_few_tracks_is_said_to_have_few(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One link in three jets; with five of them nothing is said."""
    with dumped(tmp_path):
        assert capsys.readouterr().err == ""
    with dumped(tmp_path, GhostTrack=[[[(KEY, 0)], [(KEY, 1)]], [[NULL], []], []]):
        assert capsys.readouterr().err == (
            f"{tmp_path / 'a.root'}: keeps 0.3 tracks per jet, the others are thinned away: too "
            "few for a network on tracks; take an FTAG derivation, or PHYSLITE of release 22 or "
            "later\n"
        )


def test_what_the_fields_are_is_said(tmp_path: Path) -> None:
    fields = ("--track-variables", "lifetimeSignedD0", "chiSquared", "dphi", "pt")
    with dumped(tmp_path, *fields) as file:
        assert texts(file["tracks"]) == {
            "collection": "InDetTrackParticles",
            "association": "GhostTrack of AnalysisJets",
            "selection": "r22default: pt > 500 MeV, |eta| <= 2.5, |d0| < 3.5 mm, |z0 sin(theta)| "
            "< 5 mm, at least 8 silicon hits (dead sensors count), at most 2 holes, 1 pixel hole "
            "and 1 shared module (2 SCT hits are one)",
            "order": "largest signed d0 significance first",
            "lifetimeSignedD0.source": "|d0 relative to the beam line|, positive where the track "
            "crosses the jet's axis in front of the vertex",
            "lifetimeSignedD0.unit": "mm",
            "chiSquared.source": "chiSquared",
            "chiSquared.unit": "1",
            "dphi.source": "phi - phi of the jet, from -pi to pi",
            "dphi.unit": "rad",
            "pt.source": "|sin(theta) / qOverP|",
            "pt.unit": "MeV",
        }
        assert file["tracks"].chunks[1:] == (40,)
        for name, level in {"tracks": 1, "eventwise": 4, "jets": 4}.items():
            assert (file[name].compression, file[name].compression_opts) == ("gzip", level)
            assert file[name].maxshape[0] is None


def test_numbers_in_double_precision_are_said_to_be_rounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("theta", "d0", "chiSquared"):
        monkeypatch.setitem(mini_tracks.TYPES, name, np.float64)
    with dumped(tmp_path, "--track-variables", "default", "chiSquared") as file:
        said, types = texts(file["tracks"]), file["tracks"].dtype
    for name, source in {
        "theta": "theta, rounded from double to float",
        "d0RelativeToBeamspot": "d0, rounded from double to float",
        "chiSquared": "chiSquared, rounded from double to float",
        "phi": "phi",
        "z0RelativeToBeamspot": "z0",
    }.items():
        assert said[f"{name}.source"] == source
        assert types[name] == np.float32


def test_variables_are_chosen_or_added(tmp_path: Path) -> None:
    """A full name means the event data's own d0, and not that relative to the vertex."""
    own = "InDetTrackParticlesAuxDyn.d0"
    with dumped(tmp_path, "--track-variables", "default", "chiSquared", own) as file:
        tracks = file["tracks"][:]
    assert tracks.dtype.names == ("valid", *USUAL, "chiSquared", own)
    assert tracks["chiSquared"][0, :3].tolist() == [12, 10, 13]
    assert tracks[own][0, :3] == approx([-0.5, 0.1, 0.05])


@pytest.mark.parametrize(
    ("arguments", "changes", "message"),
    [
        (
            ["--track-variables", "chiSquare"],
            {},
            "InDetTrackParticles has no variable chiSquare; near it: chiSquared, charge8",
        ),
        (
            ["--track-variables", "valid"],
            {},
            "InDetTrackParticles has no variable valid; nothing is near it",
        ),
        (
            ["--track-variables", "definingParametersCovMatrixDiag"],
            {},
            "definingParametersCovMatrixDiag of InDetTrackParticles is not one number per track",
        ),
        (
            ["--track-association", "NoTrack"],
            {},
            "AnalysisJets has no NoTrack, which would lead to its tracks; it has GhostTrack",
        ),
        (
            ["--track-association", ""],
            {},
            "AnalysisJets has no , which would lead to its tracks; it has GhostTrack",
        ),
        (
            [],
            {"GhostTrack": None},
            "AnalysisJets has no GhostTrack or BTagTrackToJetAssociator, which would lead to its "
            "tracks; it has nothing of that kind",
        ),
        (
            ["--track-association", "pt"],
            {},
            "pt is not a vector of links for each jet",
        ),
        (
            [],
            {"GhostTrack": [[[(KEY, 4)], []], [[], []], []]},
            "GhostTrack: a link has index 4 into a container of 4",
        ),
        (
            [],
            {"GhostTrack": [[[(KEY, 1), (7, 1)], []], [[], []], []]},
            "GhostTrack: the links lead to several containers: InDetTrackParticles and one with "
            "key 7 that is not there",
        ),
        (
            [],
            {"numberOfSCTHoles": None},
            "InDetTrackParticles has no numberOfSCTHoles, which r22default needs; take all tracks "
            "with --track-selection none",
        ),
        ([], {"z0": None}, "InDetTrackParticles has no z0, without which tracks cannot be dumped"),
        (
            [],
            {"beamPosSigmaXY": None},
            "EventInfo has no beamPosSigmaXY, without which tracks cannot be dumped",
        ),
        ([], {"x": None}, "PrimaryVertices has no x, without which tracks cannot be dumped"),
        ([], {"phi": None}, "AnalysisJets has no phi, without which tracks have no sign"),
        (
            [],
            {"definingParametersCovMatrixOffDiag": None},
            "InDetTrackParticles has neither definingParametersCovMatrix nor "
            "definingParametersCovMatrixDiag with definingParametersCovMatrixOffDiag, without "
            "which tracks have no significance",
        ),
        (
            [],
            {"definingParametersCovMatrixDiag": [[[1.0] * 4] * n for n in (4, 2, 1)]},
            "definingParametersCovMatrixDiag of InDetTrackParticles is not 5 numbers for each, as "
            "it should be",
        ),
        (
            [],
            {"theta": [[1.0, 1.0, 7.5, 1.0], [1.0] * 2, [1.0]]},
            "theta of a track is 7.5, which is implausible: the file is probably damaged; fetch it "
            "again",
        ),
        ([], {"x": [[1.0], [1.0], [1.0]]}, "the variables of PrimaryVertices differ in length"),
        (
            [],
            {"GhostTrack": [[[(KEY, 1)]], [[], []], []]},
            "GhostTrack is not a vector of links for each jet",
        ),
        (
            ["--track-variables", "chiSquared"],
            {"chiSquared": [[1.0], [1.0], [1.0]]},
            "chiSquared of InDetTrackParticles is not one number per track",
        ),
    ],
)
def test_what_cannot_be_dumped_is_one_line(
    arguments: list[str],
    changes: dict[str, Any],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start = refused(tmp_path, *arguments, **changes)
    assert capsys.readouterr().err == f"{start}{message}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--track-variables", "pt"], "--track-variables needs --tracks"),
        (["--track-association", "X"], "--track-association needs --tracks or --nn-file"),
        (["--track-selection", "none"], "--track-selection needs --tracks"),
        (["--tracks", "0"], "argument --tracks: 0 is not a whole number from 1 to 1000"),
        (["--tracks", "1001"], "argument --tracks: 1001 is not a whole number from 1 to 1000"),
        (["--tracks", "-3"], "argument --tracks: -3 is not a whole number from 1 to 1000"),
    ],
)
def test_mistakes_of_the_command_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        dump(tmp_path / "a.root", *arguments)
    assert capsys.readouterr().err.splitlines()[-1] == f"dump-xaod: error: {message}"


def test_files_may_follow_the_options_of_tracks(tmp_path: Path) -> None:
    """--tracks without a number takes no file for one; nor do --track-variables take it."""
    daod, out = mini_tracks.write(tmp_path / "a.root"), tmp_path / "o.h5"
    assert dump("-o", out, *BARE, "--tracks", daod) == 0
    with h5py.File(out) as file:
        assert file["tracks"].shape == (3, 40)
    assert dump("-o", out, *BARE, "--tracks", 2, "--track-variables", "pt", "d0,dr", daod) == 0
    with h5py.File(out) as file:
        assert file["tracks"].shape == (3, 2)
        assert file["tracks"].dtype.names == ("valid", "pt", "d0", "dr")


def test_without_tracks_there_is_nothing_but_the_jets(tmp_path: Path) -> None:
    daod = mini_tracks.write(tmp_path / "a.root")
    assert dump("-o", tmp_path / "o.h5", *BARE, "--", daod) == 0
    with h5py.File(tmp_path / "o.h5") as file:
        assert list(file) == ["jets"]


def contents(path: Path) -> dict[str, Any]:
    """Return all that is in an output but the command line."""
    with h5py.File(path) as file:
        return {
            name: (
                rows.dtype,
                rows[:].tobytes(),
                {k: v for k, v in texts(rows).items() if k != "command_line"},
                (rows.chunks, rows.compression, rows.compression_opts),
            )
            for name, rows in file.items()
        }


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Write three derivations that differ; the second has a jet less."""
    pt = [[20.5e3, 10e3], [19e3, 30e3], []]
    return [
        mini_tracks.write(tmp_path / "a.root"),
        mini_tracks.write(tmp_path / "b.root", pt=pt),
        mini_tracks.write(tmp_path / "c.root", d0=[[0.4, 0.3, 0.2, 0.1], [-0.1, 0.1], [0.0]]),
    ]


@pytest.mark.parametrize(
    "arguments", [["-j", "2"], ["-j", "1", "--resume"], ["--dask", "local", "-j", "1"]]
)
def test_parts_make_the_same_file(arguments: list[str], three: list[Path], tmp_path: Path) -> None:
    if "--dask" in arguments:
        pytest.importorskip("distributed", reason="--dask needs distributed")
    assert dump("-o", tmp_path / "o.h5", *BARE, "--tracks", 5, "--", *three) == 0
    assert dump("-o", tmp_path / "p.h5", *arguments, *BARE, "--tracks", 5, "--", *three) == 0
    assert contents(tmp_path / "p.h5") == contents(tmp_path / "o.h5")
    assert list(h5py.File(tmp_path / "p.h5")) == ["jets", "tracks", "eventwise"]
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["eventwise"]["nJets"].tolist() == [1, 2, 0, 1, 1, 0, 1, 2, 0]
        assert file["tracks"].shape == (8, 5)


def test_parts_that_are_left_are_used(
    three: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The third file is missing at first; the parts of the others are not made again."""
    third = three[2].rename(tmp_path / "d.root")
    options = (*BARE, "--tracks", 5, "--skip-bad-files", "--no-merge", "--", *three)
    assert dump("-o", tmp_path / "p.h5", *options) == 0
    times = {p: p.stat().st_mtime_ns for p in tmp_path.glob("p.0*.h5")}
    assert len(times) == 2
    third.rename(three[2])
    assert dump("-o", tmp_path / "p.h5", "--resume", *options) == 0
    assert {p: p.stat().st_mtime_ns for p in times} == times
    assert dump("-o", tmp_path / "o.h5", *BARE, "--tracks", 5, "--", *three) == 0
    whole = h5py.File(tmp_path / "o.h5")
    for name in ("jets", "tracks", "eventwise"):
        parts = []
        for path in sorted(tmp_path.glob("p.0*.h5")):
            with h5py.File(path) as file:
                parts.append(file[name][:])
        assert np.concatenate(parts).tobytes() == whole[name][:].tobytes()


def test_a_damaged_row_of_a_part_is_noticed(three: list[Path], tmp_path: Path) -> None:
    assert dump("-o", tmp_path / "p.h5", *BARE, "--tracks", 5, "--no-merge", "--", *three) == 0
    part = tmp_path / "p.00001.h5"
    assert read_record(part).n_rows == {"jets": 3, "tracks": 3, "eventwise": 3}
    with h5py.File(part) as file:
        place = file["tracks"].id.get_chunk_info(0).byte_offset
    content = bytearray(part.read_bytes())
    content[place + 20] ^= 1
    part.write_bytes(content)
    with pytest.raises(CorruptDataError):
        read_record(part)


@pytest.mark.parametrize("n_events", [1, 2, 4])
def test_max_events_ends_all_datasets_together(
    n_events: int, three: list[Path], tmp_path: Path
) -> None:
    dump("-o", tmp_path / "o.h5", *BARE, "--tracks", 5, "--", *three)
    options = ("--max-events", n_events, *BARE, "--tracks", 5, "--", *three)
    for jobs in ([], ["-j", "2"]):
        assert dump("-o", tmp_path / "p.h5", *jobs, *options) == 0
        with h5py.File(tmp_path / "o.h5") as whole, h5py.File(tmp_path / "p.h5") as file:
            n_jets = whole["eventwise"]["nJets"][:n_events].sum()
            for name, n in (("jets", n_jets), ("tracks", n_jets), ("eventwise", n_events)):
                assert file[name][:].tobytes() == whole[name][:n].tobytes()


def test_a_file_that_is_left_out_leaves_nothing(
    three: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first rows are taken back in each dataset when it turns out to be bad."""
    original = dump_module.dump_file

    def fail_late(path: str, *rest: Any) -> Any:
        found = original(path, *rest)
        if path == str(three[1]):
            raise UserError(f"{path}: is bad")
        return found

    good = (three[0], three[2])
    assert dump("-o", tmp_path / "o.h5", *BARE, "--tracks", 5, "--", *good) == 0
    monkeypatch.setattr(dump_module, "dump_file", fail_late)
    options = ("--skip-bad-files", *BARE, "--tracks", 5, "--", *three)
    assert dump("-o", tmp_path / "p.h5", *options) == 0
    one, other = contents(tmp_path / "o.h5"), contents(tmp_path / "p.h5")
    assert other["jets"][2].pop("skipped")
    assert other == one


def test_the_size_of_batches_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rows made and copied a few at a time, and many chunks."""
    with dumped(tmp_path) as file:
        whole = file["tracks"][:]
    monkeypatch.setattr(dataset, "CHUNK_BYTES", 1)
    with dumped(tmp_path) as file:
        assert file["tracks"].chunks == (1, 40)
        assert file["tracks"][:].tobytes() == whole.tobytes()


def test_inputs_whose_tracks_differ_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A d0 relative to the vertex and one relative to the beam line are two things."""
    one = mini_tracks.write(tmp_path / "a.root")
    covariance = [[1e-4, 0, 4e-4, 0, 0, 9e-4]]
    two = mini_tracks.write(
        tmp_path / "b.root", covariance=[covariance * 2, covariance, covariance]
    )
    assert dump("-o", tmp_path / "o.h5", *BARE, "--tracks", "--", one, two) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {two}: in /tracks, d0 would be d0 relative to the primary vertex here, "
        f"but d0 relative to the beam line in {one}; dump the files separately\n"
    )


@pytest.mark.parametrize("jobs", [(), ("-j", "2")])
def test_a_field_that_does_not_fit_the_first_type_is_told_with_its_file(
    jobs: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = mini_tracks.write(tmp_path / "a.root")
    monkeypatch.setitem(mini_tracks.TYPES, "numberOfPixelHits", np.int32)
    two = mini_tracks.write(tmp_path / "b.root")
    assert dump("-o", tmp_path / "o.h5", *jobs, *BARE, "--tracks", "--", one, two) == 2
    assert capsys.readouterr().err.startswith(
        f"dump-xaod: error: {two}: numberOfPixelHits is int32 here, but was uint8 in the files "
        "before; dump the files apart"
    )
    assert not (tmp_path / "o.h5").exists()


def test_of_a_file_far_away_the_tracks_arrive(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="reading over http needs aiohttp")
    with dumped(tmp_path) as file:
        near = file["tracks"][:]
    with range_server.serve(tmp_path) as server:
        url = server.url("a.root")
        assert dump("-o", tmp_path / "far.h5", *BARE, "--tracks", "--", url) == 0
    with h5py.File(tmp_path / "far.h5") as file:
        assert file["tracks"][:].tobytes() == near.tobytes()


@pytest.mark.parametrize(
    ("name", "share"),
    [("r21_full_ttree", 0.1), ("r22_physlite_ttree", 0.3), ("r25_physlite_rntuple", 0.2)],
)
def test_of_a_real_derivation_little_more_than_the_tracks_travels(
    name: str, share: float, daod_dir: Path, tmp_path: Path
) -> None:
    pytest.importorskip("aiohttp", reason="reading over http needs aiohttp")
    path = daod_dir / f"{name}.root"
    assert dump("-o", tmp_path / "near.h5", *BARE, "--tracks", "--", path) == 0
    with range_server.serve(daod_dir) as server:
        url = server.url(path.name)
        assert dump("-o", tmp_path / "far.h5", *BARE, "--tracks", "--", url) == 0
        assert server.n_bytes < share * path.stat().st_size
        assert server.n_requests < 25
    with h5py.File(tmp_path / "near.h5") as near, h5py.File(tmp_path / "far.h5") as far:
        for table in ("jets", "tracks", "eventwise"):
            assert far[table][:].tobytes() == near[table][:].tobytes()
