"""dump-xaod --nn-file: a network's scores beside the other fields."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import h5py
import mini_daod
import numpy as np
import pytest
from dumped import texts
from dumpxaod.__main__ import main
from dumpxaod.fields import jets as field_jets
from lwtnn_graph import dense, graph, tutorial, variable, write
from mini_daod import KEY, LABEL

GN2 = "log(GN2v01_pb / GN2v01_pu)"
UNREAD = Path(__file__)  # is there, which is all that is asked of it


def run(*arguments: Any) -> int:
    return main([str(argument) for argument in arguments])


def network(folder: Path, *inputs: str) -> Path:
    return write(folder / "net.json", tutorial(*inputs))


def test_scores_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    """The input is log(1/8) for one jet and 0 for the other.

    Prepared, they are 2 - 2 log 8 and 2, so that the sums' exponentials are e^2 / 64, e / 8
    and 1 for the first, and e^2, e and 1 for the second.
    """
    daod, out = mini_daod.write(tmp_path / "a.root"), tmp_path / "o.h5"
    nn = network(tmp_path, "gn2_log_ratio")
    assert run("-o", out, "--variables", "pt", "--nn-file", nn, daod) == 0
    with h5py.File(out) as file:
        jets = file["jets"][:]
    assert jets.dtype == [("pt", "<f4"), ("nn_pu", "<f4"), ("nn_pc", "<f4"), ("nn_pb", "<f4")]
    for name, expected in {
        "nn_pu": [0.0793369, 0.6652410],
        "nn_pc": [0.2334909, 0.2447285],
        "nn_pb": [0.6871722, 0.0900306],
    }.items():
        assert jets[name] == pytest.approx(expected, abs=1e-6)


def test_inputs_are_rounded_like_the_fields(tmp_path: Path) -> None:
    """Whoever reads the inputs from the HDF5 file gets the scores of that file."""
    probabilities = {"GN2v01_pb": [[0.7, 0.1], [0.3]], "GN2v01_pu": [[0.1, 0.9], [0.61]]}
    significance = [[1.7, 3.3], [0.123]]
    daod = mini_daod.write(
        tmp_path / "a.root", **probabilities, JetFitter_significance3d=significance
    )
    names = ["gn2_log_ratio", "jf_sig_log1p"]
    variables = [variable(name, 0.1, 0.7, default=0) for name in names]
    content = graph(variables, [dense([[0.3, 0.4]], [0.2])], ["sum"])
    nn, out = write(tmp_path / "net.json", content), tmp_path / "o.h5"
    assert run("-o", out, "--variables", *names, "--nn-file", nn, daod) == 0
    with h5py.File(out) as file:
        jets = file["jets"][:]
    a, b = (jets[name].astype(np.float64) for name in names)
    expected = 0.3 * ((a + 0.1) * 0.7) + 0.4 * ((b + 0.1) * 0.7) + 0.2
    assert jets["nn_sum"].tolist() == expected.astype(np.float32).tolist()


def test_what_the_scores_are_is_documented_in_the_file(tmp_path: Path) -> None:
    daod, out = mini_daod.write(tmp_path / "a.root"), tmp_path / "o.h5"
    nn = network(tmp_path, "gn2_log_ratio")
    assert run("-o", out, "--nn-file", nn, daod) == 0
    sha256 = hashlib.sha256(nn.read_bytes()).hexdigest()
    with h5py.File(out) as file:
        attributes = texts(file["jets"])
    assert attributes["network"] == "net.json"
    assert attributes["network.sha256"] == sha256
    source = f"output pb of the network {sha256[:12]} of gn2_log_ratio = {GN2}"
    assert attributes["nn_pb.source"] == source
    assert attributes["nn_pb.unit"] == "1"


def test_summary_tells_the_network_and_its_defaults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One jet has no tracks (0 / 0), and one has no b-tagging object."""
    daod = mini_daod.write(
        tmp_path / "a.root",
        link=[[(KEY, 0), (KEY, 1)], [(0, 0)]],
        GN2v01_pb=[[0.0, 0.1], [0.3]],
        GN2v01_pu=[[0.0, 0.8], [0.3]],
    )
    content = tutorial("gn2_log_ratio", "pt")
    del content["inputs"][0]["variables"][1]["default"]
    nn, out = write(tmp_path / "net.json", content), tmp_path / "o.h5"
    assert run("-o", out, "--variables", LABEL, "--nn-file", nn, daod) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        f"  nn_pu, nn_pc, nn_pb = scores of {nn}, of",
        f"    gn2_log_ratio = {GN2}",
        "    pt",
        "    it has no default for pt: NaN stays NaN there",
        "  3 jets in 2 events of 1 file",
        "  1 cut on pt or |eta|",
        "  1 dropped for want of a b-tagging object (null link)",
        "  1 written",
        "  labels: 1 with label 5",
        "  NaN: none",
        "  infinite: none",
        "  replaced by the network's default: 1 gn2_log_ratio",
    ]
    with h5py.File(out) as file:
        jets = file["jets"][:]
    assert np.isfinite(jets["nn_pb"]).all()


def test_without_a_default_nan_stays_nan(tmp_path: Path) -> None:
    daod = mini_daod.write(
        tmp_path / "a.root", GN2v01_pb=[[0, 0], [0.5]], GN2v01_pu=[[0, 0], [0.5]]
    )
    content = tutorial("gn2_log_ratio")
    del content["inputs"][0]["variables"][0]["default"]
    nn, out = write(tmp_path / "net.json", content), tmp_path / "o.h5"
    assert run("-o", out, "--nn-file", nn, daod) == 0
    with h5py.File(out) as file:
        assert np.isnan(file["jets"]["nn_pb"]).tolist() == [True, False]


@pytest.mark.parametrize("source", [GN2, "", None])
def test_an_input_is_what_it_was_in_the_training(source: str | None, tmp_path: Path) -> None:
    daod, content = mini_daod.write(tmp_path / "a.root"), tutorial("gn2_log_ratio_log1p")
    if source is not None:
        content["inputs"][0]["variables"][0]["source"] = source
    nn = write(tmp_path / "net.json", content)
    assert run("-o", tmp_path / "o.h5", "--nn-file", nn, daod) == 0


def test_an_input_from_another_version_of_a_tagger_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are called gn2_log_ratio, and the scores would look right."""
    daod, content = mini_daod.write(tmp_path / "a.root"), tutorial("gn2_log_ratio")
    content["inputs"][0]["variables"][0]["source"] = GN2.replace("v01", "v00")
    nn, out = write(tmp_path / "net.json", content), tmp_path / "o.h5"
    assert run("-o", out, "--nn-file", nn, daod) == 2
    assert capsys.readouterr().err.endswith(
        f"{daod}: gn2_log_ratio is {GN2} here, but the network {nn} was trained on "
        "log(GN2v00_pb / GN2v00_pu); train it again\n"
    )
    assert not out.exists()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            ["jf_sig_log1p"],
            "{daod}: AnalysisJets cannot give jf_sig_log1p, an input of {nn}; "
            "computed are gn2_log_ratio, pt_btagJes, eta_btagJes, absEta_btagJes; nothing is near "
            "it",
        ),
        (
            ["pt", "GN2v01_bp"],
            "{daod}: AnalysisJets cannot give GN2v01_bp, an input of {nn}; computed are "
            "gn2_log_ratio, pt_btagJes, eta_btagJes, absEta_btagJes; near it: GN2v01_pu, GN2v01_pb",
        ),
    ],
)
def test_an_input_that_is_not_there_is_answered_with_what_is(
    inputs: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod, nn = mini_daod.write(tmp_path / "a.root"), network(tmp_path, *inputs)
    assert run("-o", tmp_path / "o.h5", "--nn-file", nn, daod) == 2
    told = message.format(daod=daod, nn=nn)
    assert capsys.readouterr().err == f"dump-xaod: error: {told}\n"
    assert not list(tmp_path.glob("o.h5*"))


def test_an_input_must_mean_one_thing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where it is not itself written."""
    one = mini_daod.write(tmp_path / "a.root")
    p = [[0.8, 0.1], [0.3]]
    other = {"GN2v01_pb": None, "GN2v01_pu": None, "GN2v00_pb": p, "GN2v00_pu": p}
    two = mini_daod.write(tmp_path / "b.root", **other)
    nn = network(tmp_path, "gn2_log_ratio")
    arguments = ["-o", tmp_path / "o.h5", "--variables", "pt", "--nn-file", nn, one, two]
    assert run(*arguments) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {two}: the network's input gn2_log_ratio would be "
        f"log(GN2v00_pb / GN2v00_pu) here, but {GN2} in {one}; dump the files separately\n"
    )


def test_a_field_cannot_have_the_name_of_a_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod = mini_daod.write(tmp_path / "a.root", nn_pb=[[0.5, 0.5], [0.5]])
    nn = network(tmp_path, "gn2_log_ratio")
    assert run("-o", tmp_path / "o.h5", "--variables", "nn_pb", "--nn-file", nn, daod) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: nn_pb is a score of {nn}; leave out the field\n"
    )


@pytest.mark.parametrize("label", ["p-b", "p b", "p/b", "é"])
def test_a_label_must_make_a_name(
    label: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = graph([variable("pt")], [dense([[1]], [0])], [label])
    nn = write(tmp_path / "net.json", content)
    assert run("-o", tmp_path / "o.h5", "--nn-file", nn, UNREAD) == 2
    told = f"{nn}: label {label!r} makes no field's name"
    assert capsys.readouterr().err == f"dump-xaod: error: {told}\n"


def test_a_network_of_thousands_of_outputs_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [dense([[1]] * 2000, [0] * 2000)]
    nn = write(
        tmp_path / "net.json", graph([variable("pt")], layers, [f"p{i}" for i in range(2000)])
    )
    assert run("-o", tmp_path / "o.h5", "--nn-file", nn, UNREAD) == 2
    told = f"{nn}: 2000 outputs are more than 100"
    assert capsys.readouterr().err == f"dump-xaod: error: {told}\n"


def test_a_broken_network_is_reported_before_the_jets_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nn = tmp_path / "none.json"
    assert run("-o", tmp_path / "o.h5", "--nn-file", nn, UNREAD) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {nn}: cannot be read (No such file or directory)\n"
    )


@pytest.mark.parametrize(
    ("name", "available", "formula"),
    [
        ("jf_sig_log1p", ["JetFitter_significance3d"], "log(1 + JetFitter_significance3d)"),
        ("pt_log1p", ["pt"], "log(1 + pt)"),
        ("gn2_log_ratio_log1p", ["GN2v01_pb", "GN2v01_pu"], f"log(1 + {GN2})"),
        ("odd_log1p", ["odd_log1p", "odd"], "odd_log1p"),
        ("pt_log1p_log1p", ["pt"], None),
        ("_log1p", ["pt"], None),
        ("x_log1p", ["pt"], None),
    ],
)
def test_log1p_goes_with_every_field(name: str, available: list[str], formula: str | None) -> None:
    """A variable that is itself called so goes first."""
    field = field_jets.find(name, available)
    assert (field and field.formula) == formula


def test_log1p_is_that_of_the_stored_field() -> None:
    """-1 + 1e-12 is stored as -1, so that its log1p is infinite for every reader."""
    field = field_jets.find("jf_sig_log1p", ["JetFitter_significance3d"])
    assert field is not None
    values = field.values({"JetFitter_significance3d": np.array([-1 + 1e-12, 0, np.e - 1, -2])})
    assert values.dtype == np.float32
    assert values[:3].tolist() == [-np.inf, 0, 1]
    assert np.isnan(values[3])


def test_tutorial_network_on_a_real_derivation(daod_dir: Path, tmp_path: Path) -> None:
    """The scores follow from the fields beside them; one jet has no finite rnnip ratio."""
    daod, out = daod_dir / "r21_full_ttree.root", tmp_path / "o.h5"
    nn = network(tmp_path, "rnnip_log_ratio", "jf_sig_log1p")
    assert run("-o", out, "--nn-file", nn, daod) == 0
    with h5py.File(out) as file:
        jets = file["jets"][:]
    assert len(jets) == 9
    ratio, significance = (jets[n].astype(np.float64) for n in ("rnnip_log_ratio", "jf_sig"))
    assert np.count_nonzero(~np.isfinite(ratio)) == 1
    inputs = [np.where(np.isfinite(ratio), ratio, 3), np.log1p(significance)]
    total = sum((x + 1) * 2 for x in inputs)
    powers = np.exp([total, total / 2, 0 * total])
    for name, score in zip(("nn_pu", "nn_pc", "nn_pb"), powers / powers.sum(axis=0), strict=True):
        assert jets[name] == pytest.approx(score, abs=1e-6)
