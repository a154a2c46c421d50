"""Servers that misbehave: the right jets, or one line."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from attempt import call, run_here, verdict
from inputs import DUMP, dumped, make
from range_server import FAULTS, serve


def rows(scratch: Path, tries: int, seed: int) -> Iterator[tuple[str, Counter[str]]]:
    """Let the server fail in each way at the first, second, … request, for good or once."""
    folder = scratch / "served"
    folder.mkdir()
    sample, _, _ = make(scratch, 100)
    shutil.copy(sample, folder / "a.root")
    out = scratch / "out"
    out.mkdir()
    with serve(folder) as server:
        arguments = ["-o", out / "jets.h5", server.url("a.root")]
        if run_here(DUMP, arguments):
            raise SystemExit("the sound server failed")
        sound, n_requests = dumped(out), server.n_requests
        for fault in FAULTS:
            found: Counter[str] = Counter()
            for first in range(n_requests):
                for times in (1, 99):
                    server.plan("a.root", fault, after=first, times=times)
                    result = call(DUMP, arguments, seconds=120)
                    found[verdict(result, lambda: dumped(out), sound)] += 1
            yield f"a server with the fault {fault!r}", found
