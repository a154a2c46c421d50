"""Make the inputs of the benchmarks in the scratch folder: large files of jets, and of events."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import h5py
import numpy as np
import toy
from pairing import run

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
LABEL = "HadronConeExclExtendedTruthLabelID"
SCRATCH = Path(os.environ.get("BENCH_DIR", Path(tempfile.gettempdir()) / "jets-benchmarks"))
DAODS = Path(os.environ.get("DAOD_DIR", PROJECT.parent / "shared" / "daod"))
PHYSLITE = DAODS / "r22_physlite_ttree.root"  # 100 events
TILE = 1_000_000


def jets(n: int, *, order: str = "chance", level: int = 1, chunk: int = 2048) -> Path:
    """Make a file of `n` toy jets, in the tutorial's layout unless told otherwise.

    Above a million they repeat: drawing a hundred million would take longer than all benchmarks.

    Parameters
    ----------
    n
        Number of jets.
    order
        "chance", or "label" for all light jets first, then c, then b.
    level, chunk
        Of the compression, and rows of a chunk.
    """
    path = SCRATCH / f"jets-{n}-{order}-{level}-{chunk}.h5"
    if path.exists():
        return path
    rows = toy.jets(min(n, TILE))
    if order == "label":
        rows = rows[np.argsort(rows[LABEL], kind="stable")]
    part = path.with_suffix(".part")
    with h5py.File(part, "w") as file:
        options = {"chunks": (chunk,), "compression": "gzip", "compression_opts": level}
        dataset = file.create_dataset("jets", (n,), rows.dtype, maxshape=(None,), **options)
        step = max(1, len(rows) // chunk) * chunk if n > len(rows) else n
        for start in range(0, n, step):
            dataset[start : start + step] = rows[: min(step, n - start)]
        dataset.attrs.update(kind="synthetic", sample="toy")
    part.replace(path)
    return path


def daod(copies: int, root_python: Path) -> Path:
    """Repeat the 100 events of a real DAOD_PHYSLITE with ROOT's fast merge."""
    path = SCRATCH / f"physlite-{copies}.root"
    if not path.exists():
        part = path.with_suffix(".part.root")
        # ROOT gets slow with thousands of inputs: ten of those that are ten times smaller.
        source, times = (
            (PHYSLITE, copies) if copies <= 100 else (daod(copies // 10, root_python), 10)
        )
        run([root_python, HERE / "merge.py", part, str(times), source], SCRATCH)
        part.replace(path)
    return path


def daods(n: int) -> list[Path]:
    """Copy the real DAOD_PHYSLITE, as if these were many files."""
    paths = [SCRATCH / "many" / f"{i:04}.root" for i in range(n)]
    paths[0].parent.mkdir(exist_ok=True)
    for path in paths:
        if not path.exists():
            shutil.copy(PHYSLITE, path)
    return paths
