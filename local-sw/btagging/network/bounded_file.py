"""Read a file of a model, which may be malicious."""

from __future__ import annotations

import stat
from pathlib import Path

from btagging.errors import UserError, os_reason


def read_bytes(path: Path, most: int, what: str) -> bytes:
    """Read a file of at most `most` bytes; `what` is its purpose in messages.

    Raises
    ------
    UserError
        If it is missing, too large, or not a regular file.
    """
    try:
        found = path.stat()
        # A pipe would block for ever, and a device has no end.
        if not stat.S_ISREG(found.st_mode):
            raise UserError(f"{path}: is a folder, a device or a pipe, not a file")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; local-sw/train_nn.py writes it") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({os_reason(error)})") from error
    size = max(found.st_size, len(content))
    if size > most:
        raise UserError(f"{path}: {size:,} bytes are too many for {what}")
    return content
