"""Output files, which appear under their names only when all of them are complete.

The other side has the same functions word for word: a test compares them.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from btagging.errors import UserError, os_reason, shown
from btagging.signals import deferred_signals


@contextmanager
def write_atomically(*paths: Path, inputs: Iterable[Path] = ()) -> Iterator[tuple[Path, ...]]:
    """Write files under temporary names in their folders, and rename all of them at the end.

    If the block fails or is interrupted, older files of these names stay as they were. A symbolic
    link is followed. What a killed run left behind is removed.

    Parameters
    ----------
    paths
        Their final names.
    inputs
        Files that must not be replaced.

    Yields
    ------
    tuple of Path
        The names to write to, with the same endings. There are empty files of these names.

    Raises
    ------
    UserError
        If a file cannot be written, is no file, or is one of the inputs.
    """
    targets = [writable(path, inputs) for path in paths]
    partials = tuple(_temporary(target, f"{_host()}-{os.getpid()}") for target in targets)
    try:
        for target, partial in zip(targets, partials, strict=True):
            _remove_stale(target)
            partial.touch()
        yield partials
        with deferred_signals():
            for target, partial in zip(targets, partials, strict=True):
                os.replace(partial, target)  # noqa: PTH105 - atomic, unlike a move
    except (OSError, RuntimeError) as error:  # HDF5 raises both
        names = dict(zip(map(str, partials), paths, strict=True))
        name = str(getattr(error, "filename", None) or partials[0])
        if name not in names:
            raise  # it is about another file
        raise _unwritable(names[name], error) from error
    finally:
        for partial in partials:
            with suppress(OSError):
                partial.unlink()


def writable(path: Path, inputs: Iterable[Path] = ()) -> Path:
    """Find the file that a name stands for, and refuse one that must not be replaced.

    Parameters
    ----------
    path
        Where to write.
    inputs
        Files that are read.

    Returns
    -------
    Path
        Without symbolic links; there may be no such file yet.

    Raises
    ------
    UserError
        If the path is a folder, a device or a pipe, or one of the inputs.
    """
    with suppress(OSError):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UserError(f"{path}: is a folder; name a file with -o")
        if not stat.S_ISREG(mode):
            raise UserError(f"{path}: is a device or a pipe, not a file; choose another -o")
        for other in inputs:
            if other.exists() and path.samefile(other):
                raise UserError(f"{path}: is an input of this call; choose another -o")
    target = os.path.realpath(path)
    if os.path.islink(target):  # noqa: PTH114 - which does not raise
        raise UserError(f"{path}: is a link that leads in a circle; choose another -o")
    return Path(target)


def _unwritable(path: Path, error: BaseException) -> UserError:
    reason = os_reason(error)
    return UserError(f"{path}: cannot be written ({reason}); choose another place with -o")


def _host() -> str:
    return re.sub(r"\W", "_", os.uname().nodename)


def _temporary(target: Path, owner: str) -> Path:
    return target.with_name(f".part-{owner}-{target.name}")


def _remove_stale(target: Path) -> None:
    """Remove what processes on this machine that are no more have left of the same output."""
    pattern = glob.escape(_temporary(target, f"{_host()}-PID").name).replace("PID", "*", 1)
    for path in target.parent.glob(pattern):
        owner = re.match(rf"\.part-{_host()}-(\d+)-", path.name)
        if owner and not _is_alive(int(owner[1])):
            with suppress(OSError):
                path.unlink()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True


def write_files(
    writers: Mapping[Path, Callable[[Path], object]], inputs: Iterable[Path] = ()
) -> list[Path]:
    """Write all of some files, or none, and say which.

    Parameters
    ----------
    writers
        For each file, whose folder is made if need be, a function that writes it under the name
        that it is given.
    inputs
        As for `write_atomically`.

    Returns
    -------
    list of Path
        The files.
    """
    for path in writers:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from error
    with write_atomically(*writers, inputs=inputs) as partials:
        for write, partial in zip(writers.values(), partials, strict=True):
            write(partial)
    for path in writers:
        print(f"wrote {shown(path)}")
    return list(writers)


def text_writer(text: str) -> Callable[[Path], object]:
    """Return a function that writes a text in UTF-8 to the file that it is given."""
    return lambda path: path.write_text(text, encoding="utf-8")
