"""Mistakes of the user or of the data, and how a program reports them and ends.

The other side has the same functions word for word: a test compares them.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from btagging.signals import signals_as_exceptions

EXTRAS = {
    **dict.fromkeys(("uproot", "awkward", "xxhash"), "atlas"),
    **dict.fromkeys(("aiohttp", "fsspec", "fsspec_xrootd", "XRootD"), "remote"),
    **dict.fromkeys(("cryptography", "dask", "distributed"), "dask"),
    **dict.fromkeys(("keras", "tensorflow", "matplotlib"), "local"),
    "atlasopenmagic": "open-data",
    "hdf5plugin": "filters",
    "onnx": "onnx",
}
"""The project's extra that brings a package."""


class UserError(Exception):
    """A mistake in the call or the data: it names the file, what was found and what to do."""


def shown(text: object, most: int = 200) -> str:
    """Write a stranger's text for a terminal: on one line, escaped, its middle cut out.

    Parameters
    ----------
    text
        A name or a message of any origin.
    most
        Characters to keep.
    """
    line = str(text)
    if len(line) > most:
        line = f"{line[: most - most // 3]}…{line[len(line) - most // 3 :]}"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def os_reason(error: BaseException) -> str:
    """Say in a few words why a file could not be read or written.

    Parameters
    ----------
    error
        Of Python, or of HDF5, which hides the system's words in its own.
    """
    found = re.search(r"error message = '(.+?)'", str(error))
    reason = getattr(error, "strerror", None) or (found[1] if found else str(error))
    return shown(reason.strip().splitlines()[0] if reason.strip() else type(error).__name__)


def run(main: Callable[[], int | None], program: str | None = None) -> NoReturn:
    """Run a program and end the process with its exit code, as `exit_code` says.

    Parameters
    ----------
    main
        Takes nothing, returns an exit code or None for success.
    program
        Its name in messages; None for that of the command.
    """
    leave(exit_code(main, program))


def leave(code: int) -> NoReturn:
    """End the process.

    Raises
    ------
    SystemExit
        After success.
    """
    if code:
        # TensorFlow's destructors may hang after Ctrl-C, and HDF5's crash when a disk is full.
        os._exit(code)
    raise SystemExit(code)


def exit_code(main: Callable[[], int | None], program: str | None = None) -> int:
    """Run a program, and report what goes wrong as one line on stderr.

    With ``python -X dev``, the traceback follows the line.

    Parameters
    ----------
    main, program
        As for `run`.

    Returns
    -------
    int
        What `main` returns; 2 after a mistake of the user, in the data or of the program; 128
        and the signal's number, as in 130, after Ctrl-C, SIGTERM or SIGHUP.

    Raises
    ------
    SystemExit
        If `main` raises it, as argparse does.
    """
    program = program or Path(sys.argv[0]).name
    _open_pipes_for_good()
    signals: list[int] = []
    try:
        with signals_as_exceptions(signals):
            code = main() or 0
            _flush()
            return code
    except (Exception, KeyboardInterrupt) as error:
        # A signal may come out as another exception: NumPy's import turns it into an ImportError.
        if signals or isinstance(error, KeyboardInterrupt):
            _report(program, "interrupted")
            return 128 + (signals or [signal.SIGINT])[0]
        _report(program, f"error: {_message(error)}")
        if sys.flags.dev_mode:
            import traceback

            traceback.print_exc()
        return 2


def _message(error: Exception) -> str:
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        extra = f"[{EXTRAS[package]}]" if package in EXTRAS else ""
        return f"the package {package} is missing: pip install '.{extra}' in the project's folder"
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return f"{file}{os_reason(error)}"
    if isinstance(error, MemoryError):
        return f"not enough memory ({os_reason(error)})"
    return (
        f"unexpected {type(error).__name__}: {os_reason(error)}; this is a mistake in the program: "
        "python -X dev shows where, please report it"
    )


def _report(program: str, text: str) -> None:
    # Nothing can be done where even stderr is gone.
    try:
        print(f"{program}: {shown(text, 2000)}", file=sys.stderr)
        sys.stderr.flush()
        sys.stdout.flush()
    except OSError:
        pass


def _flush() -> None:
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except OSError as error:
        raise UserError(f"standard output: cannot be written ({os_reason(error)})") from error


class _Pipe(io.FileIO):
    """An output whose reader may leave early, as `head` does: the rest is thrown away."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return len(data)


def _open_pipes_for_good() -> None:
    """Let a closed pipe, or a character that the terminal does not know, stop no program."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream is not getattr(sys, f"__{name}__"):
            continue  # closed, or replaced by somebody who cares for it
        stream.flush()
        wrapped = io.TextIOWrapper(
            io.BufferedWriter(_Pipe(stream.fileno(), "w", closefd=False)),
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=stream.line_buffering or name == "stderr",
        )
        setattr(sys, name, wrapped)
