"""Import uproot in half the time, if it was not imported yet.

Awkward Array, which uproot imports and uses for what is not done here, waits until somebody wants
it. The garbage collector waits too: modules are no garbage, and it need not look at them later.
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
    """Stands for a module, and imports it when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        _remove(self)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def deferred(name: str) -> Iterator[None]:
    """Let packages that are imported meanwhile have a module that is not loaded yet.

    Parameters
    ----------
    name
        Of a module that they import, but use later if at all.
    """
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
