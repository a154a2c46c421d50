"""The first bytes of a local file, which tell whether it is a ROOT file and whether it is whole."""

from __future__ import annotations

from pathlib import Path

from dumpxaod.errors import UserError
from dumpxaod.files.names import require_files

START = 512  # bytes
SMALLEST = 64  # bytes of a ROOT file


def announced_size(start: bytes) -> int:
    """Size of a file according to its header (ROOT's io/doc/TFile/header.md).

    Parameters
    ----------
    start
        The first bytes of the file, 20 or more.
    """
    version = int.from_bytes(start[4:8], "big")
    return int.from_bytes(start[12:20] if version >= 1_000_000 else start[12:16], "big")


def check_root_file(path: Path) -> None:
    """Raise a `UserError` unless this is a whole ROOT file; uproot's own messages are obscure."""
    require_files([str(path)])
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(START)
    except OSError as error:
        raise UserError(f"{path}: cannot be opened ({error.strerror})") from None
    if size == 0:
        raise UserError(f"{path}: is empty; fetch it again")
    if start.lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise UserError(
            f"{path}: is an HTML page, not a ROOT file; the download met a login or error page"
        )
    if not start.startswith(b"root"):
        raise UserError(f"{path}: is not a ROOT file (it starts with {start[:8]!r})")
    announced = max(announced_size(start), SMALLEST)
    if size < announced:
        raise UserError(f"{path}: is truncated: {size} of {announced} bytes; fetch it again")
