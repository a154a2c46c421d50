"""Output files that appear under their name only when they are complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from btagging.errors import UserError


@contextmanager
def complete(path: Path) -> Iterator[Path]:
    """Write a file under a temporary name beside it, and rename it when that went well.

    Parameters
    ----------
    path
        The file's final name; its folder is made if need be.

    Yields
    ------
    Path
        The name to write to, in the same folder and with the same ending.

    Raises
    ------
    UserError
        If the file cannot be written. An older file of this name is then as it was.
    """
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); choose another place with -o"
        ) from error
    finally:
        if partial.parent.is_dir():
            partial.unlink(missing_ok=True)
