"""What `make` says before it installs anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_an_environment_of_another_python_is_told(tmp_path: Path) -> None:
    venv, other = tmp_path / "venv", tmp_path / "python3.99"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    other.write_text("#!/bin/sh\necho 3.99\n")
    other.chmod(0o755)
    command = ["make", "--dry-run", "lint", f"VENV={venv}", f"PYTHON={other}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    remedy = f"remove {venv}, or name another as in make VENV=.venv-other"
    said = done.stderr.strip().partition("*** ")[2]
    assert said == f"{venv} has Python {here}, and {other} is 3.99: {remedy}.  Stop."
    same = subprocess.run(
        [*command[:-1], f"PYTHON={sys.executable}"], cwd=ROOT, capture_output=True
    )
    assert same.returncode == 0
