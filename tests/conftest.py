"""What several tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def daod_dir() -> Path:
    """Find the folder of the three real derivations, or skip."""
    beside = Path(__file__).parents[2] / "shared" / "daod"
    folder = Path(os.environ.get("DAOD_DIR", beside))
    if not folder.is_dir():
        pytest.skip(f"no real DAODs: {folder} does not exist; set DAOD_DIR")
    return folder


@pytest.fixture(scope="session")
def cases_dir() -> Path:
    """Find the folder of small inputs that failed once, or skip."""
    beside = Path(__file__).parents[2] / "shared" / "cases"
    folder = Path(os.environ.get("CASES_DIR", beside))
    if not folder.is_dir():
        pytest.skip(f"no inputs that failed once: {folder} does not exist; set CASES_DIR")
    return folder
