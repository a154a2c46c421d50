"""Run one of the programs in a process of its own, quickly, and judge what became of it.

The parent has run the program once, so that a forked child starts with everything imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import runpy
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 6 * 2**30
KEPT = ("same", "refused")


class Result(NamedTuple):
    """What became of a call.

    Parameters
    ----------
    code
        Exit code; negative for the signal that ended it, None if it took too long.
    error
        What it wrote to stderr.
    """

    code: int | None
    error: str


def call(script: str, arguments: Sequence[object], *, seconds: float = 20) -> Result:
    """Run a script of the project in a forked process.

    Parameters
    ----------
    script
        Path from the project's folder, as in ``local-sw/make_hist.py``.
    arguments
        Its command line.
    seconds
        After which it counts as hanging.
    """
    with tempfile.TemporaryFile() as error:
        child = os.fork()
        if not child:
            _be(script, [str(argument) for argument in arguments], error.fileno())
        code = _wait(child, seconds)
        error.seek(0)
        return Result(code, error.read(100_000).decode(errors="replace"))


def _be(script: str, arguments: list[str], error: int) -> NoReturn:
    code = 70
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for here, there in ((nothing, 0), (nothing, 1), (error, 2)):
            os.dup2(here, there)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__  # also under a test runner
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler if number == 2 else signal.SIG_DFL)
        code = run_here(script, arguments)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(code)


def run_here(script: str, arguments: Sequence[object]) -> int:
    """Run a script in this process, and return its exit code."""
    path = ROOT / script
    sys.argv = [str(path), *map(str, arguments)]
    sys.path.insert(0, str(path.parent))
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    finally:
        sys.path.remove(str(path.parent))
    return 0


def _wait(child: int, seconds: float) -> int | None:
    end = time.monotonic() + seconds
    pause = 0.001
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(2 * pause, 0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def verdict(result: Result, digest: Callable[[], str], sound: str) -> str:
    """Name what became of a call on a damaged input.

    Parameters
    ----------
    result
        Of the call.
    digest
        Computes what tells its output from others.
    sound
        The same for the sound input.

    Returns
    -------
    str
        One of `KEPT` if the promise was kept: the right numbers, or one line and exit code 2.
    """
    lines = result.error.strip().splitlines()
    if result.code is None:
        return "hang"
    if "Traceback" in result.error:
        return "traceback"
    if "unexpected" in result.error:
        return "unexpected error"
    if result.code < 0:
        return f"killed by signal {-result.code}"
    if result.code == 0:
        return "same" if digest() == sound else "silent"
    return "refused" if result.code == 2 and len(lines) == 1 else f"exit code {result.code}"


def sha256(*contents: bytes) -> str:
    """Digest some bytes."""
    return hashlib.sha256(b"".join(contents)).hexdigest()
