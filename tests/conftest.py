"""What several tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from range_server import RangeServer

# What starts pytest in the background may ignore these, and all programs would inherit that.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


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


@pytest.fixture
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RangeServer]:
    """Serve `hanging.root`, which never arrives, so that a signal meets the program at work."""
    pytest.importorskip("aiohttp", reason="reading over http needs aiohttp")
    import mini_daod
    from range_server import serve

    folder = tmp_path_factory.mktemp("served")
    mini_daod.write(folder / "hanging.root")
    with serve(folder) as server:
        server.faults["hanging.root"] = "hang", 1000
        yield server
