"""Reading from web servers and XRootD servers; which files are meant by a name."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import mini_daod
import pytest
import range_server
from dumped import assert_same, dump
from dumpxaod.errors import UserError
from dumpxaod.files import remote, web
from dumpxaod.files import retry as retries
from dumpxaod.files.names import expand
from dumpxaod.sample import derivation as sample
from range_server import RangeServer, serve
from xrootd_server import PROGRAM, serve_xrootd

FIXTURES = Path(__file__).parents[1] / "fixtures"
GAVE_UP = "; gave up after 3 attempts"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "PAUSES", (0, 0))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RangeServer]:
    """Start a web server that has one derivation, in.root."""
    pytest.importorskip("aiohttp", reason="reading over http needs aiohttp")
    mini_daod.write(tmp_path / "in.root")
    with serve(tmp_path) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def _without_tensorflow() -> None:
    if "tensorflow" in sys.modules:
        pytest.skip("XRootD's library crashes beside TensorFlow; run this file alone")


@pytest.fixture
def xrootd() -> Iterator[tuple[Path, str]]:
    """Start an XRootD server; give its folder and the folder's address."""
    pytest.importorskip("fsspec_xrootd", reason="reading over root:// needs fsspec-xrootd")
    if PROGRAM is None:
        pytest.skip("there is no XRootD server; apt-get install xrootd-server")
    with serve_xrootd() as server:
        yield server


def test_a_web_server_gives_what_the_disk_gives(
    server: RangeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only some of the bytes travel, and the summary tells how many."""
    sample.write(tmp_path / "big.root", 2000)
    size = (tmp_path / "big.root").stat().st_size
    assert dump("-o", tmp_path / "o.h5", server.url("big.root")) == 0
    last_line = capsys.readouterr().out.splitlines()[-1]
    share = f"{100 * server.n_bytes / size:.1f}%"
    assert last_line == f"  {server.n_bytes:,} of {size:,} bytes fetched ({share})"
    assert (share, server.n_requests) == ("12.1%", 12)
    assert dump("-o", tmp_path / "local.h5", tmp_path / "big.root") == 0
    assert "fetched" not in capsys.readouterr().out
    with h5py.File(tmp_path / "o.h5") as far, h5py.File(tmp_path / "local.h5") as near:
        assert far["jets"][:].tobytes() == near["jets"][:].tobytes()


@pytest.mark.parametrize(
    ("name", "n_requests", "percent"),
    [
        ("r21_full_ttree", 11, 8.5),
        ("r22_physlite_ttree", 9, 9.4),
        ("r25_physlite_rntuple", 12, 3.4),
    ],
)
def test_of_a_real_derivation_a_small_part_travels(
    name: str,
    n_requests: int,
    percent: float,
    daod_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("aiohttp", reason="reading over http needs aiohttp")
    with serve(daod_dir) as server:
        assert dump("-o", tmp_path / "far.h5", server.url(f"{name}.root")) == 0
        size = (daod_dir / f"{name}.root").stat().st_size
        assert (server.n_requests, round(100 * server.n_bytes / size, 1)) == (n_requests, percent)


@pytest.mark.parametrize("fault", ["error", "cut", "hang"])
def test_a_passing_fault_is_survived(
    fault: str, server: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.3)
    server.faults["in.root"] = fault, 2
    assert dump("-o", tmp_path / "o.h5", server.url("in.root")) == 0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("error", "503, message='Service Unavailable', url='{url}'" + GAVE_UP),
        (
            "cut",
            "Response payload is not completed: <ContentLengthError: 400, message='Not enough data "
            "to satisfy content length header (received 201 of 403 bytes).'>" + GAVE_UP,
        ),
        ("hang", "Timeout on reading data from socket" + GAVE_UP),
        ("whole", "the server sends whole files, no byte ranges; download the file"),
        ("login", "the server sends an HTML page, such as a login, and not the file"),
        ("empty", "the server sends whole files, no byte ranges; download the file"),
        ("reason", r"the server refuses (HTTP 403 \x1b[31mno)"),
        ("capped", "the server sends bytes 0-201 instead of 0-402"),
        ("shifted", "the server sends bytes 1-403 instead of 0-402"),
        ("silent", "the server does not say which bytes it sends ('')"),
        ("gzip", "the server sends compressed bytes (gzip)"),
        ("redirect", "the server leads to file:///etc/passwd: only http and https"),
    ],
)
def test_a_lasting_fault_is_one_line(
    fault: str,
    message: str,
    server: RangeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.3)
    server.faults["in.root"], server.redirect = (fault, 99), "file:///etc/passwd"
    url = server.url("in.root")
    assert dump("-o", tmp_path / "o.h5", url) == 2
    assert capsys.readouterr().err == f"dump-xaod: error: {url}: {message.format(url=url)}\n"
    assert server.n_requests == (3 if fault in ("error", "cut", "hang") else 1)
    assert not list(tmp_path.glob("o.h5*"))


def test_of_an_answer_without_end_only_the_range_is_read(
    server: RangeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults["in.root"] = "endless", 99
    url = server.url("in.root")
    assert dump("-o", tmp_path / "o.h5", url) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {url}: cannot be read (ValueError: not a ROOT file: first four bytes "
        "are b'xxxx'); the file is probably damaged: fetch it again\n"
    )
    assert server.n_requests == 1
    assert (
        server.n_bytes < 12e6
    )  # what was sent until the client went: at most both sockets' buffers


def test_an_answer_that_drips_is_given_up(
    server: RangeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each byte arrives in time, but all of them would not."""
    monkeypatch.setattr(web, "TIMEOUT", 0.3)
    server.faults["in.root"] = "drip", 99
    assert dump("-o", tmp_path / "o.h5", server.url("in.root")) == 2
    message = f"{server.url('in.root')}: the server is too slow{GAVE_UP}"
    assert capsys.readouterr().err == f"dump-xaod: error: {message}\n"


@pytest.mark.parametrize("what", ["etag", "size"])
def test_a_file_that_is_replaced_meanwhile_is_reported(
    what: str,
    server: RangeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    send, path = range_server.Handler._send_range, tmp_path / "in.root"

    def replace(handler: range_server.Handler, content: bytes, fault: str) -> None:
        send(handler, content, fault)
        if what == "etag":
            server.etag = '"2"'
        else:
            path.write_bytes(content + b"more")

    monkeypatch.setattr(range_server.Handler, "_send_range", replace)
    url = server.url("in.root")
    assert dump("-o", tmp_path / "o.h5", url) == 2
    message = f"{url}: the file was replaced on the server while it was read; call again"
    assert capsys.readouterr().err == f"dump-xaod: error: {message}\n"


def test_resume_notices_a_remote_file_that_has_changed(server: RangeServer, tmp_path: Path) -> None:
    """Its name and its size are the same, but not what the server calls its version."""
    bad, out = tmp_path / "bad.root", tmp_path / "o.h5"
    bad.touch()
    assert dump("-o", out, "-j", 2, server.url("in.root"), bad) == 2
    mini_daod.write(bad)
    mini_daod.write(tmp_path / "in.root", pt=[[90e3, 80e3], [70e3]])
    server.etag = '"2"'
    assert dump("-o", out, "--resume", server.url("in.root"), bad) == 0
    assert dump("-o", tmp_path / "serial.h5", server.url("in.root"), bad) == 0
    assert_same(out, tmp_path / "serial.h5")


def test_a_server_that_does_not_answer_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp", reason="reading over http needs aiohttp")
    url = "http://127.0.0.1:9/in.root"  # the port of a service that nobody offers any more
    assert dump("-o", tmp_path / "o.h5", url) == 2
    reason = "Cannot connect to host 127.0.0.1:9 ssl:default [Connect call failed ('127.0.0.1', 9)]"
    assert capsys.readouterr().err == f"dump-xaod: error: {url}: {reason}{GAVE_UP}\n"


def test_a_missing_file_is_reported_at_once(
    server: RangeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.url("missing.root")
    assert dump("-o", tmp_path / "o.h5", url) == 2
    message = f"dump-xaod: error: {url}: there is no such file (HTTP 404)\n"
    assert capsys.readouterr().err == message
    assert server.n_requests == 1


def test_a_truncated_file_is_reported(
    server: RangeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (tmp_path / "in.root").read_bytes()
    (tmp_path / "cut.root").write_bytes(whole[:2000])
    assert dump("-o", tmp_path / "o.h5", server.url("cut.root")) == 2
    message = f"is truncated: 2000 of {len(whole)} bytes; fetch it again"
    assert capsys.readouterr().err == f"dump-xaod: error: {server.url('cut.root')}: {message}\n"


@pytest.mark.parametrize("kind", ["TTree", "RNTuple"])
def test_xrootd_gives_what_the_disk_gives(
    kind: str, xrootd: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, address = xrootd
    if kind == "TTree":
        shutil.copy(FIXTURES / "physlite.root", folder / "TTree-a.root")
    else:
        for name in "ab":
            sample.write(folder / f"{kind}-{name}.root", 500)
    assert dump("-o", tmp_path / "far.h5", f"{address}/{kind}-[ab].root") == 0
    # Of the TTree, which is small, more than all: parts of it are read twice.
    share = {"TTree": "(143.9%)", "RNTuple": "(15.9%)"}[kind]  # the sample has random UUIDs
    line = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(rf"  [\d,]+ of [\d,]+ bytes fetched {re.escape(share)}", line)
    assert dump("-o", tmp_path / "near.h5", f"{folder}/{kind}-*.root") == 0
    with h5py.File(tmp_path / "far.h5") as far, h5py.File(tmp_path / "near.h5") as near:
        assert far["jets"][:].tobytes() == near["jets"][:].tobytes()


def test_a_file_that_xrootd_does_not_have_is_reported_at_once(
    xrootd: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, address = xrootd
    assert dump("-o", tmp_path / "o.h5", f"{address}/missing.root") == 2
    reason = "Server responded with an error: [3011] Unable to open /data/missing.root; "
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {address}/missing.root: there is no such file ([ERROR] {reason}"
        "no such file or directory)\n"
    )


def test_an_xrootd_server_that_is_not_there_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("fsspec_xrootd", reason="reading over root:// needs fsspec-xrootd")
    address = "root://127.0.0.1:9//data/in.root"
    assert dump("-o", tmp_path / "o.h5", address) == 2
    error = capsys.readouterr().err
    assert error == f"dump-xaod: error: {address}: [FATAL] Connection error{GAVE_UP}\n"


def test_a_missing_package_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find(*_: object, **__: object) -> None:
        raise ImportError("needs it")

    monkeypatch.setattr(remote, "_xrootd", dict)
    monkeypatch.setattr("dumpxaod.files.remote.fsspec.url_to_fs", find)
    address = "root://server//in.root"
    assert dump("-o", tmp_path / "o.h5", address) == 2
    told = "needs another package: pip install fsspec-xrootd (needs it)"
    assert capsys.readouterr().err == f"dump-xaod: error: {address}: {told}\n"


@pytest.mark.parametrize(
    ("ranges", "joined"),
    [
        ([], []),
        ([(10, 20)], [(10, 20)]),
        ([(0, 10), (10, 20)], [(0, 20)]),
        ([(50, 60), (0, 10), (20, 30)], [(0, 60)]),
        ([(0, 10), (5, 8)], [(0, 10)]),
        ([(0, 10), (16394, 16400)], [(0, 16400)]),
        ([(0, 10), (16395, 16400)], [(0, 10), (16395, 16400)]),
    ],
)
def test_ranges_that_are_near_are_fetched_as_one(
    ranges: list[tuple[int, int]], joined: list[tuple[int, int]]
) -> None:
    assert remote._join(ranges) == joined


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a working folder with a few files, one of which has a name like a pattern."""
    for name in ("b.root", "a.root", "c.txt", "[x].root", "sub/d.root"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "list.txt").write_text("# a comment\n\nhttps://s/f?x=1\n  sub/*.root \nb.root\n")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["b.root", "a.root"], ["b.root", "a.root"]),
        (["missing.root"], ["missing.root"]),
        (["?.root"], ["a.root", "b.root"]),
        (["[x].root"], ["[x].root"]),
        (["@list.txt", "a.root"], ["https://s/f?x=1", "sub/d.root", "b.root", "a.root"]),
        (["root://s//f.root?authz=x"], ["root://s//f.root?authz=x"]),
        (["root://s//f.root", "http://s/*.root"], ["root://s//f.root", "http://s/*.root"]),
    ],
)
@pytest.mark.usefixtures("folder")
def test_names_stand_for_files(names: list[str], files: list[str]) -> None:
    assert expand(names) == files


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("*.missing", "*.missing: no file matches"),
        ("@no.txt", "no.txt: cannot be read (No such file or directory)"),
        ("@empty.txt", "empty.txt: names no file; write one name per line"),
        ("@binary.txt", "binary.txt: is not a text file with one file name per line"),
        ("ftp://s/f", "ftp://s/f: ftp:// is not known; there is https://, http://, root://"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_names_that_stand_for_nothing_are_reported(name: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        expand([name])
    assert str(error.value) == message
