"""Processes that do the work: on this machine, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from .errors import WorkError

# Takes a function and its arguments, as `concurrent.futures.Executor.submit` does.
Submit = Callable[..., "Future[Any]"]


def workers(jobs: int | None, dask: str | None, *, n_tasks: int) -> AbstractContextManager[Submit]:
    """Start processes, or find them.

    Parameters
    ----------
    jobs
        How many, at most; None for one, or with Dask for one a core.
    dask
        Address of a Dask scheduler, "local" for a cluster of its own; None for no Dask.
    n_tasks
        How much there is to do.

    Raises
    ------
    WorkError
        If there is no such scheduler; in the context, if a process dies.
    """
    if dask:
        from .cluster import cluster

        return cluster(dask, min(jobs or os.cpu_count() or 1, n_tasks))
    return processes(min(jobs or 1, n_tasks))


@contextmanager
def processes(n: int) -> Iterator[Submit]:
    """Start processes on this machine.

    Parameters
    ----------
    n
        How many.

    Raises
    ------
    WorkError
        In the context, if one dies.
    """
    context = multiprocessing.get_context("forkserver")
    # Imported once for all of them.
    context.set_forkserver_preload(["dumpxaod.light_uproot", "h5py"])
    executor = ProcessPoolExecutor(n, context, _begin)
    try:
        yield executor.submit
    except BrokenExecutor:
        raise WorkError(
            "a process died, perhaps for want of memory; try fewer at a time with -j"
        ) from None
    except KeyboardInterrupt:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and end when that does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
