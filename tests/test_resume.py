"""A training that was interrupted goes on with `--resume` as if it had not been."""

from __future__ import annotations

import importlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.training import reader, resume, saving, shuffling
from btagging.training.checkpoint import Checkpoint
from btagging.training.keras_import import import_keras
from dumped import dump
from dumpxaod.sample.__main__ import main as make_sample

LOCAL = Path(__file__).parents[1] / "local-sw"
OPTIONS = {
    "train_nn": ("--hidden", "8", "-e", "5"),
    "train_tracks": ("--hidden", "8", "--track-hidden", "8", "-e", "5"),
}
# Runs a script that gets a signal when its second checkpoint is about to get its name.
DRIVER = """
import importlib, os, sys
script, number, *argv = sys.argv[1:]
sys.path.insert(0, {path!r})
from btagging import errors
replace, done = os.replace, []

def stop_and_replace(source, target):
    done.append(target)
    if len(done) == 2:
        os.kill(os.getpid(), int(number))
    replace(source, target)

os.replace = stop_and_replace
sys.argv[0] = f"{{script}}.py"
errors.run(lambda: importlib.import_module(script).main(argv))
"""


@pytest.fixture(scope="module")
def jets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dump a few jets with their tracks."""
    folder = tmp_path_factory.mktemp("jets")
    assert not make_sample([str(folder / "sample.root"), "--events", "400"])
    assert dump("--tracks", "-o", folder / "jets.h5", folder / "sample.root") == 0
    return folder / "jets.h5"


@pytest.fixture(scope="module")
def whole(jets: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Train without an interruption."""
    folders = {}
    for script in OPTIONS:
        folders[script] = tmp_path_factory.mktemp(script)
        train(script, jets, folders[script])
    return folders


def train(script: str, jets: Path, output: Path, *options: str) -> None:
    import_keras().utils.clear_session()  # as at the start of a program
    words = [str(jets), *OPTIONS[script], "-o", str(output), *options]
    importlib.import_module(script).main(words)


def stopped(number: signal.Signals, jets: Path, output: Path) -> Any:
    """Run the driver, in which Ctrl-C is as in a terminal."""
    words = ["train_nn", str(int(number)), str(jets), *OPTIONS["train_nn"], "-o", str(output)]
    return subprocess.run(
        [sys.executable, "-c", DRIVER.format(path=str(LOCAL)), *words],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def interrupt(epochs: int, script: str, jets: Path, output: Path) -> None:
    """Train until so many epochs are done."""
    write = Checkpoint.write

    def write_and_stop(self: Checkpoint, history: Any, state: Any) -> None:
        write(self, history, state)
        if self.epoch == epochs:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Checkpoint, "write", write_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train(script, jets, output)


def assert_same(one: Path, other: Path) -> None:
    names = sorted(path.name for path in one.iterdir())
    assert sorted(path.name for path in other.iterdir()) == names
    assert {*saving.MODEL, "history.json", "loss.png", "loss.pdf"} < set(names)
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.parametrize(
    ("script", "epochs"), [("train_nn", 1), ("train_nn", 5), ("train_tracks", 3)]
)
def test_a_resumed_training_gives_the_same_bytes(
    script: str,
    epochs: int,
    jets: Path,
    whole: Mapping[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Weights, losses of all epochs and pictures; also if only the files were not yet written."""
    interrupt(epochs, script, jets, tmp_path)
    checkpoint = tmp_path / "checkpoint.npz"
    assert list(tmp_path.iterdir()) == [checkpoint]
    capsys.readouterr()
    train(script, jets, tmp_path, "--resume")
    printed = capsys.readouterr().out
    assert f"{checkpoint}: going on after epoch {epochs}\n" in printed
    assert [f"Epoch {i}/5\n" in printed for i in range(1, 6)] == [i > epochs for i in range(1, 6)]
    assert_same(tmp_path, whole[script])


@pytest.mark.parametrize("script", OPTIONS)
def test_with_more_jets_than_fit_into_memory(
    script: str, jets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come in the order of the epochs that are left, from a pool at a time."""
    if script == "train_nn":  # in its file are more chunks of jets
        jets = toy.write(tmp_path / "jets.h5", toy.jets(20_000))
    monkeypatch.setattr(reader, "_SIZE", 200)
    monkeypatch.setattr(shuffling, "_MEMORY", 100_000)
    orders: list[tuple[int, int]] = []
    shuffle = shuffling.ShuffledJets._shuffle

    def note(self: Any, epoch: int, pool: int) -> None:
        orders.append((epoch, pool))
        shuffle(self, epoch, pool)

    monkeypatch.setattr(shuffling.ShuffledJets, "_shuffle", note)
    train(script, jets, tmp_path / "whole")
    assert max(pool for _, pool in orders) >= 1
    interrupt(2, script, jets, tmp_path / "resumed")
    last = max(orders)
    orders.clear()
    train(script, jets, tmp_path / "resumed", "--resume")
    assert max(orders) == last
    assert_same(tmp_path / "resumed", tmp_path / "whole")


def test_the_best_epoch_may_be_one_before_the_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that learns a few jets by heart gets worse and worse on others."""
    path = toy.write(tmp_path / "jets.h5", toy.jets(250))
    monkeypatch.setitem(OPTIONS, "train_nn", ("--hidden", "300", "300", "-e", "6"))
    train("train_nn", path, tmp_path / "whole")
    history = json.loads((tmp_path / "whole" / "history.json").read_text())
    assert history["kept_epoch"] < 3
    interrupt(3, "train_nn", path, tmp_path / "resumed")
    train("train_nn", path, tmp_path / "resumed", "--resume")
    assert_same(tmp_path / "resumed", tmp_path / "whole")


def test_a_killed_training(
    jets: Path, whole: Mapping[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kill while the second checkpoint is written leaves the first; what is unfinished goes."""
    done = stopped(signal.SIGKILL, jets, tmp_path)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob(".part-*-checkpoint.npz"))) == 1
    train("train_nn", jets, tmp_path, "--resume")
    assert "going on after epoch 1\n" in capsys.readouterr().out
    assert_same(tmp_path, whole["train_nn"])


def test_ctrl_c_tells_of_resume(jets: Path, tmp_path: Path) -> None:
    done = stopped(signal.SIGINT, jets, tmp_path)
    assert done.returncode == 130
    assert done.stderr == (
        "train_nn.py: (--resume goes on after the last epoch)\ntrain_nn.py: interrupted\n"
    )


def test_without_an_epoch_there_is_nothing_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = Checkpoint(Path(), {}, resume=False)
    with pytest.raises(KeyboardInterrupt), checkpoint.announced():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ""


def test_nothing_to_resume(
    jets: Path, whole: Mapping[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train("train_nn", jets, tmp_path, "--resume")
    line = f"{tmp_path / 'checkpoint.npz'}: nothing to resume, starting with the first epoch"
    assert line in capsys.readouterr().out.splitlines()
    assert_same(tmp_path, whole["train_nn"])


def test_without_resume_it_starts_over(
    jets: Path,
    whole: Mapping[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An old checkpoint is there until there is a new one, in case that --resume was forgotten."""
    old = tmp_path / "checkpoint.npz"
    old.write_text("old")
    train("train_nn", jets, tmp_path)
    line = f"{old}: is not used without --resume, starting over"
    assert line in capsys.readouterr().out.splitlines()
    assert_same(tmp_path, whole["train_nn"])


@pytest.fixture(scope="module")
def interrupted(jets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("interrupted")
    interrupt(2, "train_nn", jets, folder)
    return folder


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        (["-e", "6"], "--epochs was 5 and is 6"),
        (["--seed", "0"], "--seed was 1 and is 0"),
        (["--hidden", "8", "4"], "--hidden was 8 and is 8 4"),
        (["--inputs", "jf_sig"], "--inputs was not given and is jf_sig"),
        (["--weight", "jf_sig"], "--weight was not given and is jf_sig"),
        (["--where", "jf_sig > 0"], "--where was not given and is jf_sig > 0"),
    ],
)
def test_another_training_is_refused(
    options: list[str], difference: str, jets: Path, interrupted: Path
) -> None:
    with pytest.raises(UserError) as caught:
        train("train_nn", jets, interrupted, "--resume", *options)
    assert str(caught.value) == (
        f"{interrupted / 'checkpoint.npz'}: {difference}; --resume needs the same command, jets "
        "and packages, without it the training starts over"
    )


def test_another_script_is_refused(jets: Path, interrupted: Path) -> None:
    with pytest.raises(UserError, match=r"npz: --track-hidden was not given and is 8; --resume ne"):
        train("train_tracks", jets, interrupted, "--resume")


def test_other_versions_are_refused(
    jets: Path, interrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(np, "__version__", "3.0")
    with pytest.raises(UserError, match=r"npz: NumPy was [12]\S+ and is 3\.0; --resume needs"):
        train("train_nn", jets, interrupted, "--resume")


def _first_jet(rows: Any) -> None:
    rows["jf_sig"][0] += 1


def _any_jet(rows: Any) -> None:
    """Change a jet that no digest reads, so that the mean of them becomes another."""
    rows["jf_sig"][6_000] += 1000


@pytest.mark.parametrize("change", [_first_jet, _any_jet])
def test_other_jets_are_refused_and_moved_ones_are_not(
    change: Callable[[Any], None], tmp_path: Path
) -> None:
    rows = toy.jets(20_000)
    path = toy.write(tmp_path / "jets.h5", rows)
    interrupt(4, "train_nn", path, tmp_path)
    change(rows)
    with pytest.raises(UserError, match=r"npz: the digest of the jets was [0-9a-f]{16} and is "):
        train("train_nn", toy.write(tmp_path / "other.h5", rows), tmp_path, "--resume")
    train("train_nn", path.rename(tmp_path / "moved.h5"), tmp_path, "--resume")
    assert (tmp_path / "history.json").exists()


def test_the_width_of_the_terminal_does_not_matter() -> None:
    assert resume._digest("read 10 jets\n  left out") == resume._digest("read 10\n  jets left out")
    assert resume._digest("read 10 jets") != resume._digest("read 11 jets")


STATE = {
    "weights": [np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros(3, np.float32)],
    "optimizer": [np.int64(7), np.full((2, 3), 0.5, np.float32)],
    "best": [np.ones((2, 3), np.float32), np.full(3, np.nan, np.float32)],
}
HISTORY = {"loss": [0.5, 0.1 + 0.2], "val_loss": [0.4, float("nan")]}
FACTS = {"--epochs": "5", "Keras": "3.7"}


def content(checkpoint: Checkpoint) -> Any:
    found = {
        kind: [(x.dtype, x.shape, x.tobytes()) for x in arrays]
        for kind, arrays in checkpoint.state.items()
    }
    return found, str(checkpoint.history)


def test_a_checkpoint_holds_every_bit(tmp_path: Path) -> None:
    Checkpoint(tmp_path, FACTS, resume=False).write(HISTORY, STATE)
    found = Checkpoint(tmp_path, FACTS, resume=True)
    assert found.epoch == 2
    assert found.history["loss"] == [0.5, 0.30000000000000004]
    assert content(found)[0] == {
        kind: [(x.dtype, x.shape, x.tobytes()) for x in arrays] for kind, arrays in STATE.items()
    }
    found.remove()
    found.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    """Wherever a byte changes or the file ends, it is refused, or nothing in it has changed."""
    Checkpoint(tmp_path, FACTS, resume=False).write(HISTORY, STATE)
    path = tmp_path / "checkpoint.npz"
    sound, expected = path.read_bytes(), content(Checkpoint(tmp_path, FACTS, resume=True))
    flipped = [
        sound[:i] + bytes([sound[i] ^ 255]) + sound[i + 1 :] for i in range(0, len(sound), 3)
    ]
    cut = [sound[:i] for i in range(0, len(sound), 50)]
    refused = [message for found in [*flipped, *cut] if (message := refusal(path, found, expected))]
    assert {message[: len(f"{path}: is damaged (")] for message in refused} == {
        f"{path}: is damaged ("
    }
    assert all(message.endswith("); start over without --resume") for message in refused)
    assert len(refused) > 0.7 * len(flipped) + len(cut) - 1


def refusal(path: Path, damaged: bytes, expected: Any) -> str:
    """Return the message; without one, nothing may have changed."""
    path.write_bytes(damaged)
    try:
        found = Checkpoint(path.parent, FACTS, resume=True)
    except UserError as error:
        return str(error)
    assert content(found) == expected
    return ""
