"""Imports of thousands of modules."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def large_import() -> Iterator[None]:
    """Keep the garbage collector away from an import, while it lasts and for good.

    It would look through all that was imported again and again, and once more at the program's
    end, in vain: modules are no garbage.
    """
    # Keras imports matplotlib, which fails where a notebook's backend is not installed. No window
    # is ever opened here.
    os.environ["MPLBACKEND"] = "agg"
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
