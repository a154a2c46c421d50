"""Web servers that misbehave, once or always: the right jets, or one line."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from attempt import call, run_here, verdict
from inputs import DUMP, dumped, make
from range_server import serve

# Those that hang or drip take a minute each until the program gives up: tests try them.
FAULTS = (
    *("error", "reason", "cut", "whole", "empty", "login", "page", "capped", "shifted", "silent"),
    *("gzip", "endless", "redirect"),
)


def rows(scratch: Path, tries: int, seed: int) -> Iterator[tuple[str, Counter[str]]]:
    """Let a server fail in each way; it is no matter of chance, so that `tries` is not used."""
    folder, out = scratch / "served", scratch / "out"
    folder.mkdir()
    out.mkdir()
    sample, _, _ = make(scratch, 100)
    shutil.copy(sample, folder / "a.root")
    with serve(folder) as server:
        server.redirect = "file:///etc/passwd"
        arguments = ["-o", out / "jets.h5", server.url("a.root")]
        if run_here(DUMP, arguments):
            raise SystemExit("the sound server failed")
        sound = dumped(out)
        for fault in FAULTS:
            found: Counter[str] = Counter()
            for times in (1, 1000):
                server.faults["a.root"] = fault, times
                result = call(DUMP, arguments, seconds=100)
                found[verdict(result, partial(dumped, out), sound)] += 1
            yield f"a server with the fault {fault!r}, once and always", found
