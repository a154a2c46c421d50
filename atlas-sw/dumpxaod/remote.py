"""Fetch byte ranges of files on web servers and XRootD servers, patiently but not forever."""

from __future__ import annotations

import math
from bisect import bisect
from functools import cached_property
from typing import Any

import fsspec

from .errors import UserError
from .patience import patiently
from .source import Ranges, Source, check_complete

TIMEOUT = 60  # seconds without a byte
GAP = 16384  # bytes between two ranges that cost less than one more request


class RemoteSource(Source):
    """Gives uproot the bytes of a remote file, and counts them."""

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__(file_path)
        self._system, self._place = file_system(file_path)

    @cached_property
    def num_bytes(self) -> int:
        """Size of the file."""
        return int(patiently(lambda: self._system.size(self._place)))

    def fetch(self, ranges: Ranges) -> list[bytes]:
        """Fetch several ranges at once; those that are near each other as one.

        See `Source.fetch`.
        """
        runs = _join(ranges)
        data = dict(zip(runs, patiently(lambda: self._fetch(runs)), strict=True))
        found = []
        for start, stop in ranges:
            first, last = runs[bisect(runs, (start, math.inf)) - 1]
            found.append(data[first, last][start - first : stop - first])
        return found

    def _fetch(self, runs: Ranges) -> list[bytes]:
        if not runs:
            return []
        starts, stops = zip(*runs, strict=True)
        places = [self._place] * len(runs)
        self._num_requests += len(runs)
        found = self._system.cat_ranges(places, list(starts), list(stops), on_error="return")
        for data in found:
            if isinstance(data, BaseException):
                raise data
            self._num_requested_bytes += len(data)
        check_complete(runs, found)
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


def identity(address: str) -> str:
    return ""
