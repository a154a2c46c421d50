"""The archive that `model.save("model.keras")` writes, which may come from a stranger.

It is a zip file with the architecture and the weights in it. What is compressed may grow a
thousandfold, so no more of it is read than a network needs.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

from btagging.errors import UserError, shown
from btagging.network.bounded_file import read_bytes

SUFFIX = ".keras"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"

MAX_BYTES = 100_000_000
_MAX_MEMBERS = 100
_MEMBER = b"PK\x01\x02"  # begins its entry in the list of all


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is such an archive."""
    return path.suffix == SUFFIX


def read_member(path: Path, name: str, most: int) -> bytes:
    """Read a file in an archive.

    Parameters
    ----------
    path
        The archive.
    name
        Of the file in it.
    most
        Bytes that it may have.

    Raises
    ------
    UserError
        If the archive is missing or damaged, has no such file in it, or too large a one.
    """
    content = read_bytes(path, MAX_BYTES, "an archive of Keras")
    if not content.startswith(b"PK"):
        raise UserError(f"{path}: no archive of Keras; write one with model.save('model.keras')")
    if content.count(_MEMBER) > _MAX_MEMBERS:
        raise UserError(f"{path}: more than {_MAX_MEMBERS} files are too many for a model")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if name not in archive.namelist():
                raise UserError(f"{path}: no {name} in it; write it with model.save('model.keras')")
            with archive.open(name) as file:
                found = file.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path}: damaged ({shown(error)}); save the model again") from error
    if len(found) > most:
        raise UserError(f"{path}: {name} has more than {most:,} bytes; save the model again")
    return found
