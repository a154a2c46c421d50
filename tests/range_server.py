"""A web server for tests: serves byte ranges of files, counts them, misbehaves when asked to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class RangeServer(ThreadingHTTPServer):
    """Serves a folder.

    `faults` says, by file name, what goes wrong and how often: "error" (HTTP 503), "cut" (half of
    the bytes), "hang" (nothing until `release` is set), "whole" (no ranges), "login" (a page
    of HTML).
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.faults: dict[str, tuple[str, int]] = {}
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

    def do_HEAD(self) -> None:
        """Tell the size."""
        path = self.server.folder / self.path.strip("/")
        self._answer(200 if path.is_file() else 404, size=path.stat().st_size)

    def do_GET(self) -> None:
        """Send bytes, or what the fault wants."""
        name, server = self.path.strip("/"), self.server
        server.n_requests += 1
        path = server.folder / name
        fault, times = server.faults.get(name, ("", 0))
        if times:
            server.faults[name] = fault, times - 1
        if not path.is_file():
            self._answer(404)
        elif times and fault == "error":
            self._answer(503)
        elif times and fault == "login":
            self._answer(200, b"<html>sign in</html>", kind="text/html")
        elif times and fault == "whole":
            self._answer(200, path.read_bytes())
        else:
            self._send_range(path.read_bytes(), fault if times else "")

    def _send_range(self, content: bytes, fault: str) -> None:
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"])
        assert match
        start, last = int(match[1]), min(int(match[2] or len(content)), len(content) - 1)
        if start >= len(content):
            self._answer(416)
            return
        part = content[start : last + 1]
        if fault == "hang":
            self.server.hanging.set()
            self.server.release.wait()
        if fault == "cut":
            self._answer(206, part[: len(part) // 2], size=len(part))
            self.close_connection = True
        else:
            self.server.n_bytes += len(part)
            self._answer(206, part)

    def _answer(
        self, status: int, content: bytes = b"", *, size: int | None = None, kind: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if size is None else size))
        self.send_header("Content-Type", kind or "application/octet-stream")
        self.end_headers()
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
