"""Download a ROOT file: resume an interrupted download, and check the file before renaming it."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dumpxaod.errors import UserError, os_reason, shown
from dumpxaod.files.retry import retry
from dumpxaod.files.root_file import START, announced_size
from dumpxaod.files.web_answer import State, check_scheme, check_status, range_state, whole_state

TIMEOUT = 60  # seconds without a byte
SLOWEST = 10_000  # bytes per second
BLOCK = 1 << 20


def download(url: str, folder: Path) -> str:
    """Download a file to a folder, and return a line that says what was done.

    An interrupted download is resumed. The file gets its name when it is complete.

    Raises
    ------
    UserError
        If it cannot be downloaded.
    """
    check_scheme(url)
    target = folder / _file_name(url)
    if os.path.lexists(target):
        return f"{target}: already exists"
    try:
        state = retry(lambda: _state(url))
        partial = _partial(target, url, state)
        with _alone_with(partial):
            retry(lambda: _continue(url, partial, state))
            _check_content(partial)
            partial.rename(target)
    except (UserError, OSError) as error:
        reason = error if isinstance(error, UserError) else os_reason(error)
        raise UserError(f"{shown(url)}: {reason}") from error
    _remove_others(target)
    return f"{target}: {state.size} bytes, from ATLAS Open Data"


def _file_name(url: str) -> str:
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    if not re.fullmatch(r"\w[\w.+-]{0,199}", name, re.ASCII):
        raise UserError(f"{shown(url)}: its last part is not a file name")
    return name


def _partial(target: Path, url: str, state: State) -> Path:
    """Name an incomplete file; another version on the server is another file here."""
    version = hashlib.sha256("\n".join(map(str, [url, *state])).encode()).hexdigest()[:16]
    return target.with_name(f".download-{version}-{target.name}")


def _remove_others(target: Path) -> None:
    pattern = f".download-{'[0-9a-f]' * 16}-{glob.escape(target.name)}"
    for other in target.parent.glob(pattern):
        with suppress(OSError):
            other.unlink()


@contextmanager
def _alone_with(partial: Path) -> Iterator[None]:
    with partial.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError("another call is downloading it; wait for that") from None
        except OSError:
            pass  # a file system without locks
        if not partial.exists():
            raise UserError("another call has just downloaded it")
        yield


def _state(url: str) -> State:
    with _open(url, "bytes=0-0") as answer:
        return _first_byte_and_state(answer, 0, 1)[1]


def _first_byte_and_state(answer: Any, start: int, stop: int | None) -> tuple[int, State]:
    if answer.status == 200:  # the whole file, whichever range was requested
        return 0, whole_state(answer.headers)
    return start, range_state(answer.headers, start, stop)


def _continue(url: str, partial: Path, state: State) -> None:
    """Fetch the missing bytes of a file."""
    start = partial.stat().st_size
    if start > state.size:
        start = 0
    if start == state.size:
        return
    condition = {"If-Range": state.etag} if state.etag.startswith('"') else {}
    with _open(url, f"bytes={start}-", **condition) as answer:
        start, now = _first_byte_and_state(answer, start, None)
        if now != state:
            raise UserError("the file was replaced on the server meanwhile; call again")
        _save(answer, partial, start, state.size)


def _save(answer: Any, partial: Path, start: int, size: int) -> None:
    deadline = time.monotonic() + TIMEOUT + (size - start) / SLOWEST
    with partial.open("r+b") as file:
        file.truncate(start)
        file.seek(start)
        while start < size and (block := answer.read1(min(BLOCK, size - start))):
            start += file.write(block)
            if time.monotonic() > deadline:
                raise OSError("the server is too slow")
    if start != size:
        raise OSError(f"{start} of {size} bytes arrived")


@contextmanager
def _open(url: str, byte_range: str, **headers: str) -> Iterator[Any]:
    wanted = {"Range": byte_range, "Accept-Encoding": "identity", **headers}
    request = urllib.request.Request(url, headers=wanted)
    try:
        answer = _opener().open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        with error:
            check_status(error.code, error.headers, error.reason)
        raise OSError(f"HTTP {error.code} {shown(error.reason)}") from error
    except urllib.error.URLError as error:
        raise OSError(shown(error.reason)) from error
    with answer:
        check_status(answer.status, answer.headers, answer.reason, may_be_whole=True)
        yield answer


def _opener() -> urllib.request.OpenerDirector:
    """Make an opener for https:// and http:// only, also after a redirect."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


def _check_content(partial: Path) -> None:
    with partial.open("rb") as file:
        start = file.read(START)
    if not start.startswith(b"root") or announced_size(start) != partial.stat().st_size:
        partial.unlink()
        raise UserError("what came is not a whole ROOT file; call again")
