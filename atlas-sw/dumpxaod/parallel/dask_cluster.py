"""Work on a Dask cluster, such as the batch machines of coffea and dask-lxplus."""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dumpxaod.errors import FatalError, os_reason, shown
from dumpxaod.parallel.inheritance import signals_blocked

LOCAL = "local"  # instead of an address
TIMEOUT = 15  # seconds to wait for a scheduler
# Dask's web servers have no password: they must not serve anything.
_NO_PAGES: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def cluster(address: str, n: int) -> Iterator[Any]:
    """Connect to a cluster; Dask restarts the work of a process that dies on another.

    Parameters
    ----------
    address
        Of its scheduler; "local" starts a cluster on this machine.
    n
        Number of processes of a local cluster.

    Raises
    ------
    FatalError
        If no scheduler answers; in the context, if work fails repeatedly.
    """
    with _quiet(), _started(n) if address == LOCAL else _connected(address) as client:
        from distributed import KilledWorker

        try:
            yield client.get_executor(pure=False).submit
        except KilledWorker as error:
            raise FatalError(f"Dask gave up: {error}") from error
        except CancelledError as error:
            raise FatalError("Dask lost the work: is the scheduler still there?") from error


@contextmanager
def _started(n: int) -> Iterator[Any]:
    """Start a cluster that no other user of this machine can use to run code."""
    import cryptography  # noqa: F401 - for the certificate
    import dask
    from distributed import Client, LocalCluster
    from distributed.security import Security
    from distributed.utils import LoopRunner

    runner = LoopRunner()
    with signals_blocked():  # for the thread that starts the processes
        runner.start()
    options = {
        "loop": runner.loop,
        "n_workers": n,
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        "protocol": "tls",
        "security": Security.temporary(),
        "dashboard_address": "127.0.0.1:0",
        "scheduler_kwargs": {"dashboard": False},
        "silence_logs": logging.CRITICAL + 1,
    }
    try:
        with (
            dask.config.set(_NO_PAGES),
            _closed(LocalCluster, **options) as here,
            _closed(Client, here) as client,
        ):
            yield client
    finally:
        runner.stop()


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    from distributed import Client

    try:
        client = Client(address, timeout=TIMEOUT)
    except (OSError, TimeoutError, ValueError) as error:
        reason = os_reason(error)
        raise FatalError(f"{shown(address)}: no Dask scheduler answers there ({reason})") from error
    with _closed(lambda: client):
        _send_program(client)
        print(f"dump-xaod: Dask's dashboard is at {client.dashboard_link}", file=sys.stderr)
        yield client


@contextmanager
def _closed(make: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
    """Make a Dask object, and close it in whatever state it is."""
    try:
        made = make(*arguments, **options)
    except Exception as error:  # of many kinds, if a process dies while it is starting
        raise FatalError(f"Dask cannot start its processes ({os_reason(error)})") from error
    try:
        yield made
    finally:
        with suppress(Exception):
            made.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Dask's tracebacks: every error is reported in one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _send_program(client: Any) -> None:
    """Send this package to every worker, also to those that join later."""
    package = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as folder:
        name = str(Path(folder) / package.name)
        client.upload_file(shutil.make_archive(name, "zip", package.parent, package.name))
