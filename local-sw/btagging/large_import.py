"""Imports of thousands of modules."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def large_import() -> Iterator[None]:
    """Keep the garbage collector away from an import, while it lasts and for good.

    It would look through all that was imported again and again, and once more at the program's
    end, in vain: modules are no garbage.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
