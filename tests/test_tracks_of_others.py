"""Files of tracks in the layouts of others go through all scripts: UPP, training-dataset-dumper."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import make_hist
import make_roc_curves
import numpy as np
import pytest
import toy
import train_tracks
from btagging.errors import UserError
from btagging.jets.conditions import Condition
from btagging.jets.held_out import HeldOut, choose
from btagging.jets.stream import open_jets
from btagging.jets.track_file import read_track_file
from btagging.network import network
from btagging.training.track_reader import TrackReader
from btagging.training.track_survey import survey_tracks
from btagging.training.weighting import measure_weighting

LABEL = "HadronConeExclExtendedTruthLabelID"
JETS = {"jf_sig": "f2", "pt": "f2", "weight": "f4"}
N, PLACES = 3000, 6


def jets() -> np.ndarray:
    """Draw jets whose weight is 1 more than their number of tracks."""
    rows = toy.jets(N)
    result = np.zeros(N, [*JETS.items(), (LABEL, "i4")])
    result["jf_sig"], result[LABEL] = rows["jf_sig"], rows[LABEL]
    result["pt"] = np.random.default_rng(1).uniform(20, 200, N)
    result["weight"] = 1 + tracks()["valid"].sum(axis=1)
    return result


def tracks() -> np.ndarray:
    """Draw tracks in half precision, with gaps between them as a selection of UPP leaves them."""
    rng = np.random.default_rng(2)
    result = np.zeros((N, PLACES), [("valid", "?"), ("sd0", "f2"), ("hits", "u1")])
    valid = rng.uniform(size=(N, PLACES)) < 0.6
    is_b = toy.jets(N)[LABEL] == 5
    result["sd0"] = np.where(valid, rng.normal(3 * is_b[:, np.newaxis], 2, (N, PLACES)), np.nan)
    result["sd0"][valid & (rng.uniform(size=valid.shape) < 0.01)] = np.inf  # too much for f2
    result["hits"], result["valid"] = valid * rng.integers(3, 6, valid.shape), valid
    return result


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write them in LZ4 as atlas-ftag-tools does, the tracks under another name."""
    plugin = pytest.importorskip("hdf5plugin", reason="LZ4 needs hdf5plugin")
    with h5py.File(tmp_path / "others.h5", "w") as file:
        file.create_dataset("jets", data=jets(), chunks=(235,), compression=plugin.LZ4())
        file.create_dataset(
            "tracks_loose", data=tracks(), chunks=(100, PLACES), compression=plugin.LZ4()
        )
    return tmp_path / "others.h5"


def plain(path: Path) -> Path:
    """Write the same in single precision, without gaps, under the usual names."""
    there = tracks()
    order = np.argsort(~there["valid"], axis=1, kind="stable")
    packed = np.take_along_axis(there, order, axis=1)
    with h5py.File(path, "w") as file:
        file["jets"] = jets().astype([*((name, "f4") for name in JETS), (LABEL, "i4")])
        file["tracks"] = packed.astype([("valid", "?"), ("sd0", "f4"), ("hits", "u1")])
    return path


def test_through_all_scripts(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The network sees what it would see in a plain file, and only held-out jets are judged."""
    names = ["--dataset", "jets,tracks_loose"]
    inputs = ["--track-inputs", "sd0_symlog", "hits", "--inputs", "jf_sig_log1p"]
    size = ["--track-hidden", "8", "--hidden", "8", "-e", "1"]
    train_tracks.main([str(path), *names, *inputs, *size, "-o", str(tmp_path / "model")])
    assert f"tracks of these jets: {used_tracks(np.ones(N, bool)):,}, " in capsys.readouterr().out
    files = [tmp_path / "model" / name for name in ("architecture.json", "nn.weights.h5")]
    make_hist.main([*map(str, [path, *names, "--nn", *files, "-o", tmp_path]), "--format", "png"])
    assert (tmp_path / "nn.png").exists()

    trained = network.load(*files)
    (half,) = open_jets([path], names[1]).batches(trained.fields)
    (full,) = open_jets([plain(tmp_path / "plain.h5")]).batches(trained.fields)
    np.testing.assert_array_equal(trained.scores(half), trained.scores(full))

    cut = Condition("pt", ">", 50)
    options = ["--where", str(cut), "--weight", "weight", "--nn", *files, "-o", tmp_path]
    make_roc_curves.main([*map(str, [path, *names, *options]), "--format", "png"])
    found = json.loads((tmp_path / "roc.json").read_text())
    rows = jets()
    used = choose(N, 1).mask(0, N) & (rows["pt"] > 50)
    for label, flavour in ((5, "b-jets"), (4, "c-jets"), (0, "light jets")):
        assert found["jets"][flavour] == np.sum(used & (rows[LABEL] == label))
    assert found["discriminants"]["nn"]["auc_light"] > 0.9


def used_tracks(passed: np.ndarray) -> int:
    rows = jets()
    return int(tracks()["valid"][passed & np.isin(rows[LABEL], (0, 4, 5))].sum())


def test_cuts_and_weights_are_those_of_the_jets_of_the_tracks(path: Path) -> None:
    """Each weight is 1 more than the number of tracks, and stays so in the training."""
    chosen = open_jets([path], "jets,tracks_loose", where=[Condition("pt", ">", 50)])
    held = HeldOut([(0, 500)])
    found = survey_tracks(chosen, ["sd0"], held)
    passed = jets()["pt"] > 50
    assert found.n_tracks == used_tracks(passed)
    weighting = measure_weighting(chosen, held, "weight", [])
    reader = TrackReader(chosen, (), held, weighting, of_tracks=found)
    inputs, flavours, weights = reader.training(reader.all()).arrays()
    n_tracks = inputs["valid"].sum(axis=(1, 2))
    assert len(flavours) == np.sum(np.isin(jets()[LABEL], (0, 4, 5))[500:] & passed[500:])
    assert n_tracks.sum() == used_tracks(passed & (np.arange(N) >= 500))
    np.testing.assert_allclose(weights / weights[0], (n_tracks + 1) / (n_tracks[0] + 1), rtol=1e-6)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            "jets",
            "/tracks: there is no such dataset, but: tracks_loose; choose one with --dataset "
            "jets,tracks_loose",
        ),
        (
            "jets,jets",
            "/jets is not a two-dimensional compound dataset (one row of up to 1,000 tracks per "
            "jet, with named fields)",
        ),
    ],
)
def test_where_the_tracks_are_must_be_said(names: str, message: str, path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_track_file(open_jets([path], names).files[0])
    assert str(caught.value) == f"{path}: {message}"


def test_the_tracks_are_beside_the_jets(tmp_path: Path) -> None:
    """In the same group, unless something else is said."""
    rows = tracks()
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a/jets"], file["a/tracks"], file["tracks"] = jets(), rows, rows[:, :3]
    for names, n_max in (("a/jets", PLACES), ("a/jets,tracks", 3)):
        assert read_track_file(open_jets([tmp_path / "a.h5"], names).files[0]).n_max == n_max


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--dataset", "a,,b"], "--dataset: the name is empty; name one, or leave --dataset out"),
        (
            ["--dataset", "/a,b,c"],
            "--dataset /a,b,c: more than two names; name one of jets, and one of tracks",
        ),
    ],
)
def test_names_that_dataset_refuses(option: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "a.h5").touch()
    for main in (train_tracks.main, make_hist.main, make_roc_curves.main):
        with pytest.raises(UserError) as caught:
            main([str(tmp_path / "a.h5"), *option])
        assert str(caught.value) == message
