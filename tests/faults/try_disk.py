"""A disk that is full: one line, and the old output as it was."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from try_kills import OLD, PATIENCE, Victim, begin, contents, victims


def rows(scratch: Path, tries: int, seed: int) -> Iterator[tuple[str, Counter[str]]]:
    """Let each program meet a limit of a file's size, which is what a full disk looks like."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for victim in victims(scratch):
        rng = random.Random(f"{seed} {victim.title}")
        out = scratch / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        if begin(victim, out, {}).wait():
            raise SystemExit(f"{victim.title} failed")
        sound = contents(out)
        largest = max(map(len, sound.values()))
        found: Counter[str] = Counter()
        for _ in range(tries // 4):
            limit = rng.randrange(1, largest)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            try:
                process = _begin(victim, out, sound)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)
            found[_verdict(process, out, sound)] += 1
        yield f"{victim.title}, disk full", found


def _begin(victim: Victim, out: Path, sound: dict[str, bytes]) -> subprocess.Popen[bytes]:
    shutil.rmtree(out)
    out.mkdir()
    for name in sound:
        (out / name).write_bytes(OLD[:1])
    return begin(victim, out, {})


def _verdict(process: subprocess.Popen[bytes], out: Path, sound: dict[str, bytes]) -> str:
    try:
        error = process.communicate(timeout=PATIENCE)[1].decode()
    except subprocess.TimeoutExpired:
        process.kill()
        return "hang"
    left = contents(out)
    if "Traceback" in error:
        return "traceback"
    if "unexpected" in error:
        return "unexpected error"
    if process.returncode < 0:
        return f"killed by signal {-process.returncode}"
    if process.returncode == 0:
        return "same" if left == sound else "silent"
    if left != dict.fromkeys(sound, OLD[:1]):
        return "something else left"
    one_line = len(error.strip().splitlines()) == 1
    return "refused" if process.returncode == 2 and one_line else f"exit {process.returncode}"
