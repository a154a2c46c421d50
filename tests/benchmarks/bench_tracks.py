"""Tracks: their way out of a DAOD, training and scoring with them, and ten million jets of them."""

from __future__ import annotations

from collections.abc import Iterator

from peers.run import PEERS

from benchmarks.bench_dump import compare_dumpers
from benchmarks.inputs import PHYSLITE, Setting, daod, jets_with_tracks, model, peer
from benchmarks.pairing import Command, run
from benchmarks.results import Row, compare_printed

DUMPERS = {"uproot": 0.35, "coffea": 0.2, "compiled C++": 1.2}
TRAINERS = {"Keras, all jets in memory": 1.2, "PyTorch with salt's loader": 0.5}
SCORERS = {"model.predict without it, batch 4096": 1.0, "ONNX Runtime without it": 1.0}
BATCH = "512"  # jets: as in the training with the tutorial's sample


def rows(setting: Setting) -> Iterator[Row]:
    """Compare the dumper, an epoch and scoring with others; then many jets with fewer."""
    if PHYSLITE.exists():
        n = 2 if setting.quick else 100
        work = f"dump-xaod --tracks, {100 * n:,} events"
        yield from compare_dumpers(work, [daod(n)], DUMPERS, setting.repetitions(), n_tracks=40)
    yield from _epoch(setting)
    path = jets_with_tracks(setting.size(140_000))
    programs = {
        name: peer("predict", way, path, model(tracks=True))
        for name, way in zip(("ours", *SCORERS), ("numpy", "4096", "onnx"), strict=True)
    }
    work = "scoring a network on tracks, with the preparation of its inputs"
    n = setting.repetitions()
    yield from compare_printed(work, programs, SCORERS, n, unit="ns a track")
    yield from _many(setting)


def _epoch(setting: Setting) -> Iterator[Row]:
    n = setting.size(500_000)
    path, python = jets_with_tracks(n), PEERS[-1].python
    in_memory, salt = TRAINERS
    programs: dict[str, Command] = {
        "ours": peer("epoch", "ours", path, BATCH),
        in_memory: peer("epoch", "arrays", path, BATCH),
    }
    if python.exists():
        # About as many as ours trains on: not those that are held out, or of no flavour.
        programs[salt] = [python, *peer("salt_epoch", path, BATCH, str(n * 3 // 4))[1:]]
    else:
        print(f"no {python}: {salt} is left out; make peers ONLY=salt makes it")
    # On one processor: threads that wait for each other would count, PyTorch's most of all.
    programs = {name: ["taskset", "-c", "0", *command] for name, command in programs.items()}
    work, n = f"an epoch of train_tracks.py, {n:,} jets", setting.repetitions()
    yield from compare_printed(work, programs, TRAINERS, n, unit="s", quantity="CPU")


def _many(setting: Setting) -> Iterator[Row]:
    """Train an epoch on many jets and on fewer, in batches of the same size."""
    few, many = (20_000, 200_000) if setting.quick else (1_000_000, 10_000_000)
    work = f"an epoch of train_tracks.py, {many:,} jets"
    print(work)
    a, b = (run(peer("epoch", "ours", jets_with_tracks(n), "4096")) for n in (few, many))
    yield Row(work, "", "memory, MB", b.memory, 2000, f"{b.wall:.3g} s")
    for what, x, y in ("wall", a.wall / few, b.wall / many), ("CPU", a.cpu / few, b.cpu / many):
        detail = f"{1e6 * y:.3g} and {1e6 * x:.3g} us a jet"
        yield Row(f"{work}, per jet", f"{few:,} jets", what, y / x, 1.2, detail)
