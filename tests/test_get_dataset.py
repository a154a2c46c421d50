"""`get-dataset.sh`: rucio where it can be used, the synthetic sample elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dumpxaod import patience
from dumpxaod.errors import UserError
from dumpxaod.open_data import download
from range_server import serve

SCRIPT = Path(__file__).parents[1] / "atlas-sw" / "get-dataset.sh"
DATASET = (
    "mc16_13TeV.410470.PhPy8EG_A14_ttbar_hdamp258p75_nonallhad"
    ".deriv.DAOD_FTAG2.e6337_e5984_s3126_r9781_r9778_p3415/"
)
TOOLS = ("bash", "cat", "dirname", "env", "find", "mkdir", "mktemp", "mv", "rm")
SYNTHETIC = "Making the built-in synthetic sample: good for learning, not for physics.\n"

# Writes half a file, then succeeds or fails as its test wants.
RUCIO = """#!/usr/bin/env bash
echo "$@" >"$LOG"
while [ "$1" != --dir ]; do shift; done
mkdir -p "$2/dataset"
echo jets >"$2/dataset/DAOD_FTAG2.1._000001.pool.root.1"
exit $RUCIO_EXIT
"""


# Behaves as the functions of atlasopenmagic 1.10 do.
OPEN_DATA = """
def set_verbosity(level): assert level == "error"
def set_release(release): assert release == "2024r-pp"
def get_urls(key, skim="noskim", protocol="root", cache=None):
    assert (protocol, cache) == ("https", False)
    if key != "410470":
        raise ValueError("no such dataset")
    return {urls}
"""


class Machine:
    """A machine with no more than the tools that a test gives it."""

    def __init__(self, root: Path) -> None:
        self.tools, self.output, self.log = root / "bin", root / "out put", root / "log"
        self.tools.mkdir()
        self.modules = root / "modules"
        self.modules.mkdir()
        for tool in TOOLS:
            (self.tools / tool).symlink_to(str(shutil.which(tool)))

    def install(self, name, text):
        """Make a program."""
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def install_grid(self, proxy=True):
        """Make a rucio, and a proxy that is valid or not."""
        self.install("rucio", RUCIO)
        self.install("voms-proxy-info", f"#!/usr/bin/env bash\nexit {0 if proxy else 1}\n")

    def install_open_data(self, urls):
        """Make a package that knows one dataset."""
        (self.modules / "atlasopenmagic.py").write_text(OPEN_DATA.format(urls=urls))

    def run(self, *arguments, rucio_exit=0, python=sys.executable, modules=""):
        """Run the script there, in a folder that is not its own."""
        environment = {
            "PYTHONPATH": str(modules),
            "PATH": str(self.tools),
            "LOG": str(self.log),
            "RUCIO_EXIT": str(rucio_exit),
            "PYTHON": python,
        }
        command = [SCRIPT, "-o", self.output, *arguments]
        return subprocess.run(
            command, env=environment, cwd=self.tools, capture_output=True, text=True, check=False
        )

    def files(self):
        """List what it got."""
        return sorted(path.name for path in self.output.iterdir())


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_without_rucio_the_sample_is_synthetic_and_says_so(machine):
    result = machine.run("--sample", "20")
    file = machine.output / "sample.DAOD.root"
    assert result.stdout == f"{SYNTHETIC}{file}: synthetic ttbar, 20 events\n"
    assert (result.returncode, result.stderr) == (0, "")
    assert machine.files() == ["sample.DAOD.root"]


def test_with_rucio_and_a_proxy_it_gets_the_tutorials_dataset(machine):
    machine.install_grid()
    result = machine.run()
    file = machine.output / "DAOD_FTAG2.1._000001.pool.root.1"
    assert result.stdout == f"{file}: simulation, from {DATASET}\n"
    assert (result.returncode, result.stderr) == (0, "")
    assert machine.files() == [file.name]
    assert file.read_text() == "jets\n"
    called = machine.log.read_text().split(" --dir ")
    assert called[0] == "get --nrandom 1"
    assert called[1].endswith(f" {DATASET}\n")


def test_rucio_gets_another_dataset(machine):
    machine.install_grid()
    result = machine.run("--rucio", "mc20:some.DAOD_PHYSLITE/")
    assert result.returncode == 0
    assert machine.log.read_text().endswith(" mc20:some.DAOD_PHYSLITE/\n")


def test_a_failing_rucio_is_told_and_leaves_nothing(machine):
    machine.install_grid()
    result = machine.run(rucio_exit=3)
    message = f"rucio could not get {DATASET}; its own message is above"
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"get-dataset.sh: error: {message}\n"
    assert machine.files() == []


def test_sample_is_made_although_there_is_rucio(machine):
    machine.install_grid()
    assert machine.run("--sample", "5").returncode == 0
    assert machine.files() == ["sample.DAOD.root"]
    assert not machine.log.exists()


@pytest.mark.parametrize(
    ("grid", "obstacle"),
    [
        (False, "rucio is not on the PATH (lsetup rucio)"),
        (True, "there is no valid grid proxy (voms-proxy-init -voms atlas)"),
    ],
)
def test_what_keeps_rucio_from_working_is_said(machine, grid, obstacle):
    if grid:
        machine.install_grid(proxy=False)
    asked = machine.run("--rucio")
    message = f"{obstacle}; without the grid: {SCRIPT} --sample"
    assert (asked.returncode, asked.stderr) == (2, f"get-dataset.sh: error: {message}\n")
    fallback = machine.run(
        python=shutil.which("true")
    )  # stands in for a Python that makes the sample
    assert fallback.stdout == f"Not from the grid: {obstacle}.\n{SYNTHETIC}"
    assert fallback.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-x"], "unknown argument -x; --help lists what there is"),
        (["--sample", "many"], "unknown argument many; --help lists what there is"),
        (["--sample", "--rucio"], "--sample and --rucio exclude each other"),
        (["-o"], "-o needs a folder"),
        (["--open-data", "--rucio"], "--open-data and --rucio exclude each other"),
        (["-n", "many"], "-n needs a number of files"),
        (["--list"], "--list goes with --open-data"),
    ],
)
def test_mistakes_are_one_line(machine, arguments, message):
    result = machine.run(*arguments)
    assert (result.returncode, result.stderr) == (2, f"get-dataset.sh: error: {message}\n")
    assert not machine.output.exists()


def test_a_python_without_uproot_is_told_the_remedy(machine):
    python = shutil.which("false")
    result = machine.run("--sample", python=python)
    remedy = f"{python} -m pip install uproot, or PYTHON=another {SCRIPT}"
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"get-dataset.sh: error: {python} has no uproot: {remedy}\n"
    assert machine.files() == []


@pytest.fixture
def open_data(machine, tmp_path):
    """Serve two files of a dataset, with a package that knows their addresses."""
    folder = tmp_path / "server"
    folder.mkdir()
    for i in range(2):
        (folder / f"{i}.root").write_bytes(bytes([i]) * 100_000)
    with serve(folder) as server:
        machine.install_open_data([server.url(f"{i}.root") for i in range(2)])
        yield server


def test_open_data_are_listed(machine, open_data):
    result = machine.run("--open-data", "--list", "-n", "9", modules=machine.modules)
    assert result.stdout.splitlines() == [open_data.url("0.root"), open_data.url("1.root")]
    assert (result.returncode, result.stderr) == (0, "")
    assert open_data.n_requests == 0


def test_open_data_are_downloaded_once(machine, open_data):
    result = machine.run("--open-data", "410470", modules=machine.modules)
    file = machine.output / "0.root"
    assert result.stdout == f"{file}: 100000 bytes, from ATLAS Open Data\n"
    assert machine.files() == ["0.root"]
    result = machine.run("--open-data", "-n", "2", modules=machine.modules)
    assert result.stdout.splitlines() == [
        f"{file}: is there already",
        f"{machine.output / '1.root'}: 100000 bytes, from ATLAS Open Data",
    ]
    assert (machine.output / "1.root").read_bytes() == b"\1" * 100_000


@pytest.mark.parametrize(
    ("begun", "fault"), [(0, "cut"), (40_000, ""), (40_000, "whole"), (100_000, ""), (999_999, "")]
)
def test_an_interrupted_download_goes_on_or_starts_again(
    begun, fault, open_data, tmp_path, monkeypatch
):
    """Whatever an earlier call left, the file is whole in the end."""
    monkeypatch.setattr(patience, "PAUSES", (0, 0))
    partial = tmp_path / ".1.root.part"
    partial.write_bytes(b"\1" * begun)
    if fault:
        open_data.faults["1.root"] = fault, 1
    download(open_data.url("1.root"), tmp_path)
    assert (tmp_path / "1.root").read_bytes() == b"\1" * 100_000
    assert not partial.exists()
    if (begun, fault) == (40_000, ""):
        assert open_data.n_bytes == 60_000


@pytest.mark.parametrize(
    ("name", "fault", "message"),
    [
        ("1.root", "cut", "100000 bytes arrived; gave up after 3 attempts"),
        ("1.root", "error", "HTTP Error 503: Service Unavailable; gave up after 3 attempts"),
        ("2.root", "", "there is no such file (HTTP 404)"),
    ],
)
def test_a_failed_download_never_gets_its_name(
    name, fault, message, open_data, tmp_path, monkeypatch
):
    monkeypatch.setattr(patience, "PAUSES", (0, 0))
    open_data.faults[name] = fault, 99
    with pytest.raises(UserError) as error:
        download(open_data.url(name), tmp_path)
    assert str(error.value).startswith(f"{open_data.url(name)}: ")
    assert str(error.value).endswith(message)
    assert not (tmp_path / name).exists()


def test_an_unknown_dataset_is_told(machine, open_data):
    result = machine.run("--open-data", "12", modules=machine.modules)
    message = "ATLAS Open Data cannot give dataset 12: no such dataset"
    assert (result.returncode, result.stderr) == (2, f"open_data: error: {message}\n")
    assert machine.files() == []


def test_a_missing_package_is_told_with_the_remedy(machine):
    (machine.modules / "atlasopenmagic.py").write_text("raise ModuleNotFoundError\n")
    result = machine.run("--open-data", modules=machine.modules)
    remedy = f"needs another package: {sys.executable} -m pip install atlasopenmagic"
    assert (result.returncode, result.stderr) == (2, f"open_data: error: {remedy}\n")


def test_help_names_every_way(machine):
    result = machine.run("--help")
    assert result.returncode == 0
    for option in ("-o", "--rucio", "--open-data", "--sample", "--list"):
        assert option in result.stdout
