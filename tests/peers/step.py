"""What the examples share: running a peer's programs, and telling what worked."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

EFFICIENCIES = 0.60, 0.70, 0.77, 0.85, 0.90  # the usual working points
SHORT = {"GN2v01": "gn2", "DL1dv01": "dl1d"}  # names that dump-xaod gives by default


def tell(what: str, result: str) -> None:
    """Print a row of the table, as far as an example knows it."""
    print(f"| {what} | {result} |", flush=True)


def call(program: str, *arguments: str | Path) -> str:
    """Run a program of this environment; return what it said."""
    command = [str(Path(sys.executable).parent / program), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        lines = run.stderr.strip().splitlines() or ["no message"]
        raise RuntimeError(f"{program} left with {run.returncode}: {lines[-1]}")
    return run.stdout + run.stderr


def check_equal(found: np.ndarray, expected: np.ndarray) -> None:
    """Compare two structured arrays field by field; NaN is equal to NaN."""
    assert found.dtype.names == expected.dtype.names
    for name in expected.dtype.names or ():
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def our_points(path: Path, tagger: str) -> tuple[list[dict[str, float | None]], int]:
    """Take the working points of log(p_b / p_u) and the number of light jets from our roc.json."""
    ours = json.loads(path.read_text())
    names = [f"{name}_log_ratio" for name in (tagger, SHORT.get(tagger, tagger))]
    found = next(ours["discriminants"][n] for n in names if n in ours["discriminants"])
    return found["working_points"], ours["jets"]["light jets"]


def compare(found: Sequence[float], expected: Sequence[float | None], n_jets: int) -> str:
    """Compare rejections one by one.

    Parameters
    ----------
    found, expected
        Rejections; infinite or None where no jet is left.
    n_jets
        Before the cuts: with it a difference of rejections is one of jets.
    """
    relative, jets = 0.0, 0.0
    for one, other in zip(found, expected, strict=True):
        jets = max(jets, abs(n_jets / one - (n_jets / other if other else 0)))
        if other and math.isfinite(one):
            relative = max(relative, abs(one / other - 1))
    return f"{round(relative, 9):.1g} ({jets:.0f} of {n_jets:,} jets)"
