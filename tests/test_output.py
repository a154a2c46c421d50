"""Files of both sides appear when they are complete, together, and replace nothing else."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from signalled import SIDES, start, wait_for


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def output(side: str) -> Any:
    return importlib.import_module(f"{side}.output")


@pytest.fixture
def user_error(side: str) -> Any:
    return importlib.import_module(f"{side}.errors").UserError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_appear_together_at_the_end(output: Any, tmp_path: Path) -> None:
    one, two = tmp_path / "one.h5", tmp_path / "two.json"
    one.write_text("old")
    with output.write_atomically(one, two) as partials:
        for partial in partials:
            partial.write_text("new")
        assert [partial.suffix for partial in partials] == [".h5", ".json"]
        assert (one.read_text(), two.exists()) == ("old", False)
    assert (one.read_text(), two.read_text()) == ("new", "new")
    assert names(tmp_path) == ["one.h5", "two.json"]


def write_half(output: Any, paths: list[Path], error: BaseException) -> None:
    with output.write_atomically(*paths) as partials:
        partials[0].write_text("new")
        raise error


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_files(output: Any, error: BaseException, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(type(error)):
        write_half(output, [path, tmp_path / "b"], error)
    assert names(tmp_path) == ["a"]
    assert path.read_text() == "old"


def test_a_full_disk_is_told_with_the_name_that_was_asked_for(
    output: Any, user_error: Any, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with pytest.raises(user_error) as told, output.write_atomically(one, two) as partials:
        raise OSError(28, "No space left on device", str(partials[1]))
    reason = "cannot be written (No space left on device); choose another place with -o"
    assert str(told.value) == f"{two}: {reason}"
    assert names(tmp_path) == []


def test_what_fails_with_another_file_is_not_blamed_on_the_output(
    output: Any, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError), output.write_atomically(tmp_path / "o"):
        (tmp_path / "missing").read_text()


def test_a_folder_that_vanishes_is_told(output: Any, user_error: Any, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "o"
    with pytest.raises(user_error) as told, output.write_atomically(path):
        shutil.rmtree(folder)
    reason = "cannot be written (No such file or directory); choose another place with -o"
    assert str(told.value) == f"{path}: {reason}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("folder", "is a folder; name a file with -o"),
        (".", "is a folder; name a file with -o"),
        ("", "is a folder; name a file with -o"),
        ("pipe", "is a device or a pipe, not a file; choose another -o"),
        ("/dev/null", "is a device or a pipe, not a file; choose another -o"),
        ("to_null", "is a device or a pipe, not a file; choose another -o"),
        ("input", "is an input of this call; choose another -o"),
        ("link", "is an input of this call; choose another -o"),
        ("hard_link", "is an input of this call; choose another -o"),
        ("./folder/../input", "is an input of this call; choose another -o"),
        ("no/o", "cannot be written (No such file or directory); choose another place with -o"),
        ("input/o", "cannot be written (Not a directory); choose another place with -o"),
        ("x" * 300, "cannot be written (File name too long); choose another place with -o"),
        ("loop", "is a link that leads in a circle; choose another -o"),
    ],
)
def test_what_must_not_be_replaced_is_refused(
    output: Any,
    user_error: Any,
    name: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("input").write_text("input")
    Path("link").symlink_to("input")
    Path("hard_link").hardlink_to("input")
    Path("to_null").symlink_to("/dev/null")
    Path("loop").symlink_to("loop")
    before = names(tmp_path)
    with (
        pytest.raises(user_error) as told,
        output.write_atomically(Path(name), inputs=[Path("no-such-input"), Path("input")]),
    ):
        pass
    assert str(told.value) == f"{Path(name)}: {message}"
    assert names(tmp_path) == before
    assert Path("input").read_text() == "input"
    assert Path("/dev/null").is_char_device()


def test_a_link_is_followed(output: Any, tmp_path: Path) -> None:
    """Also one to a file that is not there yet."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("old", "new"):
        (tmp_path / name).symlink_to(elsewhere / f"{name}.h5")
    (elsewhere / "old.h5").write_text("old")
    with output.write_atomically(tmp_path / "old", tmp_path / "new") as partials:
        for partial in partials:
            partial.write_text("written")
    for name in ("old", "new"):
        assert (tmp_path / name).is_symlink()
        assert (elsewhere / f"{name}.h5").read_text() == "written"


def test_two_writers_disturb_each_other_in_nothing(side: str, output: Any, tmp_path: Path) -> None:
    path = tmp_path / "o"
    body = (
        f"with output.write_atomically(Path({str(path)!r})) as (partial,):\n"
        "    partial.write_text('other')\n    print(1, flush=True)\n    sys.stdin.read()"
    )
    with output.write_atomically(path) as (partial,):
        partial.write_text("mine")
        other = start(side, body, stdin=-1)
        assert other.stdout
        other.stdout.readline()
    assert path.read_text() == "mine"
    other.communicate(timeout=20)
    assert path.read_text() == "other"
    assert names(tmp_path) == ["o"]


def test_what_a_killed_writer_left_is_removed(side: str, output: Any, tmp_path: Path) -> None:
    path = tmp_path / "o.h5"
    body = (
        f"with output.write_atomically(Path({str(path)!r})) as (partial,):\n"
        "    partial.write_text('half')\n    time.sleep(60)"
    )
    writer = start(side, body)
    wait_for(lambda: list(tmp_path.glob(".part-*")))
    mine = [tmp_path / name for name in (".part-o.h5", "o.h5.part", ".part-elsewhere-1-o.h5")]
    for other in mine:
        other.write_text("mine")
    writer.kill()
    writer.communicate(timeout=20)
    assert len(list(tmp_path.glob(".part-*"))) == 3
    with output.write_atomically(path) as (partial,):
        partial.write_text("whole")
    assert names(tmp_path) == sorted(["o.h5", *(other.name for other in mine)])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing(side: str, number: signal.Signals, tmp_path: Path) -> None:
    body = (
        f"with output.write_atomically(Path({str(tmp_path / 'o')!r})) as (partial,):\n"
        "    partial.write_text('half')\n    time.sleep(60)"
    )
    writer = start(side, body)
    wait_for(lambda: list(tmp_path.glob(".part-*")))
    writer.send_signal(number)
    assert writer.communicate(timeout=20) == ("", "program: interrupted\n")
    assert names(tmp_path) == []


def test_a_signal_between_two_renames_waits(side: str, tmp_path: Path) -> None:
    """A set of files is never half old and half new."""
    paths = [tmp_path / name for name in "ab"]
    for path in paths:
        path.write_text("old")
    body = (
        "replace = os.replace\n"
        "def slow(*names):\n    replace(*names)\n    time.sleep(0.5)\n"
        "os.replace = slow\n"
        f"with output.write_atomically(*map(Path, {[str(path) for path in paths]})) as partials:\n"
        "    for partial in partials:\n        partial.write_text('new')\n"
        "time.sleep(60)"
    )
    writer = start(side, body)
    wait_for(lambda: paths[0].read_text() == "new")
    writer.send_signal(signal.SIGTERM)
    assert writer.communicate(timeout=20) == ("", "program: interrupted\n")
    assert [path.read_text() for path in paths] == ["new", "new"]
    assert names(tmp_path) == ["a", "b"]
