"""Signals that end a program: how it cleans up first, and how it finishes what must be whole.

The other side has the same functions word for word: a test compares them.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_as_exceptions(received: list[int]) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP clean up alike; a second one ends the program at once.

    Parameters
    ----------
    received
        Gets the number of a signal that came.
    """

    def interrupt(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        received.append(number)
        raise KeyboardInterrupt

    with _handling(interrupt), _lost_interrupts_again():
        yield


@contextmanager
def _lost_interrupts_again() -> Iterator[None]:
    """Raise a KeyboardInterrupt again that Python drops, as in a destructor or a callback."""

    def again(lost: sys.UnraisableHookArgs) -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            before(lost)
        elif threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, signal.default_int_handler)
            signal.setitimer(signal.ITIMER_REAL, 0.01)  # s: when the destructor is left

    before, sys.unraisablehook = sys.unraisablehook, again
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Let signals that would end the program wait for the end of this block."""
    waiting: list[int] = []
    with _handling(lambda number, _: waiting.append(number)):
        yield
    for number in waiting[:1]:
        signal.raise_signal(number)


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Handle signals for a while, but those that are ignored, as `nohup` wants it."""
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        before = {n: signal.getsignal(n) for n in _SIGNALS}
    try:
        for number, old in before.items():
            if old not in (signal.SIG_IGN, None):
                signal.signal(number, handler)
        yield
    finally:
        for number, old in before.items():
            if old not in (signal.SIG_IGN, None):
                signal.signal(number, old)
