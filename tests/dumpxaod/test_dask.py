"""The same output from a Dask cluster, also when a worker dies."""

from __future__ import annotations

import os
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mini_daod
import pytest
from dumped import assert_same, dump
from dumpxaod.parallel.dask_cluster import _started
from range_server import serve

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install distributed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a cluster of two processes whose working folder is another."""
    elsewhere, here = tmp_path_factory.mktemp("elsewhere"), Path.cwd()
    os.chdir(elsewhere)
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as cluster:
        os.chdir(here)
        yield cluster


@pytest.fixture
def daods(tmp_path: Path) -> list[Path]:
    """Write four small derivations."""
    second, fourth = [[70e3, 60e3], [40e3]], [[1e3, 90e3], [50e3]]
    changes: list[dict[str, Any]] = [{}, {"pt": second}, {}, {"pt": fourth}]
    return [mini_daod.write(tmp_path / f"{i}.root", **change) for i, change in enumerate(changes)]


def test_a_cluster_writes_what_one_process_writes(
    cluster: Any, daods: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of files are valid here, not in the folders of the workers."""
    monkeypatch.chdir(tmp_path)
    names = [daod.name for daod in daods]
    assert dump("-o", "dask.h5", "--dask", cluster.scheduler_address, *names) == 0
    assert dump("-o", "serial.h5", *daods) == 0
    assert_same(tmp_path / "dask.h5", tmp_path / "serial.h5")


def test_a_bad_file_is_reported(
    cluster: Any, daods: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["-o", tmp_path / "o.h5", "--dask", cluster.scheduler_address]
    daods[1].write_bytes(b"hello")
    assert dump(*arguments, *daods) == 2
    message = f"{daods[1]}: is not a ROOT file (it starts with b'hello')"
    assert f"dump-xaod: error: {message} (" in capsys.readouterr().err
    assert dump(*arguments, "--resume", "--skip-bad-files", *daods) == 0
    assert dump("-o", tmp_path / "serial.h5", "--skip-bad-files", *daods) == 0
    assert_same(tmp_path / "o.h5", tmp_path / "serial.h5")


def test_a_worker_that_dies_loses_and_duplicates_nothing(
    cluster: Any, daods: list[Path], tmp_path: Path
) -> None:
    """It is killed while it reads from a server that hangs; Dask gives the work to another."""
    pytest.importorskip("aiohttp", reason="reading over http needs aiohttp")
    with serve(tmp_path) as server:
        server.faults["1.root"] = "hang", 1
        given = [daods[0], server.url("1.root"), *daods[2:]]
        codes: list[int] = []
        arguments = ["-o", tmp_path / "o.h5", "--dask", cluster.scheduler_address, *given]
        thread = threading.Thread(target=lambda: codes.append(dump(*arguments)))
        thread.start()
        assert server.hanging.wait(30)
        with distributed.Client(cluster) as client:
            (victim,) = (address for address, tasks in client.processing().items() if tasks)
            (pid,) = client.run(os.getpid, workers=[victim]).values()
            os.kill(pid, signal.SIGKILL)
        thread.join(60)
        assert codes == [0]
        assert dump("-o", tmp_path / "serial.h5", *given) == 0
    assert_same(tmp_path / "o.h5", tmp_path / "serial.h5")
    assert not (tmp_path / "o.h5.parts").exists()


def test_local_starts_a_cluster(daods: list[Path], tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="encryption needs cryptography")
    assert dump("-o", tmp_path / "dask.h5", "--dask", "local", "-j", 2, *daods) == 0
    assert dump("-o", tmp_path / "serial.h5", *daods) == 0
    assert_same(tmp_path / "dask.h5", tmp_path / "serial.h5")


def test_nobody_else_can_use_the_local_cluster() -> None:
    """Who can connect to a scheduler can run code: it listens to its own certificate only."""
    pytest.importorskip("cryptography", reason="encryption needs cryptography")
    with _started(1) as client:
        address, port = client.scheduler.address, client.scheduler_info()["services"]["dashboard"]
        assert address.startswith("tls://127.0.0.1:")
        workers = client.scheduler_info()["workers"]
        assert all(name.startswith("tls://127.0.0.1:") for name in workers)
        for page in ("status", "json/counts.json", "info/main/workers.html"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}")
        with pytest.raises(OSError, match="Connection reset by peer"):
            distributed.Client(address.replace("tls", "tcp"), timeout=1)
        with pytest.raises(OSError, match="TLS certificate does not match"):
            distributed.Client(address, timeout=1, security=distributed.Security.temporary())
        assert client.submit(abs, -1).result() == 1


def test_without_encryption_there_is_no_local_cluster(
    daods: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert dump("-o", tmp_path / "o.h5", "--dask", "local", *daods) == 2
    remedy = "pip install '.[dask]' in the project's folder"
    message = f"the package cryptography is missing: {remedy}"
    assert capsys.readouterr().err == f"dump-xaod: error: {message}\n"
    assert not list(tmp_path.glob("*o.h5*"))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_a_missing_scheduler_is_one_line(
    address: str,
    daods: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dumpxaod.parallel.dask_cluster.TIMEOUT", 0.3)
    assert dump("-o", tmp_path / "o.h5", "--dask", address, *daods) == 2
    error = capsys.readouterr().err
    # The reason is in the words of Dask.
    assert error.startswith(f"dump-xaod: error: {address}: no Dask scheduler answers there (")
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("o.h5*"))
