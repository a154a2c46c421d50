"""How programs of both sides report what goes wrong, and end."""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from signalled import SIDES, start, wait_for

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def errors(side: str) -> Any:
    return importlib.import_module(f"{side}.errors")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pt of a jet", "pt of a jet"),
        ("é ∑", "é ∑"),
        ("\x1b[31mred\nline\t\x07", r"\x1b[31mred\nline\t\x07"),
        ("\u202eabc\udcff", r"\u202eabc\udcff"),
        ("a" * 300, "a" * 134 + "…" + "a" * 66),
        (12, "12"),
    ],
)
def test_a_strangers_text_is_one_line_and_harmless(errors: Any, text: object, shown: str) -> None:
    assert errors.shown(text) == shown


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device", "x"), "No space left on device"),
        (OSError("unable (errno = 28, error message = 'No space left')"), "No space left"),
        (RuntimeError("one\ntwo"), "one"),
        (RuntimeError(""), "RuntimeError"),
    ],
)
def test_a_reason_is_a_few_words(errors: Any, error: Exception, reason: str) -> None:
    assert errors.os_reason(error) == reason


def test_a_mistake_survives_the_way_between_processes(errors: Any) -> None:
    error = pickle.loads(pickle.dumps(errors.UserError("a: b")))
    assert (type(error), str(error)) == (errors.UserError, "a: b")


MISTAKE = "this is a mistake in the program: python -X dev shows where, please report it"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("raise errors.UserError('a.root: is empty')", "a.root: is empty"),
        ("raise errors.UserError('\\x1b[2J')", r"\x1b[2J"),
        ("open('/no/such/file')", "/no/such/file: No such file or directory"),
        ("raise MemoryError('16 GB')", "not enough memory (16 GB)"),
        ("raise KeyError('pt')", f"unexpected KeyError: 'pt'; {MISTAKE}"),
        (
            "raise ModuleNotFoundError(name='dask.array')",
            "the package dask is missing: pip install '.[dask]' in the project's folder",
        ),
        (
            "import nowhere.to_be_found",
            "the package nowhere is missing: pip install '.' in the project's folder",
        ),
    ],
)
def test_what_goes_wrong_is_one_line_and_exit_code_2(side: str, line: str, told: str) -> None:
    program = start(side, line)
    assert program.communicate(timeout=20) == ("", f"program: error: {told}\n")
    assert program.returncode == 2


def test_in_dev_mode_the_traceback_follows(side: str) -> None:
    program = start(side, "1 / 0", env={**os.environ, "PYTHONDEVMODE": "1"})
    _, error = program.communicate(timeout=20)
    assert error.startswith("program: error: unexpected ZeroDivisionError: division by zero; ")
    assert "Traceback (most recent call last)" in error


@pytest.mark.parametrize(("code", "returned"), [(0, 0), ("None", 0), (1, 1), (3, 3)])
def test_the_exit_code_is_what_the_program_returns(side: str, code: object, returned: int) -> None:
    program = start(side, f"print('done')\nreturn {code}")
    assert program.communicate(timeout=20) == ("done\n", "")
    assert program.returncode == returned


def test_after_a_failure_no_destructor_is_run(side: str) -> None:
    """They may hang or crash: those of TensorFlow and HDF5 do."""
    body = "import atexit\natexit.register(print, 'too late')\nprint('before')\nreturn 2"
    program = start(side, body)
    assert program.communicate(timeout=20) == ("before\n", "")


def after_a_line(program: subprocess.Popen[str]) -> None:
    """Wait until a program has printed a line and is back from that."""
    assert program.stdout
    program.stdout.readline()
    time.sleep(0.2)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_interrupts(side: str, number: signal.Signals) -> None:
    """What is to be cleaned up is cleaned up."""
    body = "try:\n    print(1, flush=True)\n    time.sleep(60)\nfinally:\n    print('cleaned')"
    program = start(side, body)
    after_a_line(program)
    program.send_signal(number)
    assert program.communicate(timeout=20) == ("cleaned\n", "program: interrupted\n")
    assert program.returncode == 128 + number


def test_a_signal_that_comes_out_as_another_exception_interrupts(side: str) -> None:
    body = (
        "try:\n    print(1, flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    raise ImportError('numpy says so')"
    )
    program = start(side, body)
    after_a_line(program)
    program.send_signal(signal.SIGHUP)
    assert program.communicate(timeout=20) == ("", "program: interrupted\n")
    assert program.returncode == 129


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_at_once(side: str, number: signal.Signals) -> None:
    body = "try:\n    time.sleep(60)\nfinally:\n    print(2, flush=True)\n    time.sleep(60)"
    program = start(side, "print(1, flush=True)\n" + body)
    after_a_line(program)
    program.send_signal(number)
    after_a_line(program)
    program.send_signal(number)
    assert program.wait(20) == -number


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_is_ignored_stays_so(side: str, number: signal.Signals) -> None:
    """As under nohup, or in the background of a shell."""
    program = start(side, "print(1, flush=True)\ntime.sleep(0.3)\nprint(2)", ignored=(number,))
    after_a_line(program)
    program.send_signal(number)
    assert program.communicate(timeout=20) == ("2\n", "")
    assert program.returncode == 0


def test_a_signal_that_python_drops_is_raised_again(side: str) -> None:
    """What is raised in a destructor goes no further."""
    body = (
        "class Slow:\n    def __del__(self):\n        print(1, flush=True)\n        time.sleep(1)\n"
        "Slow()\ntime.sleep(60)"
    )
    program = start(side, body)
    after_a_line(program)
    program.send_signal(signal.SIGTERM)
    assert program.communicate(timeout=20) == ("", "program: interrupted\n")
    assert program.returncode == 143


def test_a_deferred_signal_comes_at_the_end_of_the_block(side: str, tmp_path: Path) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    body = (
        f"with signals.deferred_signals():\n    Path({str(begun)!r}).touch()\n"
        f"    time.sleep(0.5)\n    Path({str(ended)!r}).touch()\ntime.sleep(60)"
    )
    program = start(side, body)
    wait_for(begun.exists)
    program.send_signal(signal.SIGTERM)
    assert program.communicate(timeout=20) == ("", "program: interrupted\n")
    assert (program.returncode, ended.exists()) == (143, True)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_closed_pipe_stops_nothing(side: str, stream: str, tmp_path: Path) -> None:
    """`dump-xaod … | head -1` still writes its file."""
    last = tmp_path / "last"
    body = (
        f"time.sleep(0.3)\nfor _ in range(9999):\n    print('x' * 99, file=sys.{stream})\n"
        f"Path({str(last)!r}).touch()"
    )
    program = start(side, body)
    getattr(program, stream).close()
    setattr(program, stream, None)
    rest = program.communicate(timeout=20)
    assert (program.returncode, last.exists()) == (0, True)
    assert not any(rest)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_for_the_output_of_the_terminal_is_told(side: str) -> None:
    with Path("/dev/full").open("w") as full:
        program = start(side, "print('x' * 99)", stdout=full)
        _, error = program.communicate(timeout=20)
    reason = "No space left on device"
    assert error == f"program: error: standard output: cannot be written ({reason})\n"
    assert program.returncode == 2


def test_a_terminal_that_knows_no_greek_stops_nothing(side: str) -> None:
    program = start(side, "print('∑')", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert program.communicate(timeout=20) == ("\\u2211\n", "")
    assert program.returncode == 0


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_without_a_stream_the_exit_code_is_the_same(side: str, stream: str) -> None:
    body = f"os.close({1 if stream == 'stdout' else 2})\nraise errors.UserError('x')"
    program = start(side, body)
    program.communicate(timeout=20)
    assert program.returncode == 2
