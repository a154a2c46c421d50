"""Memory must not grow with the number of jets, nor training take longer than a coffee."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from inputs import PHYSLITE, SCRATCH, daod, jets
from pairing import Cost, run
from results import Row, ratio
from setting import Command, Setting, dump, local


def rows(setting: Setting) -> Iterator[Row]:
    """Compare the peak memory for 140,000 and for 100 million jets."""
    large = setting.size(100_000_000)
    small = min(140_000, large // 2)
    scripts: dict[str, Command] = {
        "make_hist.py": local("make_hist"),
        "make_roc_curves.py --nn": [*local("make_roc_curves"), *setting.network()],
    }
    for name, command in scripts.items():
        costs = [_cost([*command, "-o", "plots", jets(n)]) for n in (large, small)]
        yield _row(f"{name}, {large:,} jets", f"{small:,} jets", *costs)
    cost = _cost([*local("train_nn"), "-o", "model-large", jets(large)])
    work = f"train_nn.py, {large:,} jets"
    yield Row(work, "", "memory, MB", cost.memory, 1500, "")
    yield Row(work, "", "wall, s", cost.wall, 60, "")
    if PHYSLITE.exists():
        yield from _dumper(setting)


def _dumper(setting: Setting) -> Iterator[Row]:
    """Compare one derivation with many, and a small one with a large one."""
    one, times = daod(160, setting.root), 5 if setting.quick else 710
    costs = [_cost(dump("-o", "ours.h5", *[one] * n)) for n in (times, 1)]
    yield _row(f"dump-xaod, {times * 140_960:,} jets in {times} files", "140,960 jets", *costs)
    copies = 20 if setting.quick else 1000
    costs = [_cost(dump("-o", "ours.h5", file)) for file in (daod(copies, setting.root), PHYSLITE)]
    yield replace(_row(f"dump-xaod, {100 * copies:,} events", "100 events", *costs), target=None)


def _cost(command: Command) -> Cost:
    cost = run(command, SCRATCH)
    print(f"  {command[1]!s:60} {cost.wall:8.2f} s {cost.memory:6.0f} MB")
    return cost


def _row(work: str, against: str, large: Cost, small: Cost) -> Row:
    return ratio(work, "memory", large, small, peer=against, target=1.3)
