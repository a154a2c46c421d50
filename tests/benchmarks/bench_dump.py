"""The dumper against four other ways to get the same jets out of a DAOD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import h5py
import numpy as np
from inputs import PHYSLITE, SCRATCH, daod, daods
from results import Row, compare
from setting import Command, Setting, dump, peer

# The largest ratio that is wanted; None: only to be shown.
ONE = {"uproot": 0.5, "coffea": 0.3, "ROOT RDataFrame": 0.5, "compiled C++": None}
LARGE = {"compiled C++": 1.0}
MANY = {"uproot": 0.1, "coffea": 0.05, "ROOT RDataFrame": 0.3, "compiled C++": 1.0}


def rows(setting: Setting) -> Iterator[Row]:
    """Compare the processor time for one file, for a large one, and for many."""
    if not PHYSLITE.exists():
        print(f"no {PHYSLITE}: the dumper is not compared; set DAOD_DIR")
        return
    copies = 2 if setting.quick else 100
    repetitions = min(setting.repetitions, 3)
    one, large = (daod(n, setting.root) for n in (copies, 10 * copies))
    yield from _compare(f"dump-xaod, {100 * copies:,} events", [one], ONE, repetitions)
    yield from _compare(f"dump-xaod, {1000 * copies:,} events", [large], LARGE, repetitions)
    # Once: two of the peers need some minutes.
    yield from _compare(f"dump-xaod, {copies} files of 100 events", daods(copies), MANY, 1)


def _compare(
    work: str, files: list[Path], targets: Mapping[str, float | None], repetitions: int
) -> list[Row]:
    commands = _commands(files)
    programs = {
        name: commands[name] for name in ("ours", *targets) if Path(commands[name][0]).exists()
    }
    found = compare(
        work, programs, targets, quantity="cpu", folder=SCRATCH, repetitions=repetitions
    )
    _check([SCRATCH / f"{name}.h5" for name in programs])
    return found


def _commands(files: list[Path]) -> dict[str, Command]:
    root = "ROOT RDataFrame"
    return {
        "ours": dump("-o", "ours.h5", *files),
        "uproot": peer("uproot_dump", "uproot.h5", *files, environment="uproot"),
        "coffea": peer("coffea_dump", "coffea.h5", *files, environment="coffea"),
        root: peer("root_dump", f"{root}.h5", *files, environment="root"),
        "compiled C++": [SCRATCH / "dump-cxx", "compiled C++.h5", *files],
    }


def _check(paths: list[Path]) -> None:
    """See that all have written the same jets."""
    first, *others = [h5py.File(path)["jets"][:] for path in paths]
    for other in others:
        for field in first.dtype.names:
            np.testing.assert_array_equal(first[field], other[field])
