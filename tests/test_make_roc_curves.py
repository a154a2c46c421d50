"""make_roc_curves.py from the command line: the picture, the table and the JSON agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import make_roc_curves
import pytest
import toy
from btagging.errors import UserError

LABEL = "HadronConeExclExtendedTruthLabelID"


def test_writes_a_picture_and_the_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = toy.write(tmp_path / "output.h5", toy.jets(30_000))
    make_roc_curves.main([str(path), "-o", str(tmp_path / "plots")])
    lines = capsys.readouterr().out.splitlines()
    endings = ("json", "png", "pdf")
    assert lines[-3:] == [f"wrote {tmp_path}/plots/roc.{ending}" for ending in endings]
    assert len(list((tmp_path / "plots").iterdir())) == 3
    found = json.loads((tmp_path / "plots" / "roc.json").read_text())["discriminants"]
    assert list(found) == ["rnnip_log_ratio", "jf_sig"]
    point = found["rnnip_log_ratio"]["working_points"][2]
    assert point["target_efficiency"] == 0.77
    assert point["b_efficiency"] == pytest.approx(0.77, abs=1e-3)
    row = next(line for line in lines if line.split()[:1] == ["77%"])
    assert f"{point['cut']:.3f}" in row
    assert f"{round(point['light_rejection'], -1):,.0f} " in row
    assert point["light_rejection_low"] < point["light_rejection"] < point["light_rejection_high"]


@pytest.mark.parametrize("name", ["jf_sig", "JetFitter"])
def test_another_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    drawn = []
    draw = make_roc_curves.draw_roc

    def draw_and_keep(*args: Any) -> Any:
        drawn.append(draw(*args))
        return drawn[-1]

    monkeypatch.setattr(make_roc_curves, "draw_roc", draw_and_keep)
    path = toy.write(tmp_path / "a.h5", toy.jets(3000))
    arguments = [str(path), "-o", str(tmp_path), "--format", "png"]
    make_roc_curves.main(arguments)
    make_roc_curves.main([*arguments, "--reference", name])
    labels = [{axes.get_ylabel() for axes in figure.axes[2:]} for figure in drawn]
    assert labels == [{"ratio to\nRNNIP"}, {"ratio to\nJetFitter"}]


def test_an_unknown_reference_is_one_line(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(100))
    with pytest.raises(UserError) as caught:
        make_roc_curves.main([str(path), "-o", str(tmp_path / "p"), "--reference", "GN2"])
    assert str(caught.value) == (
        "--reference GN2: no such discriminant; there are: rnnip_log_ratio, jf_sig"
    )
    assert not (tmp_path / "p").exists()


def test_two_files_are_as_good_as_one(tmp_path: Path) -> None:
    rows = toy.jets(2000)
    one = toy.write(tmp_path / "all.h5", rows)
    two = [toy.write(tmp_path / "a.h5", rows[:300]), toy.write(tmp_path / "b.h5", rows[300:])]
    tables = []
    for files in ([one], two):
        make_roc_curves.main([*map(str, files), "-o", str(tmp_path / "p"), "--format", "png"])
        table = json.loads((tmp_path / "p" / "roc.json").read_text())
        assert table.pop("inputs") == [str(file) for file in files]
        tables.append(table)
    assert tables[0] == tables[1]


def test_without_b_jets_nothing_is_written(tmp_path: Path) -> None:
    rows = toy.jets(100)
    rows[LABEL] = 0
    path = toy.write(tmp_path / "light.h5", rows)
    with pytest.raises(UserError, match="no b-jets"):
        make_roc_curves.main([str(path), "-o", str(tmp_path / "plots")])
    assert not (tmp_path / "plots").exists()


def test_a_picture_of_another_kind_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        make_roc_curves.main(["--format", "jpeg", str(tmp_path / "a.h5")])
    assert caught.value.code == 2
    assert "invalid choice: 'jpeg'" in capsys.readouterr().err


def test_taus_are_a_third_background(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their rejection is counted by hand here; else they are left out, and counted."""
    rows = toy.jets(20_000)
    path = toy.write(tmp_path / "a.h5", rows)
    make_roc_curves.main([str(path), "-o", str(tmp_path), "--format", "png", "--tau"])
    content = json.loads((tmp_path / "roc.json").read_text())
    label = rows["HadronConeExclExtendedTruthLabelID"]
    assert content["jets"]["tau-jets"] == (label == 15).sum()
    assert "15" not in content["left_out"]
    point = content["discriminants"]["rnnip_log_ratio"]["working_points"][0]
    passing = (rows["rnnip_log_ratio"] >= point["cut"]) & (label == 15)
    assert point["tau_rejection"] == pytest.approx((label == 15).sum() / passing.sum())
    assert "tau-jet rejection" in capsys.readouterr().out
