"""A real XRootD server for tests, on this machine and without privileges."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("xrootd")

CONFIGURATION = """\
all.export /data r/o
oss.localroot {root}
all.adminpath {root}
all.pidpath {root}
xrd.port {port}
xrd.network nodnr
"""


@contextmanager
def serve_xrootd() -> Iterator[tuple[Path, str]]:
    """Start a server; give a folder to fill and the folder's address.

    Raises
    ------
    TimeoutError
        If it does not start.
    """
    # Its user must be able to enter the folder, which pytest does not allow in its own.
    root = Path(tempfile.mkdtemp(prefix="xrootd-"))
    root.chmod(0o777)
    (root / "data").mkdir()
    port = _free_port()
    (root / "xrootd.cfg").write_text(CONFIGURATION.format(root=root, port=port))
    # It refuses to be root.
    who: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}
    process = subprocess.Popen(
        [str(PROGRAM), "-c", str(root / "xrootd.cfg"), "-l", str(root / "log")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **who,
    )
    try:
        _wait_for(port)
        yield root / "data", f"root://127.0.0.1:{port}//data"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(root)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the XRootD server does not start")
