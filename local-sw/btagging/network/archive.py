"""Read from the archive that `model.save("model.keras")` writes, which may be malicious.

It is a zip file with the architecture and the weights in it. Decompression may enlarge it a
thousandfold, so no more is read than a network needs.
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
_MEMBER = b"PK\x01\x02"  # begins each entry of the central directory


def is_archive(path: Path) -> bool:
    """Tell by the name whether a file is such an archive."""
    return path.suffix == SUFFIX


def read_member(path: Path, name: str, most: int) -> bytes:
    """Read a file in an archive, of at most `most` bytes.

    Raises
    ------
    UserError
        If the archive is missing or damaged, or the file in it is missing or too large.
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
