"""The bar that long work shows on a terminal."""

from __future__ import annotations

import fcntl
import importlib
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import toy
from btagging.jets import stream
from dumpxaod import dump as dumping
from dumpxaod.__main__ import main as dump
from dumpxaod.sample.derivation import write

ROOT = Path(__file__).parents[1]
BODY = """
import sys, time
from {side}.terminal import progress
with progress(4, "files") as reach:
    for i in range(4):
        time.sleep(0.4)
        reach(i + 1, f"{{i}} jets")
print("done")
"""


def on_a_terminal(command: list[str]) -> str:
    """Run a program with a terminal for its stderr, and return what came there."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("atlas-sw", "local-sw"))
    environment = os.environ | {"PYTHONPATH": paths}
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=its, env=environment, check=True)
    os.close(its)
    pieces = []
    try:
        while piece := os.read(ours, 65536):
            pieces.append(piece)
    except OSError:  # Linux: the other end is closed
        pass
    os.close(ours)
    return b"".join(pieces).decode()


@pytest.mark.parametrize("side", ["dumpxaod", "btagging"])
def test_a_bar_with_rate_and_time_left(side: str) -> None:
    """It stands on one line, and is gone at the end."""
    shown = on_a_terminal([sys.executable, "-c", BODY.format(side=side)])
    assert " 75%|" in shown
    assert "| 3.00/4.00 [00:01<00:00" in shown
    assert " files/s, 2 jets]" in shown
    assert shown.endswith("\r")
    assert "\n" not in shown


@pytest.mark.parametrize("side", ["dumpxaod", "btagging"])
def test_nothing_where_there_is_no_terminal(side: str) -> None:
    """Tqdm is not even imported."""
    body = f"{BODY.format(side=side)}assert 'tqdm' not in sys.modules"
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("atlas-sw", "local-sw"))
    done = subprocess.run(
        [sys.executable, "-c", body],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


LINES = "  labels: a b\n  a b c d e f"


@pytest.mark.parametrize("side", ["dumpxaod", "btagging"])
def test_lines_are_wrapped_at_the_terminals_width(
    side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = importlib.import_module(f"{side}.terminal")
    monkeypatch.setenv("COLUMNS", "11")
    assert terminal.wrapped(LINES) == LINES
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert terminal.wrapped(LINES) == "  labels: a\n    b\n  a b c d e\n    f"


Steps = list[tuple[float, str]]


def recorder(monkeypatch: pytest.MonkeyPatch, module: str) -> tuple[Steps, list[tuple[float, str]]]:
    """Record the totals and the steps of what a module shows."""
    steps: Steps = []
    totals: list[tuple[float, str]] = []

    @contextmanager
    def recording(total: float, unit: str) -> Iterator[Callable[[float, str], None]]:
        totals.append((total, unit))
        yield lambda done, note: steps.append((done, note))

    monkeypatch.setattr(importlib.import_module(module), "progress", recording)
    return steps, totals


def test_the_dumper_moves_within_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 events are read at a time: a bar that waits for the end of a file says nothing."""
    paths = [tmp_path / f"{name}.root" for name in "ab"]
    for seed, path in enumerate(paths):
        write(path, 7_000, seed)
    steps, totals = recorder(monkeypatch, dumping.__name__)
    assert dump(["-o", str(tmp_path / "a.h5"), *map(str, paths)]) == 0
    assert totals == [(2, "files")]
    shares = [share for share, _ in steps]
    assert shares == pytest.approx([5 / 7, 1, 1, 1 + 5 / 7, 2, 2])
    events = [note.partition(" events, ")[0] for _, note in steps]
    assert events == ["5,000", "7,000", "7,000", "12,000", "14,000", "14,000"]


def test_reading_moves_batch_by_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(5000))
    steps, totals = recorder(monkeypatch, stream.__name__)
    list(stream.open_jets([path]).batches(["jf_sig"], 2048))
    assert totals == [(5000, "jets")]
    assert steps == [(2048, ""), (4096, ""), (5000, "")]
