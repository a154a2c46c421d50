"""A program that fails says so in one line, and its traceback is there for who wants it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("package", ["atlas-sw/dumpxaod", "local-sw/btagging"])
def test_python_x_dev_shows_the_traceback(package: str) -> None:
    """Also where stderr is a pipe, which holds back what is not flushed."""
    folder, name = str(ROOT / package).rsplit("/", 1)
    code = (
        f"import sys; sys.path.insert(0, {folder!r})\n"
        f"from {name} import errors\n"
        "errors.run(lambda: 1 // 0, 'program')"
    )
    plain, dev = (
        subprocess.run(
            [sys.executable, *option, "-c", code], capture_output=True, text=True, check=False
        )
        for option in ([], ["-X", "dev"])
    )
    line = (
        "program: error: unexpected ZeroDivisionError: integer division or modulo by zero; this "
        "is a mistake in the program: python -X dev shows where, please report it\n"
    )
    assert (plain.returncode, plain.stderr) == (2, line)
    assert dev.returncode == 2
    assert dev.stderr.startswith(f"{line}Traceback (most recent call last):\n")
    assert "lambda: 1 // 0" in dev.stderr or "<lambda>" in dev.stderr
