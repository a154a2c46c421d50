"""Processes that do the work: on this machine, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import queue
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

from dumpxaod.errors import FatalError, os_reason
from dumpxaod.parallel.inheritance import environment, path_to_this_package, signals_blocked

# Takes a function and its arguments, as `concurrent.futures.Executor.submit` does.
Submit = Callable[..., "Future[Any]"]


def workers(jobs: int | None, dask: str | None, *, n_tasks: int) -> AbstractContextManager[Submit]:
    """Start processes, or find them.

    Parameters
    ----------
    jobs
        How many, at most; None for one, or with Dask for one per core.
    dask
        Address of a Dask scheduler, "local" for a cluster of its own; None for no Dask.
    n_tasks
        How much there is to do.

    Raises
    ------
    FatalError
        If there is no such scheduler; in the context, if a process dies.
    """
    if dask:
        from dumpxaod.parallel.dask_cluster import cluster

        return cluster(dask, min(jobs or os.cpu_count() or 1, n_tasks))
    return processes(min(jobs or 1, n_tasks))


@contextmanager
def processes(n: int) -> Iterator[Submit]:
    """Start processes on this machine, and end them whatever happens.

    Each has pipes of its own: what a process that is killed leaves in them disturbs no other, which
    cannot be said of the queues of `concurrent.futures.ProcessPoolExecutor`.

    Parameters
    ----------
    n
        How many.

    Raises
    ------
    FatalError
        In the context, if one dies.
    """
    idle: queue.SimpleQueue[Connection] = queue.SimpleQueue()

    def work(*task: Any) -> Any:
        pipe = idle.get()
        try:
            return _ask(pipe, task)
        finally:
            idle.put(pipe)

    with ThreadPoolExecutor(n) as threads, ExitStack() as stack:
        try:
            for pipe in _start(n, stack):
                idle.put(pipe)
        except (EOFError, ConnectionError) as error:
            raise _died() from error
        except OSError as error:
            raise FatalError(f"no process can be started ({os_reason(error)})") from error
        try:
            yield lambda *task: threads.submit(work, *task)
        except Exception:
            threads.shutdown(cancel_futures=True)  # what is being done can be used by --resume
            raise
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _ask(pipe: Connection, task: Any) -> Any:
    try:
        pipe.send(task)
        succeeded, result = pipe.recv()
    except (EOFError, OSError) as error:
        raise _died() from error
    if not succeeded:
        raise result
    return result


def _died() -> FatalError:
    return FatalError("a process died, perhaps for want of memory; try fewer at a time with -j")


def _start(n: int, stack: ExitStack) -> list[Connection]:
    """Start processes that end when `stack` does, or with this process."""
    context = multiprocessing.get_context("forkserver")
    # Imported once for all of them.
    context.set_forkserver_preload(["dumpxaod.rootio.lazy_uproot", "h5py"])
    pipes = []
    with environment(PYTHONPATH=path_to_this_package()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # somebody may have killed the resource tracker
        with signals_blocked():
            for _ in range(n):
                pipe, far_pipe = context.Pipe()
                life, far_life = context.Pipe()
                stack.callback(life.close)
                with far_pipe, far_life:
                    context.Process(target=_serve, args=(far_pipe, far_life), daemon=True).start()
                pipes.append(pipe)
    return pipes


def _serve(pipe: Connection, life: Connection) -> None:
    """Do what comes through a pipe, until the other end of `life` is closed."""
    threading.Thread(target=_follow, args=(life,), daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            function, *arguments = pipe.recv()
            pipe.send(_attempt(function, arguments))


def _attempt(function: Callable[..., Any], arguments: list[Any]) -> tuple[bool, Any]:
    try:
        return True, function(*arguments)
    except Exception as error:
        if sys.flags.dev_mode:
            import traceback

            traceback.print_exc()
        return False, error


def _follow(life: Connection) -> None:
    with suppress(EOFError, OSError):
        life.recv()
    os._exit(1)
