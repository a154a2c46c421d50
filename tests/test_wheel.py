"""The wheel: all commands on the PATH, and they work far from the project's folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = [path.name for path in sorted((ROOT / "local-sw").glob("*.py"))]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a source distribution, and from that a wheel."""
    pytest.importorskip("build", reason="the package build is missing")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel under a prefix, for the Python of the tests."""
    prefix = tmp_path_factory.mktemp("prefix")
    (wheel,) = built.glob("*.whl")
    command = [sys.executable, "-m", "installer", "--prefix", str(prefix), str(wheel)]
    subprocess.run(command, check=True)
    return prefix


def run(prefix: Path, folder: Path, *command: str) -> str:
    (packages,) = prefix.glob("lib*/python*/site-packages")
    path = os.pathsep.join([str(prefix / "bin"), str(Path(sys.executable).parent), os.defpath])
    environment = {"HOME": str(folder), "PATH": path, "PYTHONPATH": str(packages)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_source_distribution_holds_what_the_tests_need(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "Makefile", "tests/test_wheel.py", "atlas-sw/dump-xaod"} <= names
    outputs = {name for name in names if name.startswith(("data/", "model/"))}
    assert outputs <= {"data/.gitkeep", "model/.gitkeep"}


def test_all_commands_are_on_the_path(installed: Path, tmp_path: Path) -> None:
    names = {path.name for path in (installed / "bin").iterdir()}
    assert names == {"dump-xaod", "get-dataset.sh", *SCRIPTS}
    for name in names:
        assert run(installed, tmp_path, name, "--help").startswith("usage: ")
    where = run(installed, tmp_path, sys.executable, "-c", "import btagging; print(btagging)")
    assert str(installed) in where


def test_they_work_without_the_project(installed: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "get-dataset.sh", "--sample", "300")
    run(installed, tmp_path, "dump-xaod", "-o", "data/output.h5", "data/sample.DAOD.root")
    run(installed, tmp_path, "make_hist.py", "data/output.h5", "--format", "png")
    assert (tmp_path / "plots" / "rnnip_log_ratio.png").is_file()
