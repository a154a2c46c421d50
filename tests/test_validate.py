"""A validation passes what is right, and catches every planted error."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import toy
import validate_nn
from btagging.errors import UserError
from btagging.export import lwtnn as lwtnn_export
from btagging.jets.stream import open_jets
from btagging.network import network
from btagging.performance import validation
from dumpxaod.lwtnn import reader as lwtnn_file
from networks import write
from numpy.lib.recfunctions import append_fields

pytest.importorskip("keras", reason="Keras is not installed")
N = 5000


@pytest.fixture
def files(tmp_path: Path) -> Any:
    return write(tmp_path / "model")


def score(
    path: Path, files: Any, change: Callable[[Any], object] = lambda lwtnn: None, rows: Any = None
) -> Path:
    """Score toy jets with lwtnn's JSON, as the dumper does, after a change to that."""
    rows = toy.jets(N) if rows is None else rows
    lwtnn = lwtnn_export.as_lwtnn(network.load(*files))
    change(lwtnn)
    path.with_suffix(".json").write_text(json.dumps(lwtnn))
    found, _ = lwtnn_file.read(path.with_suffix(".json"))
    with np.errstate(all="ignore"):
        inputs = [rows["rnnip_log_ratio"], np.log1p(rows["jf_sig"].astype(np.float64))]
    scores = found.evaluate(np.stack(inputs, axis=1)).astype(np.float32)
    names = [f"nn_{label}" for label in ("pu", "pc", "pb")]
    return toy.write(path, append_fields(rows, names, list(scores.T), usemask=False))


def run(files: Any, *more: Any) -> Any:
    return validate_nn.main(["-n", *map(str, files), *map(str, more)])


def test_both_agree(files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jets = score(tmp_path / "a.h5", files)
    assert run(files, jets, "-o", tmp_path / "plots") == 0
    lines = capsys.readouterr().out.splitlines()
    n_unknown = np.isnan(toy.jets(N)["rnnip_log_ratio"]).sum()
    assert lines[0] == f"compared 5,000 jets, {n_unknown} with an unknown input"
    assert lines[1].startswith("largest difference ")
    assert float(lines[1].split()[2].rstrip(",")) < 1e-6
    assert lines[2].startswith("mean difference ")
    assert lines[3:5] == [
        f"wrote {tmp_path}/plots/validation.{ending}" for ending in ["png", "pdf"]
    ]
    assert lines[5:] == ["the two agree (tolerance 1e-05)"]
    assert (tmp_path / "plots" / "validation.png").stat().st_size > 10_000


def test_jets_scored_by_another_network_are_told(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The differences alone would not say why."""
    jets = score(tmp_path / "a.h5", files)
    text = lwtnn_export.as_text(network.load(*files))
    lwtnn = files[0].with_name(lwtnn_export.FILE)
    lwtnn.write_text(text)
    for digest, said in (hashlib.sha256(text.encode()).hexdigest(), []), ("ab", ["scores"]):
        with h5py.File(jets, "a") as file:
            file["jets"].attrs["network.sha256"] = digest
        assert run(files, jets, "-o", tmp_path / "plots") == 0
        first = capsys.readouterr().out.splitlines()[0]
        if said:
            assert first == f"{jets}: its scores come from another network than {lwtnn}"
        else:
            assert first.startswith("compared ")


def test_a_file_for_lwtnn_of_another_training_is_told(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = lwtnn_export.as_lwtnn(network.load(*files)) | {"fingerprint": "ab"}
    lwtnn = files[0].with_name(lwtnn_export.FILE)
    lwtnn.write_text(json.dumps(graph))
    assert run(files, score(tmp_path / "a.h5", files), "-o", tmp_path / "plots") == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"{lwtnn}: of another training than {files[0]}"


def test_what_a_transform_loses_is_counted(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = toy.jets(N)
    rows["jf_sig"][:30] = -999
    rows["rnnip_log_ratio"][:10] = np.nan
    rows["rnnip_log_ratio"][10:] = 1
    assert run(files, score(tmp_path / "a.h5", files, rows=rows), "-o", tmp_path / "plots") == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "compared 5,000 jets, 30 with an unknown input",
        "in 20 of these, only the input's transform is unknown",
    ]


def transpose_back(lwtnn: Any) -> Any:
    (layer,) = lwtnn["layers"]
    layer["weights"] = np.reshape(layer["weights"], (3, 2)).T.ravel().tolist()


PLANTED: dict[str, Callable[[Any], object]] = {
    "swapped classes": lambda lwtnn: lwtnn["outputs"]["nn"]["labels"].reverse(),
    "a matrix that is not transposed": transpose_back,
    "a wrong default": lambda lwtnn: lwtnn["inputs"][0]["variables"][0].update(default=-1.01),
    "a wrong offset": lambda lwtnn: lwtnn["inputs"][0]["variables"][1].update(offset=-0.501),
    "swapped inputs": lambda lwtnn: lwtnn["inputs"][0]["variables"].reverse(),
    "a lost activation": lambda lwtnn: lwtnn["layers"][0].update(activation="sigmoid"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    def plant(lwtnn: Any) -> None:
        PLANTED[name](lwtnn)
        if name == "swapped classes":  # the columns are written in the order of the layer
            order = [["pu", "pc", "pb"].index(label) for label in lwtnn["outputs"]["nn"]["labels"]]
            layer = lwtnn["layers"][0]
            layer["weights"] = np.reshape(layer["weights"], (3, 2))[order].ravel().tolist()
            layer["bias"] = [layer["bias"][i] for i in order]

    jets = score(tmp_path / "a.h5", files, plant)
    assert run(files, jets, "-o", tmp_path / "plots") == 1
    assert capsys.readouterr().out.splitlines()[-1] == "the two DIFFER (tolerance 1e-05)"


def test_a_shifted_row(files: Any, tmp_path: Path) -> None:
    """Scores that belong to the jet before."""
    jets = score(tmp_path / "a.h5", files)
    with h5py.File(jets, "a") as file:
        rows = file["jets"][:]
        for name in ("nn_pu", "nn_pc", "nn_pb"):
            rows[name] = np.roll(rows[name], 1)
        file["jets"][:] = rows
    assert run(files, jets, "-o", tmp_path / "plots") == 1


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.75])
def test_one_wrong_jet_is_named(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], value: Any
) -> None:
    """The jet is counted in its own file; what is no number is the worst of all."""
    first, second = (score(tmp_path / f"{name}.h5", files) for name in "ab")
    with h5py.File(second, "a") as file:
        row = file["jets"][1234]
        row["nn_pc"] = value
        file["jets"][1234] = row
    assert run(files, first, second, "-o", tmp_path / "plots") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("compared 10,000 jets, ")
    assert lines[1].endswith(f", in jet 1234 of {second}")
    assert ("1 jets have scores that are no numbers" in lines) == (not np.isfinite(value))


def test_only_jets_that_pass_are_compared_and_keep_their_numbers(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None of the first file passes; all have the numbers of their rows."""
    rows = toy.jets(N)
    low = np.where(rows["jf_sig"] > 5, 0, rows["jf_sig"])
    without = rows.copy()
    without["jf_sig"] = low
    first, second = score(tmp_path / "a.h5", files, rows=without), score(tmp_path / "b.h5", files)
    passing = np.flatnonzero(rows["jf_sig"] > 5)
    with h5py.File(second, "a") as file:
        found = file["jets"][:]
        found["nn_pc"][[passing[100], np.flatnonzero(rows["jf_sig"] < 5)[3]]] = 0.75
        file["jets"][:] = found
    cut = ("--where", "jf_sig > 5")
    assert run(files, first, second, *cut, "-o", tmp_path / "plots") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"compared {len(passing):,} jets, ")
    assert lines[1].endswith(f", in jet {passing[100]} of {second}")
    with pytest.raises(UserError) as caught:
        run(files, first, *cut, "-o", tmp_path / "none")
    assert str(caught.value) == f"{first}: no jet passes jf_sig > 5"
    assert not (tmp_path / "none").exists()


def test_tolerance(files: Any, tmp_path: Path) -> None:
    jets = score(tmp_path / "a.h5", files)
    assert run(files, jets, "-o", tmp_path / "plots", "--tolerance", "1e-12") == 1
    with pytest.raises(SystemExit) as caught:
        run(files, jets, "--tolerance", "0")
    assert caught.value.code == 2


def test_no_scores(files: Any, tmp_path: Path) -> None:
    jets = toy.write(tmp_path / "a.h5", toy.jets(10))
    with pytest.raises(UserError) as caught:
        run(files, jets)
    assert str(caught.value) == (
        f"{jets}: no scores to compare with, for there is no field nn_pu; make them with "
        "atlas-sw/dump-xaod --nn-file model/lwtnn-network.json"
    )


def test_a_name_that_keras_does_not_take(files: Any, tmp_path: Path) -> None:
    jets = score(tmp_path / "a.h5", files)
    other = files[1].rename(files[1].with_name("weights.h5"))
    with pytest.raises(UserError) as caught:
        run((files[0], other), jets)
    assert str(caught.value) == (f"{other}: Keras wants a name that ends in .weights.h5; rename it")


def test_the_network_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jets = toy.write(tmp_path / "a.h5", toy.jets(10))
    with pytest.raises(SystemExit) as caught:
        validate_nn.main([str(jets)])
    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith("the following arguments are required: -n/--nn\n")


def test_sizes_by_hand() -> None:
    """Differences 0, 1/8 and 1/4 in three jets, of which the last is the worst."""
    compared = validation.Comparison(("pu", "pb"))
    compared.add(np.array([[0.5, 0.5]]), np.array([[0.5, 0.5]]))
    compared.add(np.array([[0.5, 0.625], [0.25, 0.5]]), np.full((2, 2), 0.5))
    assert (compared.largest, compared.worst, compared.n_jets) == (0.25, 2, 3)
    assert compared.mean_difference == pytest.approx((0.125 + 0.25) / 6)
    assert compared.counts.sum(axis=1).tolist() == [3, 3]
    assert compared.counts[0, np.searchsorted(validation.EDGES, 0.25) - 1] == 1
    assert compared.counts[:, 0].tolist() == [2, 2]


@pytest.mark.parametrize(("number", "expected"), [(0, ("a", 0)), (9, ("a", 9)), (10, ("b", 0))])
def test_find(tmp_path: Path, number: Any, expected: Any) -> None:
    paths = [toy.write(tmp_path / name, toy.jets(10)) for name in "ab"]
    name, row = expected
    assert validation.find(open_jets(paths), number) == (tmp_path / name, row)
