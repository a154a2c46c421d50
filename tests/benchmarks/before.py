"""Our programs in two checkouts: what a change of the code has cost or gained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.inputs import DAODS, PROJECT, Setting, copies, dump, jets, local, network, sample
from benchmarks.pairing import Command
from benchmarks.results import Row, compare


def rows(group: str, setting: Setting, before: Path) -> Iterator[Row]:
    """Compare the wall and processor time of a group's programs with those of a checkout."""
    for work, command in _programs(group, setting):
        interpreter, script, *arguments = command
        theirs = [interpreter, before / Path(script).relative_to(PROJECT), *arguments]
        programs, both = {"ours": command, "before": theirs}, ("wall", "cpu")
        yield from compare(work, programs, {}, setting.repetitions(5), quantities=both)


def _programs(group: str, setting: Setting) -> Iterator[tuple[str, Command]]:
    if group == "dump":
        for source in (sample(500 if setting.quick else 10_000), *sorted(DAODS.glob("*.root"))):
            files = copies(source, 2 if setting.quick else 20)
            yield f"dump-xaod, {len(files)} of {source.name}", dump("-o", "ours.h5", *files)
    n = setting.size(20_000_000)
    if group == "plots":
        yield f"make_hist.py, {n:,} jets", local("make_hist", jets(n), "-o", "plots")
        roc = local("make_roc_curves", jets(n), "-o", "plots", *network())
        yield f"make_roc_curves.py --nn, {n:,} jets", roc
    n = setting.size(1_000_000)
    if group == "network":
        yield f"train_nn.py, {n:,} jets", local("train_nn", "-o", "model-ours", jets(n))
