"""Read a file of a model, which may be malicious, and recognise layouts that are not supported."""

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


def check_layout(path: Path, content: bytes) -> None:
    """Refuse an HDF5 file in another layout than that of a weights file.

    The bytes are searched for the names of Keras's attributes, so that HDF5 does not read a
    malicious file before that is needed.

    Raises
    ------
    UserError
        If it is a whole model, or has the weights in the layout of Keras 2.
    """
    if b"model_config" in content and b"model_weights" in content:
        raise UserError(
            f"{path}: a whole Keras model in HDF5, which is not supported; load it with Keras and "
            "save it with model.save('model.keras')"
        )
    if b"layer_names" in content and b"weight_names" in content:
        raise UserError(
            f"{path}: weights in the old layout of Keras 2; load them with Keras 2 and save them "
            "with model.save_weights('nn.weights.h5')"
        )
