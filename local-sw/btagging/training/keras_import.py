"""The import of Keras, which takes seconds and talks a lot."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from btagging.errors import UserError
from btagging.large_import import large_import


def import_keras() -> Any:
    """Import Keras for single precision, without what TensorFlow has to say of processors.

    Raises
    ------
    UserError
        If it or its backend is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _silent_stderr(), _hidden("pandas", "sklearn"), large_import():
            import keras
    except ImportError as error:
        raise UserError(
            f"Keras cannot be imported ({error}); install it: pip install keras tensorflow"
        ) from error
    # The user's ~/.keras/keras.json may ask for half precision.
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_dtype_policy("float32")
    return keras


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keep what C++ libraries write past Python off the terminal."""
    terminal, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(nothing)


@contextmanager
def _hidden(*packages: str) -> Iterator[None]:
    """Let Keras do without packages that it would load, for a second or more, and never use."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not to be found
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
