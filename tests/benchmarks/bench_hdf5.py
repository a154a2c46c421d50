"""Which compression and which chunks: size, and what writing and reading cost."""

from __future__ import annotations

from collections.abc import Iterator

from inputs import SCRATCH, jets
from pairing import in_turn, medians
from results import Row
from setting import Setting, peer


def rows(setting: Setting) -> Iterator[Row]:
    """Measure size, writing and reading, a jet, for some levels and chunks."""
    n = setting.size(2_000_000)
    print(f"HDF5, {n:,} jets")
    for chunk in (2048, 16384, 65536):
        for level in (1, 4, 7, 9):
            path = SCRATCH / "layout.h5"
            costs = in_turn(
                {
                    "write": peer("layout", jets(n), path, str(chunk), str(level)),
                    "read": peer("read", path),
                },
                SCRATCH,
                min(setting.repetitions, 3),
            )
            size = path.stat().st_size / n
            write = float(medians(costs["write"]).output) / n * 1e9
            read = float(medians(costs["read"]).output) / n * 1e9
            yield Row(
                f"HDF5: chunks of {chunk}, deflate {level}",
                "",
                "bytes a jet",
                size,
                None,
                f"write {write:.0f} ns, read {read:.0f} ns a jet",
            )
