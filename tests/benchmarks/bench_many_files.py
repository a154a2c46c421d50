"""Many files on one machine, and files that are far away.

python tests/benchmarks/run.py many_files
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from inputs import DAODS, HERE, PHYSLITE, PROJECT, SCRATCH, daods
from pairing import in_turn, medians, run
from range_server import serve
from results import Row, ratio
from setting import Command, Setting, dump
from xrootd_server import PROGRAM, serve_xrootd

REAP: Command = [sys.executable, HERE / "reap.py"]
WAYS: dict[str, Command] = {
    "-j 1": [],
    "-j 2": ["-j", "2"],
    "--dask local": ["--dask", "local", "-j", "2"],
}


def rows(setting: Setting) -> Iterator[Row]:
    """Compare the ways to dump many files; measure memory, and the bytes that travel."""
    n = 10 if setting.quick else 100
    events = 500 if setting.quick else 10_000
    yield from _ways(f"{n} synthetic files of {events:,} events", samples(n, events), setting)
    if PHYSLITE.exists():
        yield from _ways(f"{n} files of 100 events", daods(n), setting)
    yield from _memory(samples(n, events))
    yield from _bytes([*samples(1, events), *sorted(DAODS.glob("*.root"))])


def samples(n: int, events: int) -> list[Path]:
    """Make the synthetic sample, and copies of it."""
    folder = SCRATCH / f"samples-{events}"
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{i:04}.root" for i in range(n)]
    if not paths[0].exists():
        make = [
            sys.executable,
            "-m",
            "dumpxaod.sample",
            paths[0],
            "--events",
            str(events),
        ]
        subprocess.run(make, cwd=PROJECT / "atlas-sw", check=True)
    for path in paths[1:]:
        if not path.exists():
            shutil.copy(paths[0], path)
    return paths


def _ways(work: str, files: list[Path], setting: Setting) -> Iterator[Row]:
    print(work)
    programs = {
        name: [*REAP, *dump("-o", "many.h5", *options, *files)] for name, options in WAYS.items()
    }
    repetitions = min(setting.repetitions, 3)
    costs = {k: medians(runs) for k, runs in in_turn(programs, SCRATCH, repetitions).items()}
    for name in list(WAYS)[1:]:
        for quantity in ("wall", "cpu"):
            title = f"dump-xaod {name}, {work}"
            yield ratio(title, quantity, costs[name], costs["-j 1"], peer="-j 1", target=None)


def _memory(files: list[Path]) -> Iterator[Row]:
    one = run(dump("-o", "many.h5", files[0]), SCRATCH)
    for n in (10, len(files)):
        many = run(dump("-o", "many.h5", *files[:n]), SCRATCH)
        yield ratio(f"dump-xaod, {n} files", "memory", many, one, peer="1 file", target=1.3)


def _bytes(files: list[Path]) -> Iterator[Row]:
    """Share of each file that is fetched from a web server, and from an XRootD server."""
    for file in files:
        with serve(file.parent) as server:
            yield _share(f"{file.name} over http", server.url(file.name))
        if PROGRAM:
            with serve_xrootd() as (folder, address):
                shutil.copy(file, folder)
                yield _share(f"{file.name} over root", f"{address}/{file.name}")


def _share(work: str, address: str) -> Row:
    last_line = run(dump("-o", "far.h5", address), SCRATCH).output.splitlines()[-1]
    match = re.search(r"(\d+) of (\d+) bytes", last_line)
    assert match
    fetched, size = map(int, match.groups())
    return Row(work, "all of it", "bytes", fetched / size, None, f"{fetched} and {size} bytes")
