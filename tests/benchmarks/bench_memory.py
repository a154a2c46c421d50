"""Memory must not grow with the number of jets, nor training take longer than a coffee."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.inputs import PHYSLITE, Setting, daod, dump, jets, local, network, peer
from benchmarks.pairing import Command, Cost, run
from benchmarks.results import Row, ratio


def rows(setting: Setting) -> Iterator[Row]:
    """Measure the peak memory for 140,000 to 100 million jets, and compare the two."""
    sizes = [140_000, *(setting.size(n) for n in (1_000_000, 10_000_000, 100_000_000))]
    scripts = {
        "make_hist.py": local("make_hist", "-o", "plots"),
        "make_roc_curves.py --nn": local("make_roc_curves", *network(), "-o", "plots"),
        "train_nn.py": local("train_nn", "-o", "model-large"),
    }
    for name, command in scripts.items():
        costs = {n: _cost([*command, jets(n)]) for n in sizes}
        small, *_, large = sizes
        work = f"{name}, {large:,} jets"
        if name == "train_nn.py":
            yield Row(work, "", "memory, MB", costs[large].memory, 1500, "")
            yield Row(work, "", "wall, s", costs[large].wall, 60, "")
        else:
            yield _ratio(work, f"{small:,} jets", costs[large], costs[small])
        for n, cost in list(costs.items())[:-1]:
            detail = f"{cost.wall:.3g} s"
            yield Row(f"{name}, {n:,} jets", "", "memory, MB", cost.memory, None, detail)
    if PHYSLITE.exists():
        yield from _dumper(setting)


def _dumper(setting: Setting) -> Iterator[Row]:
    """Compare one derivation with many, and a small one with a large one."""
    many, n = (2, 5) if setting.quick else (160, 710)
    costs = [_cost(peer("repeated_dump", str(times), "ours.h5", daod(many))) for times in (n, 1)]
    work = f"dump-xaod, {n * many * 881:,} jets in {n} files"
    yield _ratio(work, f"{many * 881:,} jets", *costs)
    large = 20 if setting.quick else 1000
    costs = [_cost(dump("-o", "ours.h5", file)) for file in (daod(large), PHYSLITE)]
    yield replace(_ratio(f"dump-xaod, {100 * large:,} events", "100 events", *costs), target=None)


def _cost(command: Command) -> Cost:
    cost = run(command)
    print(f"  {command[1]!s:60} {cost.wall:8.2f} s {cost.memory:6.0f} MB", flush=True)
    return cost


def _ratio(work: str, against: str, large: Cost, small: Cost) -> Row:
    return ratio(work, "memory", large, small, peer=against, target=1.3)
