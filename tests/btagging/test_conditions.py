"""`--where`: cuts on fields, in every script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import make_efficiency
import make_hist
import make_roc_curves
import numpy as np
import pytest
import toy
import train_nn
import train_tracks
from btagging.errors import UserError
from btagging.jets.conditions import Condition
from btagging.jets.stream import open_jets

LABEL = "HadronConeExclExtendedTruthLabelID"


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("x > 1", [False, False, True, False]),
        ("x>=1", [False, True, True, False]),
        (" x < 1e0 ", [True, False, False, False]),
        ("x <= 1", [True, True, False, False]),
        ("x == 1", [False, True, False, False]),
        ("x != 1", [True, False, True, False]),
        ("x > -inf", [True, True, True, False]),
    ],
)
def test_jets_without_a_value_do_not_pass(text: str, passed: list[bool]) -> None:
    values = {"x": np.array([0, 1, 2, np.nan], np.float32)}
    assert Condition.parse(text).passes(values).tolist() == passed


def test_whole_numbers() -> None:
    assert Condition.parse("n != 3").passes({"n": np.array([2, 3])}).tolist() == [True, False]


@pytest.mark.parametrize("text", ["", "pt", "pt >", "> 3", "pt > x", "pt = 3", "pt > nan", "3"])
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(UserError) as caught:
        Condition.parse(text)
    assert str(caught.value) == (
        f"--where '{text}': not of the form FIELD OP NUMBER, as in 'pt > 50e3' with one of "
        "!= < <= == > >="
    )


@pytest.mark.parametrize("option", ["--where", "--weight"])
@pytest.mark.parametrize(
    "script", [make_hist, make_roc_curves, make_efficiency, train_nn, train_tracks]
)
def test_a_field_of_tracks_is_no_field_of_jets(script: Any, option: str) -> None:
    with pytest.raises(UserError) as caught:
        script.main([option, "tracks/dr > 1", "a.h5"])
    assert str(caught.value).endswith(": has many values per jet; choose a field of /jets")
    with pytest.raises(UserError, match=r"^tracks/dr: has many values per jet; choose"):
        make_efficiency.main(["--versus", "tracks/dr", "a.h5"])


def test_only_jets_that_pass_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The numbers are those of a file with only these jets; the others are counted."""
    rows = toy.jets(5000)
    whole = toy.write(tmp_path / "a.h5", rows)
    chosen = toy.write(tmp_path / "b.h5", rows[(rows["jf_sig"] > 2) & (rows["jf_sig"] < 30)])
    cuts = ["--where", "jf_sig > 2", "--where", "jf_sig < 30"]
    make_roc_curves.main([str(whole), *cuts, "-o", str(tmp_path / "a"), "--format", "svg"])
    n_failing = int((~((rows["jf_sig"] > 2) & (rows["jf_sig"] < 30))).sum())
    line = f"left out jets that fail jf_sig > 2 and jf_sig < 30: {n_failing:,}"
    assert line in capsys.readouterr().out.splitlines()
    make_roc_curves.main([str(chosen), "-o", str(tmp_path / "b"), "--format", "svg"])
    found, expected = (json.loads((tmp_path / n / "roc.json").read_text()) for n in "ab")
    assert found["where"] == ["jf_sig > 2", "jf_sig < 30"]
    assert found["discriminants"] == expected["discriminants"]
    assert found["jets"] == expected["jets"]
    assert "jf_sig &gt; 2" in (tmp_path / "a" / "roc.svg").read_text()  # in a comment


def test_no_jet_is_left(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(100))
    with pytest.raises(UserError) as caught:
        make_hist.main([str(path), "--where", "jf_sig > 1e9", "-o", str(tmp_path)])
    assert str(caught.value) == (
        f"{path}: no jet with jf_sig > 1e+09 has one of the labels 0, 4, 5 in {LABEL}"
    )


def test_a_field_that_is_not_there(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(100)[["jf_sig", LABEL]])
    with pytest.raises(UserError) as caught:
        list(open_jets([path], where=[Condition("pt", ">", 3)]).batches(["jf_sig"]))
    there = f"jf_sig, {LABEL}"
    assert str(caught.value) == f"{path}: no field 'pt' in /jets, which has: {there}"
