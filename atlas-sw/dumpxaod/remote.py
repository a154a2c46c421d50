"""Fetch byte ranges of files on web servers and XRootD servers, patiently but not forever."""

from __future__ import annotations

import math
import queue
from bisect import bisect
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import fsspec
import uproot
from uproot.source.chunk import Chunk
from uproot.source.futures import TrivialFuture

from .errors import UserError
from .patience import patiently

TIMEOUT = 60  # seconds without a byte
GAP = 16384  # bytes between two ranges that cost less than one more request

Ranges = Sequence[tuple[int, int]]


class RemoteSource(uproot.source.chunk.Source):  # type: ignore[misc]
    """Gives uproot the bytes of a remote file, and counts them.

    Parameters
    ----------
    file_path
        The address.
    **options
        Those of `uproot.open`, of which none is used.
    """

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__()
        self._file_path = file_path
        self._system, self._place = file_system(file_path)
        self._closed = False

    @cached_property
    def num_bytes(self) -> int:
        """Size of the file."""
        return int(patiently(lambda: self._system.size(self._place)))

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def __enter__(self) -> RemoteSource:
        return self

    def __exit__(self, *error: object) -> None:
        self._closed = True

    def chunk(self, start: int, stop: int) -> Chunk:
        """Fetch the bytes from `start` to before `stop`."""
        return self.chunks([(start, stop)], queue.Queue())[0]

    def chunks(self, ranges: Ranges, notifications: queue.Queue[Chunk]) -> list[Chunk]:
        """Fetch several ranges at once; those that are near each other as one.

        Parameters
        ----------
        ranges
            Start and stop of each.
        notifications
            Receives the chunks too, as uproot wants it.
        """
        runs = _join(ranges)
        data = dict(zip(runs, patiently(lambda: self._fetch(runs)), strict=True))
        chunks = []
        for start, stop in ranges:
            first, last = runs[bisect(runs, (start, math.inf)) - 1]
            part = data[first, last][start - first : stop - first]
            chunks.append(Chunk(self, start, stop, TrivialFuture(part)))
            notifications.put(chunks[-1])
        return chunks

    def _fetch(self, runs: Ranges) -> list[bytes]:
        if not runs:
            return []
        starts, stops = zip(*runs, strict=True)
        places = [self._place] * len(runs)
        self._num_requests += len(runs)
        found = self._system.cat_ranges(places, list(starts), list(stops), on_error="return")
        for data, start, stop in zip(found, starts, stops, strict=True):
            if isinstance(data, BaseException):
                raise data
            self._num_requested_bytes += len(data)
            if len(data) != stop - start:
                raise OSError(f"{len(data)} of {stop - start} bytes arrived")
        return list(found)


def _join(ranges: Ranges) -> list[tuple[int, int]]:
    """Join ranges that overlap or have a small gap between them."""
    runs: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if runs and start <= runs[-1][1] + GAP:
            start, stop = runs[-1][0], max(stop, runs.pop()[1])
        runs.append((start, stop))
    return runs


def file_system(address: str) -> tuple[Any, str]:
    """Find what fetches from an address.

    Parameters
    ----------
    address
        Begins with https://, http:// or root://.

    Returns
    -------
    tuple
        fsspec's file system, and what it calls the address.

    Raises
    ------
    UserError
        If a package that it needs is missing.
    """
    try:
        options = _xrootd() if address.startswith("root://") else _http()
        return fsspec.url_to_fs(address, **options)
    except ImportError as error:
        package = "fsspec-xrootd" if address.startswith("root://") else "aiohttp"
        raise UserError(f"needs another package: pip install {package} ({error})") from None


def _xrootd() -> dict[str, Any]:
    from XRootD import client

    # Left to itself it would try to connect for ten minutes.
    client.EnvPutInt("ConnectionWindow", TIMEOUT // 2)
    client.EnvPutInt("ConnectionRetry", 1)
    return {"timeout": TIMEOUT, "locate_all_sources": False}


def _http() -> dict[str, Any]:
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT)
    client = {"timeout": timeout, "trust_env": True, "raise_for_status": _check}
    return {"client_kwargs": client}


async def _check(response: Any) -> None:
    """Look at the first line of an answer: a server may send another page, or all of the file."""
    status, kind = response.status, response.headers.get("Content-Type", "")
    if "Range" not in response.request_info.headers:
        return
    if status == 200 and "html" in kind:
        raise UserError("the server sends an HTML page, such as a login, and not the file")
    if status == 200:
        raise UserError("the server sends whole files, no byte ranges; download the file")
    if status in (404, 410):
        raise UserError(f"there is no such file (HTTP {status})")
    if 400 <= status < 500 and status not in (408, 429):  # those pass
        raise UserError(f"the server refuses (HTTP {status} {response.reason})")
    response.raise_for_status()
