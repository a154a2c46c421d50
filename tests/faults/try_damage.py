"""Damaged inputs: the right numbers, or one line and exit code 2."""

from __future__ import annotations

import io
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from attempt import call, run_here, verdict
from damage import WAYS
from inputs import Program, programs

SHARES = {"one bit": 0.55, "a lost sector": 0.15, "two sectors exchanged": 0.15, "truncated": 0.15}


def rows(scratch: Path, tries: int, seed: int) -> Iterator[tuple[str, Counter[str]]]:
    """Damage each input again and again.

    Parameters
    ----------
    scratch
        A folder for all files.
    tries
        How often each input is damaged.
    seed
        Of what is damaged, and how.

    Yields
    ------
    tuple
        What was tried, and how often it ended how.
    """
    for program in programs(scratch, n_events=1500):
        yield program.title, damaged(program, scratch / "damaged", tries, seed)


def damaged(program: Program, folder: Path, tries: int, seed: int) -> Counter[str]:
    """Count what becomes of a program's runs on damaged copies of its input."""
    content = program.file.read_bytes()
    rng = random.Random(f"{seed} {program.title}")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "out").mkdir(parents=True)
    file = folder / program.file.name
    file.write_bytes(content)
    with redirect_stdout(io.StringIO()):
        code = run_here(program.script, program.arguments(file, folder / "out"))
    if code:
        raise SystemExit(f"{program.title}: the sound input failed")
    sound = program.digest(folder / "out")
    found: Counter[str] = Counter()
    for _ in range(tries):
        (way,) = rng.choices(list(SHARES), list(SHARES.values()))
        out = folder / "again"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        file.write_bytes(WAYS[way](content, rng))
        result = call(program.script, program.arguments(file, out))
        found[verdict(result, partial(program.digest, out), sound)] += 1
    return found
