"""Fetch byte ranges of files on web servers and XRootD servers, with retries."""

from __future__ import annotations

import math
from bisect import bisect
from functools import cached_property
from typing import Any, Protocol

import fsspec

from dumpxaod.errors import UserError
from dumpxaod.files.local import Ranges, Source, check_complete
from dumpxaod.files.retry import retry

TIMEOUT = 60  # seconds without a byte
GAP = 16384  # bytes: ranges this close to each other are fetched as one, to save a request


class RemoteFile(Protocol):
    """A file on a server."""

    def state(self) -> tuple[object, ...]:
        """Ask the server for the file's size, and then for what tells its versions apart."""

    def fetch(self, ranges: Ranges) -> list[bytes]:
        """Fetch several ranges at once, start and stop of each."""


class RemoteSource(Source):
    """A file on a server, of which the bytes fetched are counted: see `Source`."""

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__(file_path)
        self._file = remote_file(file_path)

    @cached_property
    def num_bytes(self) -> int:
        """Size of the file."""
        return int(str(retry(self._file.state)[0]))

    def fetch(self, ranges: Ranges) -> list[bytes]:
        """See `Source`; ranges close to each other are fetched as one."""
        runs = _join(ranges)
        data = dict(zip(runs, retry(lambda: self._fetch(runs)), strict=True))
        found = []
        for start, stop in ranges:
            first, last = runs[bisect(runs, (start, math.inf)) - 1]
            found.append(data[first, last][start - first : stop - first])
        return found

    def _fetch(self, runs: Ranges) -> list[bytes]:
        if not runs:
            return []
        self._num_requests += len(runs)
        found = self._file.fetch(runs)
        self._num_requested_bytes += sum(map(len, found))
        check_complete(runs, found)
        return found


class XRootDFile:
    """A file on an XRootD server: see `RemoteFile`."""

    def __init__(self, address: str) -> None:
        self._system, self._path = file_system(address)

    def state(self) -> tuple[object, ...]:
        """Ask for the size and the time of the last change."""
        facts = self._system.info(self._path)
        return facts["size"], facts.get("mtime")

    def fetch(self, ranges: Ranges) -> list[bytes]:
        """See `RemoteFile`."""
        starts, stops = zip(*ranges, strict=True)
        paths = [self._path] * len(ranges)
        found = self._system.cat_ranges(paths, list(starts), list(stops), on_error="return")
        for data in found:
            if isinstance(data, BaseException):
                raise data
        return list(found)


def remote_file(address: str) -> RemoteFile:
    """Choose the protocol of an address: https://, http:// or root://.

    Raises
    ------
    UserError
        If a package that it needs is missing.
    """
    if address.startswith("root://"):
        return XRootDFile(address)
    try:
        from dumpxaod.files.web import WebFile
    except ImportError as error:
        raise _missing("aiohttp", error) from error
    return WebFile(address)


def identity(address: str) -> str:
    """Ask a server for what changes when a file is replaced: its state, as one string.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    return " ".join(map(str, retry(remote_file(address).state)))


def _join(ranges: Ranges) -> list[tuple[int, int]]:
    """Join ranges that overlap or are separated by less than `GAP`."""
    runs: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if runs and start <= runs[-1][1] + GAP:
            start, stop = runs[-1][0], max(stop, runs.pop()[1])
        runs.append((start, stop))
    return runs


def file_system(address: str) -> tuple[Any, str]:
    """Return fsspec's file system for a root:// address, and the path in it.

    Raises
    ------
    UserError
        If a package that it needs is missing.
    """
    try:
        return fsspec.url_to_fs(address, **_xrootd())
    except ImportError as error:
        raise _missing("fsspec-xrootd", error) from error


def _missing(package: str, error: ImportError) -> UserError:
    return UserError(f"needs another package: pip install {package} ({error})")


def _xrootd() -> dict[str, Any]:
    from XRootD import client

    # By default it tries to connect for ten minutes.
    client.EnvPutInt("ConnectionWindow", TIMEOUT // 2)
    client.EnvPutInt("ConnectionRetry", 1)
    return {"timeout": TIMEOUT, "locate_all_sources": False}
