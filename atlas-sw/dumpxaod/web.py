"""Byte ranges of a file on a web server, each answer compared with what was asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import fsspec.asyn

from .errors import UserError, shown

TIMEOUT = 60  # seconds without a byte
SLOWEST = 10_000  # bytes per second: what is slower than that is given up
_OTHER_SCHEME = getattr(aiohttp, "NonHttpUrlClientError", ValueError)  # from aiohttp 3.10 on


class State(NamedTuple):
    """What a server says of a file; it must not change while the file is read.

    Parameters
    ----------
    size
        In bytes.
    etag, modified
        The headers ETag and Last-Modified; empty without them.
    """

    size: int
    etag: str
    modified: str


class WebFile:
    """A file on a web server.

    Parameters
    ----------
    address
        Begins with https:// or http://.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._state: State | None = None
        self._system = fsspec.filesystem("https", client_kwargs=_client())

    def state(self) -> State:
        """Ask what the server says of the file, if it has not said so yet."""
        if self._state is None:
            self.fetch([(0, 1)])
        assert self._state
        return self._state

    def fetch(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Fetch several ranges at once.

        Parameters
        ----------
        ranges
            Start and stop of each.

        Raises
        ------
        UserError
            If the server answers something else, or the file has changed.
        """
        return fsspec.asyn.sync(self._system.loop, self._fetch, ranges)

    async def _fetch(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        session = await self._system.set_session()
        total = sum(stop - start for start, stop in ranges)
        limit = aiohttp.ClientTimeout(
            total=TIMEOUT + total / SLOWEST, sock_connect=TIMEOUT, sock_read=TIMEOUT
        )
        tasks = [self._range(session, start, stop, limit) for start, stop in ranges]
        return await asyncio.gather(*tasks)

    async def _range(self, session: Any, start: int, stop: int, limit: Any) -> bytes:
        headers = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        try:
            async with session.get(self._address, headers=headers, timeout=limit) as answer:
                self._check(answer, start, stop)
                # Not a byte more, whatever the server goes on to send.
                return await answer.content.readexactly(stop - start)
        except (ValueError, _OTHER_SCHEME) as error:
            raise UserError(f"the server leads to {shown(error)}: only http and https") from error
        except asyncio.TimeoutError as error:
            raise OSError(str(error) or "the server is too slow") from error
        except asyncio.IncompleteReadError as error:
            raise OSError(f"{len(error.partial)} of {stop - start} bytes arrived") from error

    def _check(self, answer: Any, start: int, stop: int) -> None:
        check_status(answer.status, answer.headers, answer.reason)
        answer.raise_for_status()
        state = range_state(answer.headers, start, stop)
        if self._state and state != self._state:
            raise UserError("the file was replaced on the server while it was read; call again")
        self._state = state


def _client() -> dict[str, Any]:
    return {"trust_env": True, "auto_decompress": False}


def check_scheme(address: str) -> None:
    """Raise a `UserError` if an address does not begin with https:// or http://."""
    if urlsplit(address).scheme.lower() not in ("http", "https"):
        raise UserError(f"{shown(address)}: is no address with https:// or http://")


def check_status(status: int, headers: Any, reason: str | None) -> None:
    """Look at the first line of an answer: a server may send another page, or all of the file.

    Parameters
    ----------
    status, headers, reason
        Of the answer.

    Raises
    ------
    UserError
        If another attempt would not help.
    """
    if status == 200 and "html" in headers.get("Content-Type", ""):
        raise UserError("the server sends an HTML page, such as a login, and not the file")
    if status == 200:
        raise UserError("the server sends whole files, no byte ranges; download the file")
    if status in (404, 410):
        raise UserError(f"there is no such file (HTTP {status})")
    if 400 <= status < 500 and status not in (408, 429):  # those pass
        raise UserError(f"the server refuses (HTTP {status} {shown(reason or '')})")
    if status < 400 and status != 206:
        raise UserError(f"the server gives an unknown answer (HTTP {status})")


def range_state(headers: Any, start: int, stop: int | None) -> State:
    """Compare an answer's headers with the range that was asked for.

    Parameters
    ----------
    headers
        Of an answer with status 206.
    start, stop
        The range; None for the end of the file.

    Raises
    ------
    UserError
        If other bytes come, they are compressed, or the size of the file is not told.
    """
    given = headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", given.strip())
    if match is None:
        raise UserError(f"the server does not say which bytes it sends ({shown(given)!r})")
    first, last, size = map(int, match.groups())
    if first != start or last + 1 != (size if stop is None else stop):
        wanted = f"{start}-{'' if stop is None else stop - 1}"
        raise UserError(f"the server sends bytes {first}-{last} instead of {wanted}")
    length = headers.get("Content-Length")
    if length is not None and length.strip() != str(last + 1 - first):
        raise UserError(f"the server sends {shown(length)} bytes as bytes {first}-{last}")
    encoding = headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise UserError(f"the server sends compressed bytes ({shown(encoding)})")
    return State(size, headers.get("ETag", ""), headers.get("Last-Modified", ""))
