"""Many files at a time give what one after the other gives."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import h5py
import mini_daod
import pytest
from btagging.jets.stream import open_jets
from dumped import assert_same, dump, texts
from dumpxaod.rootio import rntuple
from dumpxaod.sample import derivation as sample
from mini_daod import LABEL
from range_server import RangeServer, serve
from signalled import wait_for

NO_EVENTS: dict[str, Any] = {
    "pt": [],
    "eta": [],
    "link": None,
    "GN2v01_pb": [],
    "GN2v01_pu": [],
    LABEL: [],
}


def write_files(folder: Path) -> list[Path]:
    """Write five derivations: the second has no events, the fourth no jets that pass."""
    changes: list[dict[str, Any]] = [
        {},
        NO_EVENTS,
        {"pt": [[70e3, 60e3], [40e3]]},
        {"pt": [[1e3, 1e3], [1e3]]},
        {},
    ]
    return [
        mini_daod.write(folder / f"{i}.root", **change) for i, change in enumerate(changes, start=1)
    ]


@pytest.mark.parametrize("options", [[], ["--max-events", 3], ["--max-events", 4], ["-j", 9]])
def test_two_processes_write_what_one_writes(
    options: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daods = write_files(tmp_path)
    assert dump("-o", tmp_path / "1.h5", *options, "-j", 1, *daods) == 0
    one = capsys.readouterr()
    assert dump("-o", tmp_path / "2.h5", "-j", 2, *options, *daods) == 0
    two = capsys.readouterr()
    assert_same(tmp_path / "1.h5", tmp_path / "2.h5")
    assert two.out == one.out.replace("1.h5", "2.h5", 1)
    assert {p.name for p in tmp_path.iterdir()} == {d.name for d in daods} | {"1.h5", "2.h5"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bad_file_stops_the_dump_unless_it_may_be_left_out(
    jobs: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _, third, *_ = write_files(tmp_path)
    bad = tmp_path / "bad.root"
    bad.write_bytes(third.read_bytes()[:1000])
    reason = f"is truncated: 1000 of {third.stat().st_size} bytes; fetch it again"
    out = tmp_path / "out.h5"
    assert dump("-o", out, "-j", jobs, first, bad, third) == 2
    done = "" if jobs == 1 else " (2 parts are done: --resume uses them)"
    assert capsys.readouterr().err == f"dump-xaod: error: {bad}: {reason}{done}\n"
    assert not out.exists()
    assert dump("-o", out, "-j", jobs, "--skip-bad-files", first, bad, third) == 0
    told = capsys.readouterr()
    assert told.err == f"dump-xaod: left out: {bad}: {reason}\n"
    assert f"\n  left out {bad}: {reason}\n" in told.out
    with h5py.File(out) as file:
        assert texts(file["jets"])["skipped"] == json.dumps([{"path": str(bad), "reason": reason}])
        assert [given["path"] for given in json.loads(texts(file["jets"])["inputs"])] == [
            str(first),
            str(third),
        ]
        assert len(file["jets"]) == 5
    assert not (tmp_path / "out.h5.parts").exists()


@pytest.mark.parametrize("position", [0, 1])
def test_jets_of_a_file_that_turns_out_to_be_bad_are_taken_back(
    position: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its first cluster was written already when the links of the second led nowhere."""
    monkeypatch.setattr(sample, "EVENTS_PER_CLUSTER", 20)
    monkeypatch.setattr(rntuple, "EVENTS_PER_READ", 20)
    daods = [tmp_path / f"{name}.root" for name in "abc"]
    make_links = sample._links
    clusters = iter(range(len(daods) * 2))

    def links(*arguments: Any) -> Any:
        linked, links = make_links(*arguments)
        links["m_persIndex"] += 1000 * (next(clusters) == 2 * position + 1)
        return linked, links

    monkeypatch.setattr(sample, "_links", links)
    for seed, daod in enumerate(daods):
        sample.write(daod, 40, seed)
    bad = daods.pop(position)
    assert dump("-o", tmp_path / "good.h5", *daods) == 0
    daods.insert(position, bad)
    assert dump("-o", tmp_path / "all.h5", "--skip-bad-files", *daods) == 0
    message = re.escape(f"dump-xaod: left out: {bad}: ")
    message += r"a link has index 10\d\d into a container of \d+\n"
    assert re.fullmatch(message, capsys.readouterr().err)
    with h5py.File(tmp_path / "good.h5") as good, h5py.File(tmp_path / "all.h5") as rest:
        assert good["jets"][:].tobytes() == rest["jets"][:].tobytes()
        assert texts(good["jets"])["inputs"] == texts(rest["jets"])["inputs"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_if_all_are_bad_nothing_is_written(
    jobs: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.root"
    assert dump("-o", tmp_path / "o.h5", "-j", jobs, "--skip-bad-files", missing) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"dump-xaod: left out: {missing}: there is no such file",
        f"dump-xaod: error: none of the files can be used; the first, {missing}: "
        "there is no such file",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_bad_network_is_no_files_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod = mini_daod.write(tmp_path / "a.root")
    command = ["-o", tmp_path / "o.h5", "--skip-bad-files", "--nn-file", tmp_path / "nn.json", daod]
    assert dump(*command) == 2
    assert capsys.readouterr().err.startswith(f"dump-xaod: error: {tmp_path / 'nn.json'}: ")


def test_one_name_must_mean_one_thing_in_parts_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = mini_daod.write(tmp_path / "a.root")
    gn2v00 = {"GN2v00_pb": [[0.8, 0.1], [0.3]], "GN2v00_pu": [[0.1, 0.8], [0.3]]}
    two = mini_daod.write(tmp_path / "b.root", GN2v01_pb=None, GN2v01_pu=None, **gn2v00)
    assert dump("-o", tmp_path / "o.h5", "-j", 2, one, two) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {two}: gn2_log_ratio would be log(GN2v00_pb / GN2v00_pu) here, but "
        f"log(GN2v01_pb / GN2v01_pu) in {one}; dump the files separately, or choose with "
        "--variables one that all have: GN2v00_log_ratio or GN2v01_log_ratio "
        "(2 parts are done: --resume uses them)\n"
    )


def test_resume_does_only_what_is_missing(tmp_path: Path) -> None:
    daods = write_files(tmp_path)
    late = daods[2].rename(tmp_path / "late")
    daods[2].touch()
    out = tmp_path / "out.h5"
    assert dump("-o", out, "-j", 2, *daods) == 2
    parts = tmp_path / "out.h5.parts"
    done = sorted(part.name for part in parts.iterdir())
    assert done[0] == "out.00001.h5"
    late.replace(daods[2])
    with h5py.File(parts / "out.00001.h5", "r+") as part:  # seen again if it is used
        part["jets"][0, "gn2_log_ratio"] = -99
    assert dump("-o", out, "--resume", *daods) == 0
    assert not parts.exists()
    assert dump("-o", tmp_path / "serial.h5", *daods) == 0
    with h5py.File(out) as resumed, h5py.File(tmp_path / "serial.h5") as serial:
        assert resumed["jets"][0]["gn2_log_ratio"] == -99
        assert resumed["jets"][1:].tolist() == serial["jets"][1:].tolist()
        assert texts(resumed["jets"]).keys() == texts(serial["jets"]).keys()


@pytest.mark.parametrize("change", ["option", "input", "no resume"])
def test_parts_of_another_call_are_not_used(change: str, tmp_path: Path) -> None:
    one, two = mini_daod.write(tmp_path / "1.root"), tmp_path / "2.root"
    out = tmp_path / "out.h5"
    two.touch()
    assert dump("-o", out, "-j", 2, "--min-pt", 40, one, two) == 2
    assert [p.name for p in (tmp_path / "out.h5.parts").iterdir()] == ["out.00001.h5"]
    mini_daod.write(two)
    if change == "input":
        mini_daod.write(one, pt=[[90e3, 80e3], [70e3]])
    resume = [] if change == "no resume" else ["--resume"]
    min_pt = 35 if change == "option" else 40
    if change == "no resume":
        with h5py.File(tmp_path / "out.h5.parts" / "out.00001.h5", "r+") as part:
            part["jets"][0, "gn2_log_ratio"] = -99
    assert dump("-o", out, "-j", 2, *resume, "--min-pt", min_pt, one, two) == 0
    assert dump("-o", tmp_path / "serial.h5", "--min-pt", min_pt, one, two) == 0
    assert_same(out, tmp_path / "serial.h5")


def test_parts_that_are_kept_are_read_in_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daods = [*write_files(tmp_path), tmp_path / "missing.root"]
    (tmp_path / "data").mkdir()
    out = tmp_path / "data" / "output.h5"
    arguments = ["-o", out, "-j", 2, "--no-merge", "--skip-bad-files", *daods]
    assert dump(*arguments) == 0
    assert f"{tmp_path}/data/output.*.h5: /jets from AnalysisJets" in capsys.readouterr().out
    parts = sorted((tmp_path / "data").glob("*.h5"))
    assert [part.name for part in parts] == [f"output.0000{n}.h5" for n in (1, 3, 5)]
    attributes = json.loads((tmp_path / "data" / "output.json").read_text())
    assert [skipped["path"] for skipped in json.loads(attributes["skipped"])] == [str(daods[-1])]
    jets = open_jets(parts)
    assert (jets.n_jets, jets.sample) == (7, "1.root + 3.root + 5.root")
    assert len(list((tmp_path / "data").iterdir())) == 4
    made = [part.stat().st_mtime_ns for part in parts]
    assert dump(*arguments) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {parts[0]}: exists, from another call; remove it, choose another -o, "
        "or --resume that call\n"
    )
    assert dump(*arguments, "--resume") == 0
    assert [part.stat().st_mtime_ns for part in parts] == made


def test_max_events_and_parts_to_keep_exclude_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        dump("--max-events", 3, "--no-merge", "a.root")
    assert capsys.readouterr().err.endswith(
        "error: --max-events counts over all files: leave out --no-merge\n"
    )


def test_a_killed_process_loses_and_duplicates_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is killed while it reads from a server that hangs; --resume does the rest."""
    pytest.importorskip("aiohttp", reason="reading over http needs aiohttp")
    daods = write_files(tmp_path)
    with serve(tmp_path) as server:
        server.faults["3.root"] = "hang", 1
        given = [*daods[:2], server.url("3.root"), *daods[3:]]
        arguments = ["-o", tmp_path / "out.h5", *given]
        codes: list[int] = []
        thread = threading.Thread(target=lambda: codes.append(dump("-j", 2, *arguments)))
        thread.start()
        assert server.hanging.wait(20)
        for process in multiprocessing.active_children():
            assert process.pid
            os.kill(process.pid, signal.SIGKILL)
        thread.join(20)
        assert codes == [2]
        assert capsys.readouterr().err.startswith(
            "dump-xaod: error: a process died, perhaps for want of memory; "
            "try fewer at a time with -j"
        )
        assert not (tmp_path / "out.h5").exists()
        server.release.set()
        assert dump("-j", 2, "--resume", *arguments) == 0
        assert dump("-o", tmp_path / "serial.h5", *given) == 0
    assert_same(tmp_path / "out.h5", tmp_path / "serial.h5")


def test_ctrl_c_ends_every_process(tmp_path: Path, hanging: RangeServer) -> None:
    launcher = Path(__file__).parents[2] / "atlas-sw" / "dump-xaod"
    good = mini_daod.write(tmp_path / "a.root")
    out, parts = tmp_path / "o.h5", tmp_path / "o.h5.parts"
    process = subprocess.Popen(
        [sys.executable, launcher, "-j", "2", "-o", out, good, hanging.url("hanging.root")],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for((parts / "o.00001.h5").exists)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    done = "(1 part is done: --resume uses them)"
    assert error == f"dump-xaod: {done}\ndump-xaod: interrupted\n"
    assert {p.name for p in tmp_path.iterdir()} == {"a.root", "o.h5.parts"}
    assert {p.name for p in parts.iterdir()} == {"o.00001.h5"}
    deadline = time.monotonic() + 10
    while _is_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(process.pid)


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
