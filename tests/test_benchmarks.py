"""The benchmarks' own arithmetic; nothing here is timed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

FOLDER = Path(__file__).parent / "benchmarks"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))


def test_a_run_is_measured_without_the_memory_of_the_caller(tmp_path: Path) -> None:
    from pairing import run

    ballast = np.ones(40_000_000)  # 320 MB
    program = "x = b'x' * 60_000_000; print(sum(range(3_000_000)))"
    cost = run([sys.executable, "-c", program], tmp_path)
    assert cost.output == "4499998500000"
    assert 60 < cost.memory < 200 < ballast.nbytes / 2**20
    assert 0 < cost.cpu < 2 * cost.wall + 1


def test_a_program_that_fails_stops_the_benchmark(tmp_path: Path) -> None:
    from pairing import run

    with pytest.raises(RuntimeError, match=r"left with 3:\nno luck"):
        run([sys.executable, "-c", "print('no luck'); raise SystemExit(3)"], tmp_path)


def test_ratios_and_verdicts() -> None:
    from pairing import Cost, medians
    from results import as_tables, ratio

    ours = medians([Cost(x, 2 * x, 50, "") for x in (3, 1, 2)])
    row = ratio("dump", "cpu", ours, Cost(9, 8, 100, ""), peer="C++", target=0.4)
    assert (row.found, row.verdict, row.detail) == (0.5, "**no**", "4 and 8 s")
    memory = ratio("dump", "memory", ours, Cost(9, 8, 100, ""), peer="C++", target=0.5)
    assert (memory.found, memory.verdict, memory.detail) == (0.5, "yes", "50 and 100 MB")
    shown = ratio("dump", "wall", ours, Cost(4, 8, 100, ""), peer="C++", target=None)
    with_targets, without = as_tables([shown, row]).split("And without a target:")
    assert with_targets.split("\n")[-3] == "| dump | C++ | CPU | 0.5 | 0.4 | **no** | 4 and 8 s |"
    assert without.split("\n")[-1] == "| dump | C++ | wall | 0.5 | 2 and 4 s |"


def test_of_two_figures_the_later_counts(tmp_path: Path) -> None:
    from results import Row, keep, recall

    rows = [Row("a", "b", "wall", value, None, "") for value in (1.0, 2.0)]
    keep(rows, tmp_path / "r")
    assert recall(tmp_path / "r") == rows[1:]


def test_the_optimum_is_that_of_scikit_learn() -> None:
    from optimum import cross_entropy, optimum

    rng = np.random.default_rng(1)
    flavour = rng.integers(0, 3, 5000)
    inputs = rng.normal(size=(5000, 2)) + np.array([[0, 0], [1, 0], [1, 2]])[flavour]
    found = cross_entropy(optimum(inputs, flavour), flavour)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(inputs, flavour)
    assert found == pytest.approx(log_loss(flavour, fitted.predict_proba(inputs)), abs=1e-9)
