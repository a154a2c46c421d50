"""How the cost grows with the work: a picture for the README."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inputs import HERE, PHYSLITE, SCRATCH, daods, jets
from pairing import Cost, run
from results import Row
from setting import Setting, dump, local


def rows(setting: Setting) -> Iterator[Row]:
    """Measure the wall time for ever more jets and files."""
    sizes = [10**k for k in range(5, 6 if setting.quick else 9)]
    scripts = {
        "make_hist.py": local("make_hist"),
        "make_roc_curves.py --nn": [*local("make_roc_curves"), *setting.network()],
        "train_nn.py": local("train_nn"),
    }
    times: dict[str, list[tuple[int, float]]] = {}
    for n in [sizes[0], *sizes]:  # the first round, which fills the caches, does not count
        for name, command in scripts.items():
            cost = run([*command, jets(n), "-o", SCRATCH / "scaling" / name], SCRATCH)
            times.setdefault(name, []).append((n, cost.wall))
            yield _row(f"{name}, {n:,} jets", cost)
    times = {name: points[1:] for name, points in times.items()}
    for n in [10**k for k in range(2 if setting.quick else 4)] if PHYSLITE.exists() else []:
        cost = run(dump("-o", "ours.h5", *daods(n)), SCRATCH)
        times.setdefault("dump-xaod", []).append((n, cost.wall))
        yield _row(f"dump-xaod, files of 100 events: {n:,}", cost)
    _draw(times, SCRATCH if setting.quick else HERE)


def _row(work: str, cost: Cost) -> Row:
    return Row(f"scaling: {work}", "", "wall, s", cost.wall, None, f"{cost.memory:.0f} MB")


def _draw(times: dict[str, list[tuple[int, float]]], folder: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for (name, points), marker in zip(times.items(), "os^D", strict=False):
        panel = panels[int(name == "dump-xaod")]
        panel.plot(*zip(*points, strict=True), marker=marker, label=name)
    for panel, what in zip(panels, ("jets", "files of 100 events"), strict=True):
        n = [x for line in panel.lines for x in line.get_xdata()]
        if n:
            top = max(y for line in panel.lines for y in line.get_ydata())
            ends = [min(n), max(n)]
            panel.plot(ends, [top * x / ends[1] for x in ends], "k:", label="in proportion")
        panel.set(xscale="log", yscale="log", xlabel=f"number of {what}")
        panel.legend(frameon=False)
    panels[0].set(ylabel="wall time  [s]")
    figure.savefig(folder / "scaling.png", dpi=120)
