"""What a new process inherits: signals that are ignored, variables, this package."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path

_TO_THE_PARENT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Make processes and threads started in this block ignore signals: their parent ends them."""
    _start_tracker()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _TO_THE_PARENT)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_tracker() -> None:
    """Start multiprocessing's resource tracker first: it unblocks signals, and prints warnings."""
    with environment(PYTHONWARNINGS="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        resource_tracker.ensure_running()


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Set environment variables during the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def path_to_this_package() -> str:
    """Return a PYTHONPATH on which this package comes before any other version of it."""
    here = str(Path(__file__).parents[2])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
