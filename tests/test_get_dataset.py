"""`get-dataset.sh`: rucio where it can be used, the synthetic sample elsewhere."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dumpxaod.errors import UserError
from dumpxaod.files import download as open_data_download
from dumpxaod.files import retry as retries
from dumpxaod.files.download import download
from dumpxaod.files.web_answer import State
from range_server import RangeServer, serve

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

    def install(self, name: str, text: str) -> None:
        """Make a program."""
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def install_grid(self, proxy: bool = True) -> None:
        """Make a rucio, and a proxy that is valid or not."""
        self.install("rucio", RUCIO)
        self.install("voms-proxy-info", f"#!/usr/bin/env bash\nexit {0 if proxy else 1}\n")

    def install_open_data(self, urls: list[str]) -> None:
        """Make a package that knows one dataset."""
        (self.modules / "atlasopenmagic.py").write_text(OPEN_DATA.format(urls=urls))

    def run(
        self,
        *arguments: str,
        rucio_exit: int = 0,
        python: str = sys.executable,
        modules: Path | str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run the script there, in a folder that is not its own."""
        environment = {
            "PYTHONPATH": str(modules),
            "PATH": str(self.tools),
            "LOG": str(self.log),
            "RUCIO_EXIT": str(rucio_exit),
            "PYTHON": python,
        }
        command = [str(SCRIPT), "-o", str(self.output), *arguments]
        return subprocess.run(
            command, env=environment, cwd=self.tools, capture_output=True, text=True, check=False
        )

    def files(self) -> list[str]:
        """List what it got."""
        return sorted(path.name for path in self.output.iterdir())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_rucio_the_sample_is_synthetic_and_says_so(machine: Machine) -> None:
    result = machine.run("--sample", "20")
    file = machine.output / "sample.DAOD.root"
    assert result.stdout == f"{SYNTHETIC}{file}: synthetic ttbar, 20 events\n"
    assert (result.returncode, result.stderr) == (0, "")
    assert machine.files() == ["sample.DAOD.root"]


def test_with_rucio_and_a_proxy_it_gets_the_tutorials_dataset(machine: Machine) -> None:
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


def test_rucio_gets_another_dataset(machine: Machine) -> None:
    machine.install_grid()
    result = machine.run("--rucio", "mc20:some.DAOD_PHYSLITE/")
    assert result.returncode == 0
    assert machine.log.read_text().endswith(" mc20:some.DAOD_PHYSLITE/\n")


def test_a_failing_rucio_is_told_and_leaves_nothing(machine: Machine) -> None:
    machine.install_grid()
    result = machine.run(rucio_exit=3)
    message = f"rucio could not get {DATASET}; its own message is above"
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"get-dataset.sh: error: {message}\n"
    assert machine.files() == []


def test_what_rucio_gets_replaces_nothing(machine: Machine) -> None:
    machine.install_grid()
    file = machine.output / "DAOD_FTAG2.1._000001.pool.root.1"
    machine.output.mkdir()
    file.write_text("mine")
    result = machine.run()
    assert (result.returncode, result.stdout) == (0, f"{file}: already exists\n")
    assert machine.files() == [file.name]
    assert file.read_text() == "mine"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_of_rucio(machine: Machine, number: signal.Signals) -> None:
    """As from a terminal, rucio receives it too."""
    machine.install_grid()
    machine.install("rucio", '#!/usr/bin/env bash\necho x >"$5/x"\nexec sleep 60\n')
    (machine.tools / "sleep").symlink_to(str(shutil.which("sleep")))
    process = subprocess.Popen(
        [SCRIPT, "-o", machine.output],
        env={"PATH": str(machine.tools)},
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 20
    while not list(machine.output.glob(".rucio*/x")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    os.killpg(process.pid, number)
    assert process.wait(20) == 128 + number
    assert machine.files() == []


def test_a_larger_sample_is_not_replaced(machine: Machine) -> None:
    assert machine.run("--sample", "20").returncode == 0
    result = machine.run("--sample", "10")
    file = machine.output / "sample.DAOD.root"
    remedy = "remove it first, or choose another folder with -o"
    message = f"sample: error: {file}: has 20 events, more than 10; {remedy}\n"
    assert (result.returncode, result.stderr) == (2, message)
    assert machine.run("--sample", "30").returncode == 0
    assert machine.files() == ["sample.DAOD.root"]


def test_sample_is_made_although_there_is_rucio(machine: Machine) -> None:
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
def test_what_keeps_rucio_from_working_is_said(machine: Machine, grid: bool, obstacle: str) -> None:
    if grid:
        machine.install_grid(proxy=False)
    asked = machine.run("--rucio")
    message = f"{obstacle}; without the grid: {SCRIPT} --sample"
    assert (asked.returncode, asked.stderr) == (2, f"get-dataset.sh: error: {message}\n")
    # It stands in for a Python that makes the sample.
    fallback = machine.run(python=str(shutil.which("true")))
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
def test_mistakes_are_one_line(machine: Machine, arguments: list[str], message: str) -> None:
    result = machine.run(*arguments)
    assert (result.returncode, result.stderr) == (2, f"get-dataset.sh: error: {message}\n")
    assert not machine.output.exists()


def test_a_python_without_uproot_is_told_the_remedy(machine: Machine) -> None:
    python = str(shutil.which("false"))
    result = machine.run("--sample", python=python)
    remedy = f"{python} -m pip install uproot, or PYTHON=another {SCRIPT}"
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"get-dataset.sh: error: {python} has no uproot: {remedy}\n"
    assert machine.files() == []


def root_file(i: int, n_bytes: int = 100_000) -> bytes:
    """Make what looks like a ROOT file: its header tells where it ends."""
    header = b"root" + (62400).to_bytes(4, "big") + (100).to_bytes(4, "big")
    return (header + n_bytes.to_bytes(4, "big")).ljust(n_bytes, bytes([i]))


@pytest.fixture
def open_data(machine: Machine, tmp_path: Path) -> Iterator[RangeServer]:
    """Serve two files of a dataset, with a package that knows their addresses."""
    folder = tmp_path / "server"
    folder.mkdir()
    for i in range(2):
        (folder / f"{i}.root").write_bytes(root_file(i))
    with serve(folder) as server:
        machine.install_open_data([server.url(f"{i}.root") for i in range(2)])
        yield server


def test_open_data_are_listed(machine: Machine, open_data: RangeServer) -> None:
    result = machine.run("--open-data", "--list", "-n", "9", modules=machine.modules)
    assert result.stdout.splitlines() == [open_data.url("0.root"), open_data.url("1.root")]
    assert (result.returncode, result.stderr) == (0, "")
    assert open_data.n_requests == 0


def test_open_data_are_downloaded_once(machine: Machine, open_data: RangeServer) -> None:
    result = machine.run("--open-data", "410470", modules=machine.modules)
    file = machine.output / "0.root"
    assert result.stdout == f"{file}: 100000 bytes, from ATLAS Open Data\n"
    assert machine.files() == ["0.root"]
    result = machine.run("--open-data", "-n", "2", modules=machine.modules)
    assert result.stdout.splitlines() == [
        f"{file}: already exists",
        f"{machine.output / '1.root'}: 100000 bytes, from ATLAS Open Data",
    ]
    assert (machine.output / "1.root").read_bytes() == root_file(1)


@pytest.mark.parametrize(
    ("begun", "fault"), [(0, "cut"), (40_000, ""), (40_000, "whole"), (100_000, ""), (999_999, "")]
)
def test_an_interrupted_download_goes_on_or_starts_again(
    begun: int, fault: str, open_data: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever an earlier call left, the file is whole in the end."""
    monkeypatch.setattr(retries, "PAUSES", (0, 0))
    url, target = open_data.url("1.root"), tmp_path / "1.root"
    partial = open_data_download._partial(target, url, State(100_000, '"1"', ""))
    partial.write_bytes(root_file(1, 999_999)[:begun] if begun > 100_000 else root_file(1)[:begun])
    if fault:
        open_data.faults["1.root"] = fault, 2
    download(url, tmp_path)
    assert target.read_bytes() == root_file(1)
    assert not list(tmp_path.glob(".download*"))
    if (begun, fault) == (40_000, ""):
        assert open_data.n_bytes == 60_001


def test_what_was_begun_of_another_version_is_not_used(
    open_data: RangeServer, tmp_path: Path
) -> None:
    url, target = open_data.url("1.root"), tmp_path / "1.root"
    partial = open_data_download._partial(target, url, State(100_000, '"0"', ""))
    partial.write_bytes(b"x" * 40_000)
    download(url, tmp_path)
    assert target.read_bytes() == root_file(1)
    assert not partial.exists()


def test_only_our_own_files_are_removed(open_data: RangeServer, tmp_path: Path) -> None:
    mine = [tmp_path / name for name in (".1.root.part", "1.root.part", ".download-1.root")]
    for path in mine:
        path.write_text("mine")
    download(open_data.url("1.root"), tmp_path)
    assert all(path.read_text() == "mine" for path in mine)


NO_ROOT = "what came is not a whole ROOT file; call again"


@pytest.mark.parametrize(
    ("name", "fault", "message"),
    [
        ("1.root", "cut", "100000 bytes arrived; gave up after 3 attempts"),
        ("1.root", "error", "HTTP 503 Service Unavailable; gave up after 3 attempts"),
        ("2.root", "", "there is no such file (HTTP 404)"),
        ("1.root", "empty", NO_ROOT),
        ("1.root", "page", NO_ROOT),
        ("short.root", "", NO_ROOT),
        ("long.root", "", NO_ROOT),
        (
            "1.root",
            "login",
            "the server sends an HTML page, such as a login, and not the file",
        ),
        ("1.root", "capped", "the server sends bytes 0-49999 instead of 0-"),
        ("1.root", "shifted", "the server sends bytes 1-1 instead of 0-0"),
        ("1.root", "silent", "the server does not say which bytes it sends ('')"),
        ("1.root", "gzip", "the server sends compressed bytes (gzip)"),
        ("1.root", "reason", r"the server refuses (HTTP 403 \x1b[31mno)"),
        ("1.root", "drip", "the server is too slow; gave up after 3 attempts"),
        ("1.root", "redirect", "unknown url type: ftp; gave up after 3 attempts"),
    ],
)
def test_a_failed_download_never_gets_its_name(
    name: str,
    fault: str,
    message: str,
    open_data: RangeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "PAUSES", (0, 0))
    monkeypatch.setattr(open_data_download, "TIMEOUT", 0.3)
    monkeypatch.setattr(open_data_download, "SLOWEST", 1e6)
    open_data.redirect = "ftp://127.0.0.1/1.root"
    (open_data.folder / "short.root").write_bytes(root_file(1)[:-1])
    (open_data.folder / "long.root").write_bytes(root_file(1) + b"1")
    open_data.faults[name] = fault, 99
    with pytest.raises(UserError) as error:
        download(open_data.url(name), tmp_path)
    assert str(error.value).startswith(f"{open_data.url(name)}: ")
    assert str(error.value).endswith(message)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("file:///etc/passwd", "file:///etc/passwd: is not an address with https:// or http://"),
        ("{}/..%2f..%2fevil.root", "{}/..%2f..%2fevil.root: there is no such file (HTTP 404)"),
        ("{}/%2e%2e", "{}/%2e%2e: its last part is not a file name"),
        ("{}/", "{}/: its last part is not a file name"),
        ("{}/.bashrc", "{}/.bashrc: its last part is not a file name"),
        ("{}/a%0ab", "{}/a%0ab: its last part is not a file name"),
        ("{}/a\x1b", "{}/a\\x1b: its last part is not a file name"),
    ],
)
def test_an_address_names_a_file_in_the_folder(
    address: str, message: str, open_data: RangeServer, tmp_path: Path
) -> None:
    server = open_data.url("").rstrip("/")
    with pytest.raises(UserError) as error:
        download(address.format(server), tmp_path)
    assert str(error.value) == message.format(server)


def test_a_query_is_no_part_of_the_name(open_data: RangeServer, tmp_path: Path) -> None:
    download(open_data.url("1.root?x=/../y"), tmp_path)
    assert (tmp_path / "1.root").read_bytes() == root_file(1)


def test_an_unknown_dataset_is_told(machine: Machine, open_data: RangeServer) -> None:
    result = machine.run("--open-data", "12", modules=machine.modules)
    message = "ATLAS Open Data cannot give dataset 12: no such dataset"
    assert (result.returncode, result.stderr) == (2, f"open_data: error: {message}\n")
    assert machine.files() == []


def test_a_missing_package_is_told_with_the_remedy(machine: Machine) -> None:
    (machine.modules / "atlasopenmagic.py").write_text("raise ModuleNotFoundError\n")
    result = machine.run("--open-data", modules=machine.modules)
    remedy = f"needs another package: {sys.executable} -m pip install atlasopenmagic"
    assert (result.returncode, result.stderr) == (2, f"open_data: error: {remedy}\n")


def test_help_names_every_way(machine: Machine) -> None:
    result = machine.run("--help")
    assert result.returncode == 0
    for option in ("-o", "--rucio", "--open-data", "--sample", "--list"):
        assert option in result.stdout
