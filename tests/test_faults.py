"""A small share of `make faults`: what is promised is kept."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "faults" / "run.py"
ROW = re.compile(r"\| (.+) \| (\d+) \| (\d+) \| (.*) \|")


@pytest.mark.parametrize(
    ("group", "tries", "n_rows"), [("damage", 12, 7), ("models", 40, 3), ("kills", 4, 24)]
)
def test_promises_are_kept(group: str, tries: int, n_rows: int) -> None:
    """The right numbers, or one line and exit code 2; after a kill all old files or all new."""
    command = [sys.executable, str(RUN), "--tries", str(tries), group]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found = [match.groups() for match in map(ROW.fullmatch, run.stdout.splitlines()) if match]
    assert len(found) >= n_rows
    assert [row for row in found if row[3]] == [], run.stderr
    assert all(tried == kept != "0" for _, tried, kept, _ in found)
