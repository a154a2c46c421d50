"""`setup.sh` and `submit-to-grid.sh`, in a shell of their own."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ATLAS = Path(__file__).parents[1] / "atlas-sw"
VIEW = "sft.cern.ch/lcg/views/LCG_108/x86_64-el9-gcc14-opt"
DATASET = "mc16_13TeV:mc16_13TeV.410470.PhPy8EG.deriv.DAOD_FTAG2.p3415"
EXEC = 'source ./setup.sh && dump-xaod -o output.h5 $(echo %IN | tr , " ")'


def bash(text: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run lines in a bash that knows only the programs of a folder, and is in it."""
    for tool in ("bash", "cat", "cut", "dirname", "env"):
        (folder / tool).unlink(missing_ok=True)
        (folder / tool).symlink_to(str(shutil.which(tool)))
    environment = {"PATH": str(folder), **environment}
    command = ["bash", "-c", text]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def install(path: Path, text: str) -> None:
    """Make a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{text}\n")
    path.chmod(0o755)


SOURCE = f"source {shlex.quote(str(ATLAS / 'setup.sh'))}"


def test_with_the_packages_only_the_path_grows(tmp_path: Path) -> None:
    install(tmp_path / "python3", f'exec {sys.executable} "$@"')
    result = bash(f"{SOURCE}; {SOURCE}; echo $PATH; dump-xaod --version", tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    path, version = result.stdout.splitlines()
    assert path == f"{ATLAS}:{tmp_path}"
    assert version.startswith("dump-xaod ")


def test_on_lxplus_the_packages_come_from_a_view(tmp_path: Path) -> None:
    """The view of this test brings a Python, as the real ones do."""
    install(tmp_path / "python3", "exit 1")
    view = tmp_path / "cvmfs" / VIEW
    install(view / "bin" / "python3", f'exec {sys.executable} "$@"')
    install(view / "setup.sh", f"export PATH={view}/bin:$PATH")
    result = bash(f"{SOURCE} && dump-xaod --version", tmp_path, CVMFS=str(tmp_path / "cvmfs"))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("dump-xaod ")


def test_elsewhere_it_is_said_what_to_do(tmp_path: Path) -> None:
    install(tmp_path / "python3", "exit 1")
    result = bash(f"{SOURCE}; echo $? $PATH", tmp_path, CVMFS="/nowhere", LCG_VIEW="LCG_1/x")
    assert result.stdout == f"2 {tmp_path}\n"
    views = "/nowhere/sft.cern.ch/lcg/views"
    assert result.stderr.splitlines() == [
        f"setup.sh: python3 has no uproot and h5py, and there is no {views}/LCG_1/x",
        f"setup.sh: on lxplus, choose LCG_VIEW from: ls -d {views}/LCG_*/*; elsewhere:",
        "  python3 -m venv .venv && source .venv/bin/activate && pip install '.[atlas]'",
    ]


def test_a_view_without_the_packages_is_told(tmp_path: Path) -> None:
    install(tmp_path / "python3", "exit 1")
    view = tmp_path / "cvmfs" / VIEW
    install(view / "setup.sh", "")
    result = bash(SOURCE, tmp_path, CVMFS=str(tmp_path / "cvmfs"))
    assert result.returncode == 2
    message = "has no uproot and h5py; choose LCG_VIEW from: ls"
    assert (
        result.stderr == f"setup.sh: {view.parent.name}/{view.name} {message} {view.parents[1]}\n"
    )


def submit(
    folder: Path, *arguments: str, environment: Mapping[str, str] = {"USER": "matt"}
) -> subprocess.CompletedProcess[str]:
    script = ATLAS / "submit-to-grid.sh"
    return bash(shlex.join([str(script), *arguments]), folder, **environment)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([DATASET], ["--nGBPerJob", "20", EXEC, "user.matt.410470.jets"]),
        (
            ["-o", "user.matt.x", "-g", "5", DATASET, "--variables", "default", "GN2v01_pb"],
            ["--nGBPerJob", "5", f"{EXEC} --variables default GN2v01_pb", "user.matt.x"],
        ),
        (["--dry-run", DATASET, "--min-pt", "a b"], [f"{EXEC} --min-pt a\\ b"]),
    ],
)
def test_without_a_proxy_the_command_is_printed(
    arguments: list[str], words: list[str], tmp_path: Path
) -> None:
    result = submit(tmp_path, *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    *said, folder, command = result.stdout.splitlines()
    no_proxy = "There is no valid grid proxy (voms-proxy-init -voms atlas). "
    dry = arguments[0] == "--dry-run"
    assert said == ([] if dry else [f"{no_proxy}This would be submitted:"])
    assert folder == f"cd {ATLAS}"
    prun, *given = shlex.split(command)
    assert prun == "prun"
    assert {*words, "--inDS", DATASET, "--outDS", "--outputs", "output.h5"} < set(given)
    assert {"--noBuild", "--exec"} < set(given)


def test_with_a_proxy_it_is_submitted_from_the_folder_of_the_dumper(tmp_path: Path) -> None:
    install(tmp_path / "voms-proxy-info", "")
    install(tmp_path / "prun", 'echo "$PWD"; printf "%s\\n" "$@"')
    folder, *words = submit(tmp_path, DATASET).stdout.splitlines()
    assert folder == str(ATLAS)
    assert words == [
        *("--inDS", DATASET, "--outDS", "user.matt.410470.jets", "--outputs", "output.h5"),
        *("--nGBPerJob", "20", "--noBuild", "--exec", EXEC),
    ]


def test_a_cron_job_has_no_user_in_its_environment(tmp_path: Path) -> None:
    install(tmp_path / "id", 'test "$*" = -un && echo joey')
    result = submit(tmp_path, "--dry-run", DATASET, environment={})
    assert (result.returncode, result.stderr) == (0, "")
    assert " user.joey.410470.jets " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a dataset; --help tells more"),
        (["-x", DATASET], "unknown option -x; those of dump-xaod come after the dataset"),
        (["-g", "much", DATASET], "-g needs a number, not much"),
        (["-o"], "-o needs the name of a dataset"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = submit(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"submit-to-grid.sh: error: {message}\n"


def test_without_prun_the_remedy_is_told(tmp_path: Path) -> None:
    install(tmp_path / "voms-proxy-info", "")
    result = submit(tmp_path, DATASET)
    message = "prun is not on the PATH (lsetup panda)"
    assert (result.returncode, result.stderr) == (2, f"submit-to-grid.sh: error: {message}\n")


def test_what_runs_on_the_grid_takes_a_list_with_commas(tmp_path: Path) -> None:
    """The line is run by a shell, with stand-ins for the set-up and the dumper."""
    install(tmp_path / "setup.sh", "")
    install(tmp_path / "dump-xaod", 'printf "%s\\n" "$@"')
    (tmp_path / "tr").symlink_to(str(shutil.which("tr")))
    result = bash(EXEC.replace("%IN", "a.root,b.root"), tmp_path)
    assert result.stdout.split() == ["-o", "output.h5", "a.root", "b.root"]
