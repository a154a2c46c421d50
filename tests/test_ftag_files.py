"""Files as UPP and salt write them go through all scripts, and files without any tagger too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import export_nn
import h5py
import make_hist
import make_roc_curves
import numpy as np
import pytest
import toy
import train_nn
import validate_nn
from btagging.jets.stream import open_jets
from btagging.network import network
from numpy.lib.recfunctions import drop_fields

LABEL = "HadronConeExclExtendedTruthLabelID"
CLASSES = {"bjets": 5, "cjets": 4, "ujets": 0, "taujets": 15}
TAGGER = ("GN2v01_pb", "GN2v01_pc", "GN2v01_pu")
SCORES = ("nn_pu", "nn_pc", "nn_pb")


def ftag_rows(n: int, kind: str) -> np.ndarray:
    """Draw jets with the fields of UPP's files, for which the number of a class is the label."""
    rows = toy.jets(n)
    rows = rows[rows[LABEL] != 44]
    fields = [("pt", kind), *((name, kind) for name in (*TAGGER, *SCORES)), ("flavour_label", "i4")]
    result = np.zeros(len(rows), fields)
    b = 0.9 / (1 + np.exp(-np.nan_to_num(rows["rnnip_log_ratio"])))
    result["GN2v01_pb"], result["GN2v01_pc"], result["GN2v01_pu"] = b, 0.1, 0.9 - b
    for number, label in enumerate(CLASSES.values()):
        result["flavour_label"][rows[LABEL] == label] = number
    return result


def write(path: Path, rows: np.ndarray) -> Path:
    """Write jets, and tracks beside them, as atlas-ftag-tools' H5Writer does by default."""
    plugin = pytest.importorskip("hdf5plugin", reason="LZ4 needs hdf5plugin")
    tracks = np.zeros((len(rows), 40), [("d0", rows.dtype["pt"]), ("valid", "?")])
    with h5py.File(path, "w") as file:
        lz4 = plugin.LZ4()
        jets = file.create_dataset("jets", data=rows, maxshape=(None,), compression=lz4)
        chunks = (100, 40)
        file.create_dataset(
            "tracks", data=tracks, maxshape=(None, 40), chunks=chunks, compression=lz4
        )
        jets.attrs["flavour_label"] = list(CLASSES)
    return path


def roc(folder: Path, *args: object) -> dict[str, Any]:
    make_roc_curves.main([*map(str, args), "-o", str(folder), "--format", "png"])
    return json.loads((folder / "roc.json").read_text())


@pytest.mark.parametrize("kind", ["f2", "f4"])
def test_through_all_scripts(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From the histograms to a network, its export, and its scores in the file."""
    rows = ftag_rows(20_000, kind)
    path = write(tmp_path / "upp.h5", rows)
    make_hist.main([str(path), "-o", str(tmp_path), "--format", "png"])
    assert (tmp_path / "GN2v01_Db.png").exists()
    counts = np.bincount(rows["flavour_label"], minlength=4).tolist()
    found = roc(tmp_path, path)
    assert [found["jets"][f"{name}-jets"] for name in "bc"] == counts[:2]
    assert (found["jets"]["light jets"], found["left_out"]["15"]) == tuple(counts[2:])

    train_nn.main([str(path), "-o", str(tmp_path / "model"), "-e", "3"])
    assert "input GN2v01_log_ratio: (x " in capsys.readouterr().out
    files = [str(tmp_path / "model" / name) for name in ("architecture.json", "nn.weights.h5")]
    found = roc(tmp_path, path, "--nn", *files)
    assert found["held_out"] is True
    tagger, nn = (found["discriminants"][name]["auc_light"] for name in ("GN2v01_Db", "nn"))
    assert nn == pytest.approx(tagger, abs=1e-3)  # it has one input, and its order is the same
    export_nn.main([*files, "--lwtnn", str(tmp_path / "lwtnn.json")])

    trained = network.load(*map(Path, files))
    (batch,) = open_jets([path]).batches(trained.fields)
    for name, values in zip(SCORES, trained.scores(batch).T, strict=True):
        rows[name] = values
    scored = write(tmp_path / "scored.h5", rows)
    tolerance = ["--tolerance", "1e-3"] if kind == "f2" else []
    assert validate_nn.main([str(scored), "--nn", *files, "-o", str(tmp_path), *tolerance]) == 0


def test_a_network_for_probabilities_is_one_for_their_ratio(tmp_path: Path) -> None:
    """The same jets with the ratio in place of the probabilities get the same scores."""
    rows = ftag_rows(3000, "f4")
    path = write(tmp_path / "pairs.h5", rows)
    train_nn.main([str(path), "-o", str(tmp_path), "-e", "1", "--inputs", "GN2v01_log_ratio"])
    trained = network.load(tmp_path / "architecture.json", tmp_path / "nn.weights.h5")
    assert trained.training
    assert trained.training.fields == ("flavour_label", "GN2v01_pb", "GN2v01_pu")
    (made,) = open_jets([path]).batches(["GN2v01_log_ratio"])
    other = np.zeros(len(rows), [("GN2v01_log_ratio", "f4")])
    other["GN2v01_log_ratio"] = made["GN2v01_log_ratio"]
    (read,) = open_jets([toy.write(tmp_path / "ratios.h5", other)]).batches(trained.fields)
    np.testing.assert_array_equal(trained.scores(made), trained.scores(read))


def test_files_without_any_tagger(tmp_path: Path) -> None:
    """The network is the only discriminant in both plots."""
    rows = toy.jets(5000)
    plain = np.zeros(5000, [("x1", "f4"), ("x2", "f4"), (LABEL, "i4")])
    plain["x1"], plain["x2"] = rows["rnnip_log_ratio"], np.log1p(rows["jf_sig"])
    plain[LABEL] = rows[LABEL]
    path = toy.write(tmp_path / "a.h5", plain)
    train_nn.main([str(path), "-o", str(tmp_path), "-e", "3", "--inputs", "x1", "x2"])
    files = [str(tmp_path / name) for name in ("architecture.json", "nn.weights.h5")]
    make_hist.main([str(path), "--nn", *files, "-o", str(tmp_path), "--format", "png"])
    assert (tmp_path / "nn.png").exists()
    assert not (tmp_path / "correlation.png").exists()
    found = roc(tmp_path, path, "--nn", *files)
    assert list(found["discriminants"]) == ["nn"]
    assert found["discriminants"]["nn"]["auc_light"] > 0.95


@pytest.mark.parametrize("before", [False, True])
def test_training_takes_the_order_of_classes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: bool
) -> None:
    """`--labels` and `--dataset` are the same options there."""
    rows = drop_fields(ftag_rows(3000, "f4"), list(SCORES), usemask=False)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["muons"] = rows
    options = ["--dataset", "muons", "--labels", "bjets", "cjets", "ujets", "taujets"]
    words = [*options, str(path)] if before else [str(path), *options]
    train_nn.main([*words, "-o", str(tmp_path / "model"), "-e", "1"])
    n_taus = np.sum(rows["flavour_label"] == 3)
    assert f"left out jets with label 15: {n_taus}\n" in capsys.readouterr().out
