"""Check a web server's response against the request."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dumpxaod.errors import UserError, shown


class State(NamedTuple):
    """Size and version of a file on a server, which must not change while it is read.

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


def check_scheme(address: str) -> None:
    """Raise a `UserError` if an address does not begin with https:// or http://."""
    if urlsplit(address).scheme.lower() not in ("http", "https"):
        raise UserError(f"{shown(address)}: is not an address with https:// or http://")


def check_status(
    status: int, headers: Any, reason: str | None, *, may_be_whole: bool = False
) -> None:
    """Check the status of a response: a server may send another page, or the whole file.

    Parameters
    ----------
    status, headers, reason
        Of the response.
    may_be_whole
        Whether the whole file is acceptable.

    Raises
    ------
    UserError
        If a retry would not help.
    """
    if status == 200 and "html" in headers.get("Content-Type", ""):
        raise UserError("the server sends an HTML page, such as a login, and not the file")
    if status == 200 and may_be_whole:
        return
    if status == 200:
        raise UserError("the server sends whole files, no byte ranges; download the file")
    if status in (404, 410):
        raise UserError(f"there is no such file (HTTP {status})")
    if 400 <= status < 500 and status not in (408, 429):  # timeout, too many requests: temporary
        raise UserError(f"the server refuses (HTTP {status} {shown(reason or '')})")
    if status < 400 and status != 206:
        raise UserError(f"the server gives an unknown answer (HTTP {status})")


def range_state(headers: Any, start: int, stop: int | None) -> State:
    """Compare the headers of a response with status 206 with the requested range.

    Parameters
    ----------
    start, stop
        The range; None for the end of the file.

    Raises
    ------
    UserError
        If other bytes are sent, they are compressed, or the file's size is not given.
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
    return _state(size, headers)


def whole_state(headers: Any) -> State:
    """Read the headers of a response that is the whole file, with status 200.

    Raises
    ------
    UserError
        If the bytes are compressed, or their number is not given.
    """
    length = headers.get("Content-Length", "")
    if not re.fullmatch(r"\d{1,18}", length.strip(), re.ASCII):
        raise UserError("the server does not say how many bytes it sends")
    return _state(int(length), headers)


def _state(size: int, headers: Any) -> State:
    encoding = headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise UserError(f"the server sends compressed bytes ({shown(encoding)})")
    return State(size, headers.get("ETag", ""), headers.get("Last-Modified", ""))
