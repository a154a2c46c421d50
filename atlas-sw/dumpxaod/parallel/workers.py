"""The processes that dump files: on this machine, or on a Dask cluster."""

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
    """Start processes on this machine, or connect to a Dask cluster.

    Parameters
    ----------
    jobs
        Maximum number of processes; None for one, or for one per core with Dask.
    dask
        Address of a Dask scheduler; "local" for a new cluster on this machine; None for no Dask.
    n_tasks
        Number of tasks: more processes are not started.

    Raises
    ------
    FatalError
        If no scheduler answers; in the context, if a process dies.
    """
    if dask:
        from dumpxaod.parallel.dask_cluster import cluster

        return cluster(dask, min(jobs or os.cpu_count() or 1, n_tasks))
    return processes(min(jobs or 1, n_tasks))


@contextmanager
def processes(n: int) -> Iterator[Submit]:
    """Start `n` processes on this machine, and end them in any case.

    Each has its own pipes, so that a killed process cannot block the others, as it can with the
    queues of `concurrent.futures.ProcessPoolExecutor`.

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
            threads.shutdown(cancel_futures=True)  # finish running tasks: --resume can use them
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
    # Imported once for all processes.
    context.set_forkserver_preload(["dumpxaod.rootio.lazy_uproot", "h5py"])
    pipes = []
    with environment(PYTHONPATH=path_to_this_package()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a resource tracker that was killed
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
    """Run the tasks that come through a pipe, until the other end of `life` is closed."""
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
