"""The dumper against four other ways to get the same jets out of a DAOD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from benchmarks.inputs import PHYSLITE, Setting, copies, daod, dump, peer
from benchmarks.pairing import SCRATCH, Command
from benchmarks.results import Row, compare

# The largest ratio that is wanted; None: only to be shown.
ONE = {"uproot": 0.5, "coffea": 0.3, "ROOT RDataFrame": 0.5, "compiled C++": None}
LARGE = {"compiled C++": 1.0}
MANY = {"uproot": 0.1, "coffea": 0.05, "ROOT RDataFrame": 0.3, "compiled C++": 1.0}


def rows(setting: Setting) -> Iterator[Row]:
    """Compare the processor time for one file, for a large one, and for many."""
    if not PHYSLITE.exists():
        print(f"no {PHYSLITE}: the dumper is not compared; set DAOD_DIR")
        return
    n = 2 if setting.quick else 100
    for times, targets in (n, ONE), (10 * n, LARGE):
        work = f"dump-xaod, {100 * times:,} events"
        yield from compare_dumpers(work, [daod(times)], targets, setting.repetitions())
    # Once: two of the peers need some minutes.
    yield from compare_dumpers(f"dump-xaod, {n} files of 100 events", copies(PHYSLITE, n), MANY, 1)


def compare_dumpers(
    work: str,
    files: Sequence[Path],
    targets: Mapping[str, float | None],
    repetitions: int,
    n_tracks: int = 0,
) -> list[Row]:
    """Compare the processor time of some dumpers, which must write the same."""
    tables, options, n = ["jets"], [], str(n_tracks)
    compiled = SCRATCH / "dump-cxx"
    if n_tracks:
        tables, options = ["jets", "tracks"], ["--tracks", n]
        compiled = SCRATCH / "dump-cxx-tracks"
    programs: dict[str, Command] = {
        "ours": dump("-o", "ours.h5", *options, "--", *files),
        "uproot": peer("uproot_dump", n, "uproot.h5", *files, environment="uproot"),
        "coffea": peer("coffea_dump", n, "coffea.h5", *files, environment="coffea"),
        "ROOT RDataFrame": peer("root_dump", "ROOT RDataFrame.h5", *files, environment="root"),
        "compiled C++": [compiled, n, "compiled C++.h5", *files],
    }
    wanted = [name for name in ("ours", *targets) if Path(programs[name][0]).exists()]
    found = compare(
        work, {name: programs[name] for name in wanted}, targets, repetitions, quantities=["cpu"]
    )
    for table in tables:  # all have written the same
        first, *others = [h5py.File(SCRATCH / f"{name}.h5")[table][:] for name in wanted]
        for other in others:
            for field in first.dtype.names:
                theirs = other.view(first.dtype)[field]
                np.testing.assert_allclose(first[field], theirs, rtol=1e-6)
    return found
