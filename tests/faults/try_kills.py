"""Programs killed at random moments: the old outputs or the new ones, and nothing else."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from attempt import ROOT
from inputs import DUMP, ROC, make

SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OLD = b"old"
CHECKPOINT = "checkpoint.npz"  # from which a training goes on
PATIENCE = 30  # seconds


@dataclass(frozen=True)
class Victim:
    """A program to kill.

    Parameters
    ----------
    title
        For the table.
    command
        From the output folder to the command line, without the Python.
    """

    title: str
    command: Callable[[Path], Sequence[object]]


def victims(scratch: Path) -> list[Victim]:
    """List the programs."""
    sample, jets, model = make(scratch, 1500)
    nn = ["--nn", model / "architecture.json", model / "nn.weights.h5"]
    local = ROOT / "local-sw"
    halves = [scratch / "one.root", scratch / "two.root"]
    for seed, half in enumerate(halves):
        command = ["-m", "dumpxaod.sample", half, "--events", 500, "--seed", seed]
        subprocess.run([sys.executable, *map(str, command)], cwd=ROOT / "atlas-sw", check=True)
    return [
        Victim("dump-xaod", lambda out: [ROOT / DUMP, "-o", out / "jets.h5", sample]),
        Victim(
            "dump-xaod -j 2", lambda out: [ROOT / DUMP, "-j", 2, "-o", out / "jets.h5", *halves]
        ),
        Victim(
            "the sample",
            lambda out: ["-m", "dumpxaod.sample", out / "s.root", "--events", 900],
        ),
        Victim("make_hist.py", lambda out: [local / "make_hist.py", "-o", out, jets]),
        Victim("make_roc_curves.py --nn", lambda out: [ROOT / ROC, "-o", out, *nn, jets]),
        Victim("train_nn.py", lambda out: [local / "train_nn.py", "-o", out, jets]),
    ]


def rows(scratch: Path, tries: int, seed: int) -> Iterator[tuple[str, Counter[str]]]:
    """Kill each program again and again, with each of `SIGNALS` in turn."""
    for victim in victims(scratch):
        rng = random.Random(f"{seed} {victim.title}")
        new = scratch / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        start = time.monotonic()
        process = begin(victim, new, {})
        if process.wait():
            raise SystemExit(f"{victim.title} failed: {process.communicate()[1]!r}")
        duration = time.monotonic() - start
        sound = contents(new)
        counts: dict[str, Counter[str]] = {}
        for i in range(tries):
            number = SIGNALS[i % len(SIGNALS)]
            moment = rng.uniform(0, 1.05) * duration
            found = counts.setdefault(number.name, Counter())
            found[killed(victim, new, sound, number, moment)] += 1
        for name, found in counts.items():
            yield f"{victim.title}, {name}", found


def begin(victim: Victim, out: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own."""
    return subprocess.Popen(
        [sys.executable, *map(str, victim.command(out))],
        cwd=ROOT / "atlas-sw",
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def killed(
    victim: Victim, out: Path, sound: dict[str, bytes], number: signal.Signals, moment: float
) -> str:
    """Kill a program at a moment, in seconds from its start, and judge what it leaves."""
    shutil.rmtree(out)
    out.mkdir()
    for name in sound:
        (out / name).write_bytes(OLD)
    process = begin(victim, out, {})
    time.sleep(moment)
    # A terminal signals all processes; a batch system, or `kill`, the first one.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    try:
        error = process.communicate(timeout=PATIENCE)[1].decode()
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "hang"
    return _verdict(process, error, contents(out), sound, number)


def _verdict(
    process: subprocess.Popen[bytes],
    error: str,
    left: dict[str, bytes],
    sound: dict[str, bytes],
    number: signal.Signals,
) -> str:
    states = {
        "old" if left.get(name) == OLD else "new" if _same(left.get(name), content) else "broken"
        for name, content in sound.items()
    }
    if "broken" in states:
        return "broken output"
    if len(states) > 1:
        return "mixture"
    if "Traceback" in error:
        print(error, file=sys.stderr)
        return "traceback"
    if _is_alive(process.pid):
        os.killpg(process.pid, signal.SIGKILL)
        return "process left"
    if number != signal.SIGKILL and left.keys() - sound.keys() - {CHECKPOINT}:
        return "temporary files left"
    if process.returncode not in (0, -number, 128 + number):
        return f"exit code {process.returncode}"
    return "same"


def _same(found: bytes | None, sound: bytes) -> bool:
    """Compare a file with the sound one; a ROOT file has the time and an own UUID in it."""
    if found and found.startswith(b"root"):
        return len(found) == len(sound)
    return found == sound


def contents(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".parts" not in str(path)
    }


def _is_alive(group: int) -> bool:
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True
