"""Import uproot in half the time, unless it is imported already.

Awkward Array, which uproot imports but does not use for the operations needed here, is loaded on
first use. The garbage collector is off meanwhile, and ignores the imported modules later.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """A placeholder for a module, which is imported when one of its attributes is used."""

    def __getattr__(self, name: str) -> Any:
        _remove(self)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def deferred(name: str) -> Iterator[None]:
    """Give a placeholder to the packages that import the named module during the block."""
    module = _Deferred(name)
    sys.modules.setdefault(name, module)
    try:
        yield
    finally:
        _remove(module)


def _remove(module: ModuleType) -> None:
    if sys.modules.get(module.__name__) is module:
        del sys.modules[module.__name__]


gc.disable()
try:
    with deferred("awkward"):
        import uproot  # noqa: F401
finally:
    gc.freeze()
    gc.enable()
