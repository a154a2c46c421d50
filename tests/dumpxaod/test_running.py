"""Nothing is destroyed and nothing is lost by dump-xaod, whatever happens around it."""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import mini_daod
import numpy as np
import pytest
from dumped import assert_same, dump, texts
from dumpxaod.errors import FatalError
from dumpxaod.parallel.workers import processes
from dumpxaod.sample import derivation as sample
from range_server import RangeServer
from signalled import wait_for

LAUNCHER = Path(__file__).parents[2] / "atlas-sw" / "dump-xaod"


@pytest.fixture
def daods(tmp_path: Path) -> list[Path]:
    """Write three derivations."""
    folder = tmp_path / "daods"
    folder.mkdir()
    pts = {"a": [[90e3, 80e3], [70e3]], "b": [[60e3, 50e3], [40e3]], "c": [[30e3, 29e3], [28e3]]}
    return [mini_daod.write(folder / f"{name}.root", pt=pt) for name, pt in pts.items()]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Name an output in an empty folder."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "o.h5"


def start(*arguments: Any, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, str(LAUNCHER), *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.mark.parametrize("which", ["derivation", "list", "network", "link"])
def test_an_input_is_not_replaced(
    which: str, daods: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {
        "derivation": daods[0],
        "list": tmp_path / "list.txt",
        "network": tmp_path / "nn.json",
        "link": tmp_path / "link.h5",
    }
    names["list"].write_text(f"{daods[0]}\n")
    names["network"].write_text("{}")
    names["link"].symlink_to(daods[0])
    target = names[which]
    before = target.read_bytes()
    given = ["--nn-file", names["network"], f"@{names['list']}"]
    assert dump("-o", target, *given) == 2
    message = f"dump-xaod: error: {target}: is an input of this call; choose another -o\n"
    assert capsys.readouterr().err == message
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", ".: is a folder; name a file with -o"),
        (".", ".: is a folder; name a file with -o"),
        ("/dev/null", "/dev/null: is a device or a pipe, not a file; choose another -o"),
        ("other.root", "other.root: is a ROOT file, which is not overwritten; choose another -o"),
    ],
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_no_output_is_refused_at_once(
    name: str,
    message: str,
    jobs: int,
    daods: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.root").write_bytes(b"root")
    assert dump("-o", name, "-j", jobs, *daods) == 2
    assert capsys.readouterr().err == f"dump-xaod: error: {message}\n"
    assert Path("/dev/null").is_char_device()
    assert {path.name for path in tmp_path.iterdir()} == {"daods", "other.root"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_link_is_written_through(jobs: int, daods: list[Path], out: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.h5"
    link.symlink_to(out)
    assert dump("-o", link, "-j", jobs, *daods) == 0
    assert link.is_symlink()
    assert dump("-o", tmp_path / "plain.h5", *daods) == 0
    assert_same(out, tmp_path / "plain.h5")
    assert [path.name for path in out.parent.iterdir()] == ["o.h5"]


@pytest.mark.parametrize("limit", [100, 700, 3000, 9000])
@pytest.mark.parametrize("options", [[], ["-j", "2"], ["-j", "2", "--no-merge"]])
def test_a_full_disk_is_one_line_and_the_old_output_stays(
    limit: int, options: list[str], out: Path, tmp_path: Path
) -> None:
    """A limit on the size of files stands in for the disk; HDF5 crashed when it closed them."""
    sample.write(tmp_path / "large.root", 300)
    out.write_bytes(b"old")
    program = start(
        "-o",
        out,
        *options,
        tmp_path / "large.root",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    _, error = program.communicate(timeout=60)
    part = r"(\.parts/o\.00001\.h5)?" if "--no-merge" not in options else ""
    name = r"o\.00001\.h5" if "--no-merge" in options else rf"o\.h5{part}"
    reason = r"cannot be written \(File too large\)"
    line = rf"dump-xaod: error: {out.parent}/{name}: {reason}.*\n"
    assert re.fullmatch(line, error), error
    assert program.returncode == 2
    assert out.read_bytes() == b"old"
    assert not list(out.parent.rglob(".part*"))


def test_of_two_calls_with_parts_the_second_is_refused(
    daods: list[Path], out: Path, hanging: RangeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    first = start(
        "-o", out, "-j", "2", daods[0], hanging.url("hanging.root"), start_new_session=True
    )
    wait_for((out.parent / "o.h5.parts" / "o.00001.h5").exists)
    for options in (["-j", 2], ["--resume"], ["--no-merge"]):
        assert dump("-o", out, *options, *daods) == 2
        assert capsys.readouterr().err == (
            f"dump-xaod: error: {out}: another call is writing its parts; wait for it, or choose "
            "another -o\n"
        )
    first.send_signal(signal.SIGTERM)
    _, error = first.communicate(timeout=20)
    note = "dump-xaod: (1 part is done: --resume uses them)\n"
    assert (first.returncode, error) == (143, f"{note}dump-xaod: interrupted\n")
    assert [path.name for path in out.parent.iterdir()] == ["o.h5.parts"]
    assert dump("-o", out, "--resume", *daods) == 0
    assert [path.name for path in out.parent.iterdir()] == ["o.h5"]


def test_a_killed_call_keeps_nobody_out_and_its_remains_are_removed(
    daods: list[Path], out: Path, hanging: RangeServer, tmp_path: Path
) -> None:
    first = start(
        "-o", out, "-j", "2", daods[0], hanging.url("hanging.root"), start_new_session=True
    )
    parts = out.parent / "o.h5.parts"
    wait_for((parts / "o.00001.h5").exists)
    first.kill()
    first.communicate(timeout=20)  # the pipes close when the last process has ended
    host = re.sub(r"\W", "_", os.uname().nodename)
    (parts / f".part-{host}-{first.pid}-o.00002.h5").touch()  # of the part that was being made
    assert dump("-o", out, "-j", 2, *daods) == 0
    assert dump("-o", tmp_path / "plain.h5", *daods) == 0
    assert_same(out, tmp_path / "plain.h5")
    assert [path.name for path in out.parent.iterdir()] == ["o.h5"]


def spoil(part: Path, how: str) -> None:
    """Damage a part."""
    content = part.read_bytes()
    with h5py.File(part, "r") as file:
        chunk = file["jets"].id.get_chunk_info(0)
    if how == "a bit of a jet":
        flipped = bytearray(content)
        flipped[chunk.byte_offset + 5] ^= 1
        part.write_bytes(flipped)
    elif how == "truncated":
        part.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        part.write_bytes(b"")
    elif how == "no attributes":
        with h5py.File(part, "w") as file:
            file["jets"] = np.zeros(3, [("pt", "f4")])
    elif how == "fewer jets":
        with h5py.File(part, "r+") as file:
            file["jets"].resize(1, axis=0)
    else:
        with h5py.File(part, "r+") as file:
            record = texts(file["jets"])["part.record"]
            file["jets"].attrs["part.record"] = record.replace('"fingerprint": "', how)


@pytest.mark.parametrize(
    "how",
    [
        "a bit of a jet",
        "truncated",
        "empty",
        "no attributes",
        "fewer jets",
        '"fingerprint": "0',
        '"unknown": 1, "fingerprint": "',
        '"fingerprint" "',
    ],
)
def test_a_part_that_cannot_be_used_is_made_again(
    how: str, daods: list[Path], out: Path, tmp_path: Path
) -> None:
    given = [*daods, tmp_path / "late.root"]
    given[-1].touch()
    assert dump("-o", out, "-j", 2, *given) == 2
    part = out.parent / "o.h5.parts" / "o.00001.h5"
    spoil(part, how)
    mini_daod.write(given[-1])
    assert dump("-o", out, "--resume", *given) == 0
    assert dump("-o", tmp_path / "plain.h5", *given) == 0
    assert_same(out, tmp_path / "plain.h5")


def test_a_damaged_part_that_is_kept_is_made_again(
    daods: list[Path], out: Path, tmp_path: Path
) -> None:
    assert dump("-o", out, "--no-merge", *daods) == 0
    part = out.parent / "o.00002.h5"
    with h5py.File(part) as file:
        jets = file["jets"][:]
    spoil(part, "a bit of a jet")
    assert dump("-o", out, "--no-merge", "--resume", *daods) == 0
    with h5py.File(part) as file:
        assert file["jets"][:].tobytes() == jets.tobytes()


def test_a_part_that_is_damaged_before_it_is_merged_is_reported(
    daods: list[Path],
    out: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dumpxaod.parallel import part_record, parts

    check = part_record.check_record

    def spoiled(part: Path, fingerprint: str) -> Any:
        spoil(part, "a bit of a jet")
        return check(part, fingerprint)

    monkeypatch.setattr(parts, "check_record", spoiled)
    assert dump("-o", out, "-j", 2, *daods) == 2
    error = capsys.readouterr().err
    part = out.parent / "o.h5.parts" / "o.00001.h5"
    assert error.startswith(f"dump-xaod: error: {part}: cannot be used any more (")
    assert error.count("\n") == 1
    assert not out.exists()


def test_attributes_may_be_long_and_of_any_language(out: Path, tmp_path: Path) -> None:
    """A list of a thousand inputs has more than 64 kB; HDF5 has another way of storing those."""
    folder = tmp_path / ("long " * 30)
    folder.mkdir()
    daods = [mini_daod.write(folder / f"größe ∑ {i}.root") for i in range(300)]
    (tmp_path / "list.txt").write_text("\n".join(map(str, daods)))
    assert dump("-o", out, f"@{tmp_path / 'list.txt'}") == 0
    with h5py.File(out) as file:
        attributes = texts(file["jets"])
    assert len(attributes["inputs"]) > 65536
    assert attributes["sample"].startswith("größe ∑ 0.root, größe ∑ 1.root, ")


def test_a_flipped_bit_outside_the_jets_is_noticed(daods: list[Path], out: Path) -> None:
    """HDF5's tables of this version have checksums, those of version 1.8 had none."""
    assert dump("-o", out, *daods) == 0
    content = out.read_bytes()
    with h5py.File(out) as file:
        jets, attributes = file["jets"][:], texts(file["jets"])
        chunk = file["jets"].id.get_chunk_info(0)
    outside = [*range(chunk.byte_offset), *range(chunk.byte_offset + chunk.size, len(content))]
    noticed = 0
    for position in np.random.default_rng(1).choice(outside, 150, replace=False).tolist():
        flipped = bytearray(content)
        flipped[position] ^= 1 << position % 8
        out.write_bytes(flipped)
        try:
            with h5py.File(out) as file:
                assert file["jets"][:].tobytes() == jets.tobytes()
                assert texts(file["jets"]) == attributes
        except (OSError, RuntimeError, KeyError):
            noticed += 1
    assert noticed > 140


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_dies_is_a_line_and_the_others_end() -> None:
    """The other one works to the end."""
    with processes(2) as submit:
        dying = submit(_die)
        sleeping = submit(time.sleep, 0.2)
        assert sleeping.result() is None
        with pytest.raises(FatalError) as told:
            dying.result()
    assert str(told.value).startswith("a process died, perhaps for want of memory; try fewer")
    wait_for(lambda: not multiprocessing.active_children())


def test_more_processes_than_tasks_and_more_tasks_than_processes() -> None:
    with processes(3) as submit:
        assert submit(abs, -1).result() == 1
    with processes(2) as submit:
        assert [submit(abs, -i).result() for i in range(9)] == list(range(9))


def test_an_exception_of_a_process_is_that_of_the_result() -> None:
    with processes(1) as submit:
        with pytest.raises(ValueError, match="invalid literal"):
            submit(int, "x").result()
        assert submit(int, "7").result() == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("options", [[], ["-j", "2"], ["-j", "2", "--no-merge"]])
def test_signals_leave_no_file_and_no_process(
    number: signal.Signals, options: list[str], out: Path, hanging: RangeServer
) -> None:
    program = start(
        "-o",
        out,
        *options,
        hanging.url("hanging.root"),
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for(hanging.hanging.is_set)
    time.sleep(0.1)
    os.killpg(program.pid, number)
    assert program.communicate(timeout=20) == ("", "dump-xaod: interrupted\n")
    assert program.returncode == 128 + number
    assert not list(out.parent.iterdir())
    wait_for(lambda: not _is_alive(program.pid))


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
