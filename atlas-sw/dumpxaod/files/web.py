"""Byte ranges of a file on a web server; each response is compared with the request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import aiohttp
import fsspec.asyn

from dumpxaod.errors import UserError, shown
from dumpxaod.files.web_answer import State, check_status, range_state

TIMEOUT = 60  # seconds without a byte
SLOWEST = 10_000  # bytes per second: a slower transfer is aborted
_OTHER_SCHEME = getattr(aiohttp, "NonHttpUrlClientError", ValueError)  # from aiohttp 3.10 on


class WebFile:
    """A file on a web server: see `RemoteFile`."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._state: State | None = None
        self._system = fsspec.filesystem("https", client_kwargs=_client())

    def state(self) -> State:
        """See `RemoteFile`; the server is asked once."""
        if self._state is None:
            self.fetch([(0, 1)])
        assert self._state
        return self._state

    def fetch(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """See `RemoteFile`.

        Raises
        ------
        UserError
            If the server sends anything else, or the file has changed.
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
                # Never more than requested, whatever else the server sends.
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
