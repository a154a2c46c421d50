"""What the benchmarks run: our programs and the peers, on large files of jets and of events."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import h5py
import numpy as np
import toy

from benchmarks.pairing import SCRATCH, Command, run

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
LABEL = "HadronConeExclExtendedTruthLabelID"
DAODS = Path(os.environ.get("DAOD_DIR", PROJECT.parent / "shared" / "daod"))
PHYSLITE = DAODS / "r22_physlite_ttree.root"  # 100 events
ROOT = SCRATCH / "root" / "bin" / "python"  # the Python that has ROOT
TILE = 1_000_000
CHUNK = 2048
UUID_PLACE = slice(47, 63)  # in the header of a ROOT file below 2 GB


@dataclass(frozen=True)
class Setting:
    """Whether small inputs and few runs will do: to see that it works, not how fast."""

    quick: bool

    def repetitions(self, n: int = 3) -> int:
        """Choose the number of runs that count."""
        return 1 if self.quick else n

    def size(self, n: int) -> int:
        """Choose the number of jets: at most 200,000 if it must be quick."""
        return min(n, 200_000) if self.quick else n


def local(script: str, *arguments: str | Path) -> Command:
    """Give the command of a script of local-sw."""
    return [sys.executable, PROJECT / "local-sw" / f"{script}.py", *arguments]


def dump(*arguments: str | Path) -> Command:
    """Give the command of the dumper."""
    return [sys.executable, PROJECT / "atlas-sw" / "dump-xaod", *arguments]


def peer(script: str, *arguments: str | Path, environment: str | None = None) -> Command:
    """Give the command of a peer, in its environment or in this one."""
    python = SCRATCH / environment / "bin" / "python" if environment else sys.executable
    return [python, HERE / "peers" / f"{script}.py", *arguments]


def model(*, tracks: bool = False) -> Path:
    """Train the tutorial's network once, or one on tracks, for all that need one."""
    folder = SCRATCH / ("model-tracks" if tracks else "model")
    if not (folder / "history.json").exists():
        script, path = ("train_tracks", jets_with_tracks) if tracks else ("train_nn", jets)
        run(local(script, "-o", folder, path(140_000)))
    return folder


def network() -> Command:
    """Give the options of a plotting script that add this network, and count all jets."""
    return ["--nn", model() / "architecture.json", model() / "nn.weights.h5", "--all-jets"]


def jets(n: int, *, by_label: bool = False) -> Path:
    """Make a file of `n` toy jets in the tutorial's layout, in chance's order or sorted by label.

    Above a million they repeat: drawing a hundred million would take longer than all benchmarks.
    """
    path = SCRATCH / f"jets-{n}{'-by-label' if by_label else ''}.h5"
    if path.exists():
        return path
    rows = toy.jets(min(n, TILE))
    if by_label:
        rows = rows[np.argsort(rows[LABEL], kind="stable")]
    part = path.with_suffix(".part")
    with h5py.File(part, "w") as file:
        dataset = file.create_dataset(
            "jets", (n,), rows.dtype, maxshape=(None,), chunks=(CHUNK,), compression=1
        )
        step = max(1, len(rows) // CHUNK) * CHUNK if n > len(rows) else n
        for start in range(0, n, step):
            dataset[start : start + step] = rows[: min(step, n - start)]
        dataset.attrs.update(kind="synthetic", sample="toy")
    part.replace(path)
    return path


def jets_with_tracks(n: int) -> Path:
    """Repeat the synthetic sample's 140,000 jets and their tracks, whose chunks stay compressed."""
    path, source = SCRATCH / f"tracks-{n}.h5", SCRATCH / "tracks.h5"
    if path.exists():
        return path
    if not source.exists():
        run(dump("-o", source, "--tracks", "40", "--", sample(30_000)))
    part = path.with_suffix(".part")
    with h5py.File(source) as few, h5py.File(part, "w") as many:
        for name in "jets", "tracks":
            few.copy(name, many)
            many[name].resize(n, axis=0)
        chunk, rows = few["tracks"].chunks[0], few["jets"][:]
        rows = rows[: len(rows) // chunk * chunk]
        for start in range(0, n, len(rows)):
            many["jets"][start : start + len(rows)] = rows[: n - start]
        for start in range(0, n, chunk):
            _, content = few["tracks"].id.read_direct_chunk((start % len(rows), 0))
            many["tracks"].id.write_direct_chunk((start, 0), content)
    part.replace(path)
    return path


def daod(copies: int) -> Path:
    """Repeat the 100 events of a real DAOD_PHYSLITE with ROOT's fast merge."""
    path = SCRATCH / f"physlite-{copies}.root"
    if not path.exists():
        part = path.with_suffix(".part.root")
        # ROOT gets slow with thousands of inputs: ten of those that are ten times smaller.
        source, times = (PHYSLITE, copies) if copies <= 100 else (daod(copies // 10), 10)
        run([ROOT, HERE / "peers" / "merge.py", part, str(times), source])
        part.replace(path)
    return path


def sample(events: int) -> Path:
    """Make the synthetic sample."""
    path = SCRATCH / f"sample-{events}.root"
    if not path.exists():
        make: Command = [sys.executable, "-m", "dumpxaod.sample", path, "--events", str(events)]
        run(make, PROJECT / "atlas-sw")
    return path


def copies(source: Path, n: int) -> list[Path]:
    """Copy a derivation; each copy has a UUID of its own, or the dumper would refuse it."""
    folder = SCRATCH / f"copies-{source.stem}"
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{i:04}.root" for i in range(n)]
    for i, path in enumerate(paths, 1):
        if not path.exists():
            content = bytearray(source.read_bytes())
            content[UUID_PLACE] = UUID(int=i).bytes
            path.write_bytes(content)
    return paths
