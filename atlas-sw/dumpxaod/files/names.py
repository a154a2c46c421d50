"""Names of input files: paths, patterns, lists of names, addresses."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from dumpxaod.errors import UserError

LIST = "@"  # begins the name of a text file with one name per line
SCHEMES = ("https", "http", "root")


def is_remote(name: str) -> bool:
    """Whether a name is an address of a server."""
    return "://" in name


def absolute(name: str) -> str:
    """Make a file name absolute; an address stays as it is."""
    return name if is_remote(name) else str(Path(name).absolute())


def expand(names: Sequence[str]) -> list[str]:
    """Expand patterns and lists to file names and addresses; each pattern in alphabetical order.

    Parameters
    ----------
    names
        File names; addresses; patterns with ``*``, ``?`` or ``[]``, of local files or of
        ``root://`` addresses; ``@list.txt`` for the names in a text file, in which empty lines
        and those that begin with # are ignored.

    Raises
    ------
    UserError
        If a pattern or a list yields nothing, an address begins with an unknown scheme, or a
        file is named twice.
    """
    lines = [line for name in names for line in (_lines(name) if _is_list(name) else [name])]
    paths = [path for line in lines for path in _matching(line)]
    _refuse_repeated(paths)
    return paths


def _refuse_repeated(paths: Sequence[str]) -> None:
    """Raise a `UserError` if two names are the same file: its jets would count twice."""
    first: dict[object, str] = {}
    for path in paths:
        identity = _identity(path)
        if first.get(identity) == path:
            raise UserError(f"{path}: is named twice; name it once")
        if identity in first:
            raise UserError(f"{path}: is the same file as {first[identity]}; name it once")
        first[identity] = path


def _identity(path: str) -> object:
    if is_remote(path):
        return path
    try:
        status = os.stat(path)  # noqa: PTH116 - faster than Path.stat, for many inputs
    except (OSError, ValueError):
        return str(Path(path).absolute())
    return status.st_dev, status.st_ino


def require_files(names: Sequence[str]) -> None:
    """Raise a `UserError` if a local file is missing or not a file; addresses are not checked."""
    for name in names:
        if not is_remote(name) and not Path(name).exists():
            raise UserError(f"{name}: there is no such file")
        if not is_remote(name):
            _require_regular(Path(name))


def _require_regular(path: Path) -> None:
    """Raise a `UserError` for a folder, and for a device or a pipe, which may never end."""
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name the files in it, as in {path}/*")
    if path.exists() and not path.is_file():
        raise UserError(f"{path}: is a device or a pipe, not a file")


def _is_list(name: str) -> bool:
    return name.startswith(LIST)


def _lines(name: str) -> Iterator[str]:
    path = Path(name.removeprefix(LIST))
    _require_regular(path)
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not a text file with one file name per line") from None
    names = [line for line in lines if line and not line.startswith("#")]
    if not names:
        raise UserError(f"{path}: names no file; write one name per line")
    yield from names


def _matching(name: str) -> list[str]:
    """Files that match a pattern; any other name is returned as it is."""
    scheme = name.partition("://")[0]
    if is_remote(name) and scheme not in SCHEMES:
        raise UserError(f"{name}: {scheme}:// is not known; there is {'://, '.join(SCHEMES)}://")
    pattern = name.partition("?")[0] if is_remote(name) else name  # ? begins a query
    if not glob.has_magic(pattern) or scheme in ("http", "https") or Path(name).exists():
        return [name]
    found = _glob_xrootd(name) if is_remote(name) else glob.glob(name)  # noqa: PTH207 - of any folder
    if not found:
        raise UserError(f"{name}: no file matches")
    return sorted(found)


def _glob_xrootd(pattern: str) -> list[str]:
    from dumpxaod.files.remote import file_system  # slow
    from dumpxaod.files.retry import retry

    system, path = file_system(pattern)
    return [system.unstrip_protocol(found) for found in retry(lambda: system.glob(path))]
