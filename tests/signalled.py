"""Programs of a few lines, run under the reporting of one side, for tests of signals and pipes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SIDES = {"dumpxaod": ROOT / "atlas-sw", "btagging": ROOT / "local-sw"}

PROGRAM = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {path!r})
from {side} import errors, output, signals

def main():
{body}

errors.run(main, "program")
"""


def start(side: str, body: str, **options: Any) -> subprocess.Popen[str]:
    """Start a program.

    Parameters
    ----------
    side
        One of `SIDES`.
    body
        The lines of its main function.
    **options
        Those of `subprocess.Popen`; `ignored` are signals that it ignores.
    """
    ignored = options.pop("ignored", ())
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    code = PROGRAM.format(path=str(SIDES[side]), side=side, body=lines)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        text=True,
        preexec_fn=lambda: _set_signals(ignored),
        **{**pipes, **options},
    )


def _set_signals(ignored: tuple[signal.Signals, ...]) -> None:
    """Undo what a background shell hands down: that Ctrl-C is ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds, but not for ever."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
