"""dump-xaod --nn-file with networks on tracks, as others may have written them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import lwtnn_graph
import mini_tracks
import numpy as np
import pytest
from dumped import dump

BARE = ("--variables", "pt", "HadronConeExclTruthLabelID")
SIGNIFICANCE = "IP3D_signed_d0_significance"


def sums(*names: str, sequence: str = "tracks_r22default_sd0sort", **more: Any) -> dict[str, Any]:
    """Make a network that sums inputs from tracks, and takes 100 for those that are unknown."""
    variables = [lwtnn_graph.variable(name, default=100) for name in names]
    labels = [f"sum{i}" for i in range(len(names))]
    return {
        "inputs": [],
        "input_sequences": [{"name": sequence, "variables": variables, **more}],
        "nodes": [
            {"type": "input_sequence", "size": len(names), "sources": [0]},
            {"type": "sum", "sources": [0]},
        ],
        "layers": [],
        "outputs": {"sums": {"labels": labels, "node_index": 1}},
    }


def scores(folder: Path, network: Any, *arguments: Any, **changes: Any) -> Any:
    """Score the three jets that pass the cuts, with three tracks, two, and none; one row each."""
    daod = mini_tracks.write(folder / "a.root", **changes)
    nn_file = lwtnn_graph.write(folder / "nn.json", network)
    options = ("-o", folder / "o.h5", *BARE, "--nn-file", nn_file, *arguments)
    assert dump(*options, "--", daod) == 0
    with h5py.File(folder / "o.h5") as file:
        jets = file["jets"][:]
    return np.stack([jets[name] for name in jets.dtype.names if name.startswith("nn_")])


def test_inputs_go_by_the_names_of_athena_and_of_the_training(tmp_path: Path) -> None:
    """The tracks of the first jet have pt 5, 10 and 1 GeV, all of the five a dr of 0.2 or 0.1."""
    logs = ("log_ptfrac", "ptfrac_log", "log_pt", "log_dr", "log_dr_nansafe")
    names = (*logs, "d0_symlog", "numberOfSCTHits_log1p", "InDetTrackParticlesAuxDyn.d0")
    ptfrac, again, pt, dr, dr_nansafe, d0, hits, own_d0 = scores(tmp_path, sums(*names))
    assert ptfrac[0] == pytest.approx(np.log([0.1, 0.2, 0.02]).sum())
    np.testing.assert_array_equal(again, ptfrac)
    assert pt[0] == pytest.approx(np.log([5000, 10000, 1000]).sum())
    assert dr == pytest.approx([3 * np.log(0.2), 2 * np.log(0.1), 0], rel=1e-6)
    assert dr_nansafe[1] == pytest.approx(2 * np.log(0.1 + 1e-7))
    assert d0[0] == pytest.approx(np.log(1.1) - np.log(1.5) + np.log(1.05), rel=1e-5)
    assert hits == pytest.approx(np.log(9) * np.array([3, 2, 0]))
    assert own_d0 == pytest.approx([-0.35, 0.1, 0])


def test_an_unknown_input_of_a_track_takes_its_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """NaN as well as an infinite logarithm; the jets with such tracks are counted."""
    changes = {
        "chiSquared": [[10.0, 11.0, np.nan, 13.0], [20.0, 21.0], [30.0]],
        "vz": [[0.25] * 4, [0.0, 0.25], [0.0]],
    }
    chi, vz = scores(tmp_path, sums("chiSquared", "vz_log"), **changes)
    assert chi == pytest.approx([10 + 100 + 13, 41, 0])
    assert vz == pytest.approx([3 * np.log(0.25), 100 + np.log(0.25), 0])
    said = capsys.readouterr().out
    assert "replaced by the network's default: 1 chiSquared of tracks, 1 vz_log of tracks" in said


@pytest.mark.parametrize(
    ("sequence", "more", "expected"),
    [
        ("tracks_r22default_sd0sort", {}, [11.061291, 0]),
        ("tracks_none_sd0sort", {}, [11.061291, 2.002796]),
        ("tracks_unknown_sd0sort", {}, [11.061291, 0]),
        ("tracks", {}, [11.061291, 0]),
        ("tracks_r22default_sd0sort", {"n_max": 2}, [12.066863, 0]),
    ],
)
def test_the_name_of_the_sequence_says_which_tracks(
    sequence: str, more: dict[str, Any], expected: list[float], tmp_path: Path
) -> None:
    """Significances are 10.06, 2.01 and -1.01 in the first jet; those of the second lack hits."""
    hits = {"numberOfSCTHits": [[8] * 4, [3, 3], [8]]}
    network = sums("IP3D_signed_d0_significance", sequence=sequence, **more)
    assert scores(tmp_path, network, **hits)[0] == pytest.approx([*expected, 0], rel=1e-5)


def test_the_association_may_be_chosen_without_writing_tracks(tmp_path: Path) -> None:
    scores(tmp_path, sums("dr"), "--track-association", "GhostTrack")
    with h5py.File(tmp_path / "o.h5") as file:
        assert list(file) == ["jets"]
        source = file["jets"].attrs["nn_sum0.source"]
    assert b"tracks = GhostTrack of AnalysisJets, 40 at most, largest signed d0" in source


def test_the_association_of_the_training_is_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever tracks are written; it is never replaced by another."""
    daod = mini_tracks.write(tmp_path / "a.root")
    network = sums("dr", association="BTagTrackToJetAssociator")
    nn_file = lwtnn_graph.write(tmp_path / "nn.json", network)
    options = ("--tracks", "--track-association", "GhostTrack", "--nn-file", nn_file)
    assert dump("-o", tmp_path / "o.h5", *BARE, *options, "--", daod) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {daod}: AnalysisJets has no BTagTrackToJetAssociator, which would lead "
        f"to its tracks; it has GhostTrack; needed by the network {nn_file}\n"
    )


@pytest.mark.parametrize("tracks", [(), ("--tracks",)])
def test_too_few_tracks_for_a_network_are_said_once(
    tracks: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links = [[[(mini_tracks.KEY, 0)], []], [[], []], []]
    scores(tmp_path, sums("dr"), *tracks, GhostTrack=links)
    assert capsys.readouterr().err == (
        f"{tmp_path / 'a.root'}: keeps 0.3 tracks per jet, the others are thinned away: too few "
        "for a network on tracks; take an FTAG derivation, or PHYSLITE of release 22 or later\n"
    )


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            sums("dr", sequence="tracks_r22loose_sd0sort"),
            "the selection of tracks_r22loose_sd0sort is not supported, only r22default and none",
        ),
        (
            sums("dr", sequence="tracks_r22default_ptsort"),
            "the order of tracks_r22default_ptsort is not supported, only sd0sort",
        ),
        (
            sums("dr_exp"),
            "{}: InDetTrackParticles has no variable dr_exp; near it: dr",
        ),
        (sums("default"), "{}: InDetTrackParticles has no variable default; near it: deta"),
        (sums("valid"), "{}: InDetTrackParticles has no variable valid; nothing is near it"),
        (
            sums("AnalysisJetsAuxDyn.pt"),
            "{}: InDetTrackParticles has no variable AnalysisJetsAuxDyn.pt; nothing is near it",
        ),
    ],
)
def test_what_tracks_cannot_give_is_one_line(
    network: Any, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod = mini_tracks.write(tmp_path / "a.root")
    nn_file = lwtnn_graph.write(tmp_path / "nn.json", network)
    assert dump("-o", tmp_path / "o.h5", *BARE, "--nn-file", nn_file, "--", daod) == 2
    said = message.format(daod)
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {said}; needed by the network {nn_file}\n"
    )
    assert not (tmp_path / "o.h5").exists()


def test_damaged_tracks_are_told_with_their_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where no tracks are written."""
    daod = mini_tracks.write(tmp_path / "a.root", theta=[[7.5] * 4, [1.0] * 2, [1.0]])
    nn_file = lwtnn_graph.write(tmp_path / "nn.json", sums("dr"))
    assert dump("-o", tmp_path / "o.h5", *BARE, "--nn-file", nn_file, "--", daod) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {daod}: theta of a track is 7.5, which is implausible: the file is "
        "probably damaged; fetch it again\n"
    )
