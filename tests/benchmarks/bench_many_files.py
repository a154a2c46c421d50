"""Many files on one machine: in processes, with Dask; and whether memory grows with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.inputs import PHYSLITE, Setting, copies, dump, sample
from benchmarks.pairing import run
from benchmarks.results import Row, compare, ratio

WAYS = {"-j 2": ["-j", "2"], "--dask local": ["--dask", "local", "-j", "2"]}


def rows(setting: Setting) -> Iterator[Row]:
    """Compare the ways to dump many files, and the memory for 1, 10 and 100 of them."""
    n, events = (10, 500) if setting.quick else (100, 10_000)
    files = copies(sample(events), n)
    yield from _ways(f"{n} synthetic files of {events:,} events", files, setting)
    if PHYSLITE.exists():
        yield from _ways(f"{n} files of 100 events", copies(PHYSLITE, n), setting)
    one = run(dump("-o", "many.h5", files[0]))
    for few in (10, n):
        many = run(dump("-o", "many.h5", *files[:few]))
        yield ratio(f"dump-xaod, {few} files", "memory", many, one, peer="1 file", target=1.3)


def _ways(work: str, files: Sequence[Path], setting: Setting) -> Iterator[Row]:
    for way, options in WAYS.items():
        programs = {
            "ours": dump("-o", "many.h5", *options, *files),
            "-j 1": dump("-o", "many.h5", *files),
        }
        title, both = f"dump-xaod {way}, {work}", ("wall", "cpu")
        yield from compare(title, programs, {}, setting.repetitions(), quantities=both)
