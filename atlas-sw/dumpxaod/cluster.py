"""Work on a Dask cluster: batch machines that the field knows from coffea and dask-lxplus."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from .errors import WorkError

LOCAL = "local"  # instead of an address
TIMEOUT = 15  # seconds to wait for a scheduler


@contextmanager
def cluster(address: str, n: int) -> Iterator[Any]:
    """Connect to a cluster; Dask gives the work of a process that dies to another.

    Parameters
    ----------
    address
        Of its scheduler; "local" starts a cluster on this machine.
    n
        How many processes that has.

    Raises
    ------
    WorkError
        If there is no such scheduler; in the context, if work fails again and again.
    """
    from distributed import Client, KilledWorker, LocalCluster

    with ExitStack() as stack:
        here = address == LOCAL
        if here:
            address = stack.enter_context(
                LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=":0")
            )
        try:
            client = stack.enter_context(Client(address, timeout=TIMEOUT))
        except (OSError, TimeoutError, ValueError) as error:
            raise WorkError(f"{address}: no Dask scheduler answers there ({error})") from None
        if not here:
            _send_program(client)
            print(f"dump-xaod: Dask's dashboard is at {client.dashboard_link}", file=sys.stderr)
        try:
            yield client.get_executor(pure=False).submit
        except KilledWorker as error:
            raise WorkError(f"Dask gave up: {error}") from None
        except CancelledError:
            raise WorkError("Dask lost the work: is the scheduler still there?") from None


def _send_program(client: Any) -> None:
    """Give this package to every worker, also to those that will come later."""
    package = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        name = str(Path(folder) / package.name)
        client.upload_file(shutil.make_archive(name, "zip", package.parent, package.name))
