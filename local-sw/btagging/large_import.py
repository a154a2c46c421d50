"""Imports of thousands of modules, made faster."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def large_import() -> Iterator[None]:
    """Switch the garbage collector off during an import, and exempt what was imported.

    It would search all modules again and again, and once more at the program's end.
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
