"""A web server for tests: serves byte ranges of files, counts them, misbehaves when asked to."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = b"<html>sign in</html>"


class RangeServer(ThreadingHTTPServer):
    """Serves a folder.

    `faults` says, by file name, what goes wrong and how often:

    - "error": HTTP 503; "reason": HTTP 403 with control characters in its reason
    - "cut": half of the bytes; "hang": nothing until `release` is set; "drip": a byte now and then
    - "whole": no ranges; "empty": HTTP 200 without a byte; "login": a page of HTML
    - "page": a page of HTML that claims to be the range
    - "capped": fewer bytes than asked for, "shifted": other ones
    - "silent": no Content-Range; "gzip": Content-Encoding; "endless": bytes without end
    - "redirect": to `redirect`
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.faults: dict[str, tuple[str, int]] = {}
        self.redirect = ""
        self.etag = '"1"'
        self.n_requests = self.n_bytes = 0
        self.hanging, self.release = threading.Event(), threading.Event()

    def url(self, name: str) -> str:
        """Address of a file."""
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def handle_error(self, *request: Any) -> None:
        """Say nothing of clients that went away."""


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: RangeServer

    def log_message(self, *words: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Send bytes, or what the fault wants."""
        name, server = self.path.strip("/").partition("?")[0], self.server
        server.n_requests += 1
        path = server.folder / name
        fault, times = server.faults.get(name, ("", 0))
        if times:
            server.faults[name] = fault, times - 1
        self._misbehave(path, fault if times else "")

    def _misbehave(self, path: Path, fault: str) -> None:
        if not path.is_file():
            self._answer(404)
        elif fault == "error":
            self._answer(503)
        elif fault == "reason":
            self._answer(403, reason="\x1b[31mno")
        elif fault == "login":
            self._answer(200, PAGE, kind="text/html")
        elif fault == "empty":
            self._answer(200)
        elif fault == "redirect":
            self._answer(302, headers={"Location": self.server.redirect})
        elif fault == "whole":
            self._answer(200, path.read_bytes())
        else:
            self._send_range(path.read_bytes(), fault)

    def _send_range(self, content: bytes, fault: str) -> None:
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"])
        assert match
        start, last = int(match[1]), min(int(match[2] or len(content)), len(content) - 1)
        if start >= len(content):
            self._answer(416)
            return
        if fault == "capped":
            last = start + (last - start) // 2
        if fault == "shifted":
            start, last = start + 1, last + 1
        headers = {"Content-Range": f"bytes {start}-{last}/{len(content)}"}
        part = content[start : last + 1]
        if fault == "page":
            part = PAGE.ljust(len(part))[: len(part)]
        if fault == "silent":
            headers = {}
        if fault == "gzip":
            headers["Content-Encoding"] = "gzip"
        if fault == "hang":
            self.server.hanging.set()
            self.server.release.wait()
        if fault in ("endless", "drip"):
            self._send_for_ever(headers, b"x" * 100_000 if fault == "endless" else b"x")
        elif fault == "cut":
            self._answer(206, part[: len(part) // 2], size=len(part), headers=headers)
            self.close_connection = True
        else:
            self.server.n_bytes += len(part)
            self._answer(206, part, headers=headers)

    def _send_for_ever(self, headers: dict[str, str], piece: bytes) -> None:
        """Send pieces, without saying how many, until the client goes away."""
        self.close_connection = True
        self._begin(206, {**headers, "Connection": "close"})
        with suppress(OSError):
            while not self.server.release.is_set():
                self.wfile.write(piece)
                self.server.n_bytes += len(piece)
                time.sleep(0.01 if len(piece) == 1 else 0)

    def _begin(self, status: int, headers: dict[str, str], reason: str | None = None) -> None:
        self.send_response(status, reason)
        for name, value in {"ETag": self.server.etag, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(
        self,
        status: int,
        content: bytes = b"",
        *,
        size: int | None = None,
        kind: str = "application/octet-stream",
        headers: dict[str, str] | None = None,
        reason: str | None = None,
    ) -> None:
        length = str(len(content) if size is None else size)
        own = {"Content-Length": length, "Content-Type": kind}
        self._begin(status, {**own, **(headers or {})}, reason)
        self.wfile.write(content)


@contextmanager
def serve(folder: Path) -> Iterator[RangeServer]:
    """Serve a folder in a thread."""
    with RangeServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.release.set()
            server.shutdown()
            thread.join()
