"""make_efficiency.py: what a cut keeps and rejects in bins of a field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import make_efficiency
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from numpy.lib.recfunctions import append_fields
from numpy.typing import NDArray

LABEL = "HadronConeExclExtendedTruthLabelID"
N = 20_000


@pytest.fixture(scope="module")
def rows() -> NDArray[Any]:
    rng = np.random.default_rng(5)
    columns = [rng.uniform(1e4, 3e5, N).astype("f4"), rng.uniform(-3, 3, N).astype("f4")]
    rows = append_fields(toy.jets(N), ["pt", "eta"], columns, usemask=False)
    return append_fields(rows, "w", rng.exponential(2, N).astype("f4"), usemask=False)


def run(folder: Path, rows: NDArray[Any], *options: str) -> Any:
    path = toy.write(folder / "a.h5", rows)
    make_efficiency.main([str(path), *options, "-o", str(folder), "--format", "png"])
    return json.loads((folder / "efficiency.json").read_text())["rnnip_log_ratio"]


def shares(
    rows: NDArray[Any],
    label: int,
    values: NDArray[Any],
    edges: list[float],
    cuts: list[float],
    weights: NDArray[np.float64],
) -> list[float]:
    """Count with a loop."""
    found = []
    for low, high, cut in zip(edges, edges[1:], cuts, strict=False):
        inside = (rows[LABEL] == label) & (values >= low) & (values < high)
        passing = inside & (rows["rnnip_log_ratio"] >= cut)
        found.append(weights[passing].sum() / weights[inside].sum())
    return found


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ([], "pt"),
        (["--flat"], "pt"),
        (["--versus", "eta", "--bins", "0,1,2.5"], "eta"),
        (["--versus", "jf_sig", "--bins", "0,1,50", "--efficiency", "0.6"], "jf_sig"),
        (["--weight", "w", "--flat"], "pt"),
    ],
)
def test_numbers_are_those_of_a_loop(
    tmp_path: Path, rows: NDArray[Any], options: list[str], field: str
) -> None:
    found = run(tmp_path, rows, *options)
    values = np.abs(rows[field]) if field == "eta" else rows[field]
    weights = rows["w"].astype(float) if "--weight" in options else np.ones(N)
    edges, cuts = found["edges"], found["cuts"]
    kept = shares(rows, 5, values, edges, cuts, weights)
    np.testing.assert_allclose(found["b_efficiency"], kept, rtol=1e-9)
    for name, label in (("light", 0), ("c", 4)):
        share = shares(rows, label, values, edges, cuts, weights)
        expected = [1 / s if s else np.nan for s in share]
        rejection = np.array(found[f"{name}_rejection"], float)
        np.testing.assert_allclose(rejection, expected, rtol=1e-9)
        low, high = (np.array(found[f"{name}_rejection_{end}"], float) for end in ("low", "high"))
        some = np.isfinite(rejection)
        assert (low[some] < rejection[some]).all()
        assert (rejection[some] < high[some]).all()
    if "--flat" in options:
        assert (np.array(kept) >= 0.77).all()
        assert max(kept) < 0.79
    else:
        target = 0.6 if "--efficiency" in options else 0.77
        b = rows[LABEL] == 5
        whole = (rows["rnnip_log_ratio"][b] >= cuts[0]).mean()
        assert len(set(cuts)) == 1
        assert target <= whole < target + 0.002
    assert (tmp_path / "efficiency.png").is_file()


def test_bins_without_jets(tmp_path: Path, rows: NDArray[Any]) -> None:
    found = run(tmp_path, rows, "--bins", "1e4,2e5,3e5,4e5")
    assert found["b_efficiency"][2] is None
    assert found["light_rejection"][2] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--bins 3,2", "argument --bins: 3,2: edges must ascend, as in 20e3,50e3,100e3"),
        ("--efficiency 1.2", "argument --efficiency: 1.2 is not between 0 and 1"),
    ],
)
def test_wrong_arguments(
    options: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(100))
    with pytest.raises(SystemExit):
        make_efficiency.main([str(path), *options.split()])
    assert capsys.readouterr().err.splitlines()[-1].endswith(f": error: {message}")


def test_a_field_that_is_not_there(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(100)[["jf_sig", LABEL]])
    with pytest.raises(UserError) as caught:
        make_efficiency.main([str(path)])
    assert str(caught.value).startswith(f"{path}: no field 'pt' in /jets, which has: jf_sig, ")
