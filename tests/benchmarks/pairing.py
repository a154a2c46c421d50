"""Run whole programs in turn and compare what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LAUNCH = Path(__file__).with_name("launch.py")
SCRATCH = Path(os.environ.get("BENCH_DIR", f"{tempfile.gettempdir()}/jets-benchmarks")).absolute()

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Cost:
    """What one run of a program cost.

    Parameters
    ----------
    wall, cpu
        Seconds; the processor's are those of the program and its children, user and system.
    memory
        Peak resident memory in MB of its largest process.
    output
        What it printed.
    """

    wall: float
    cpu: float
    memory: float
    output: str


def run(command: Command, folder: Path = SCRATCH) -> Cost:
    """Run a program in a folder; raise RuntimeError if it fails."""
    # Nobody else's packages.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        [sys.executable, "-IS", str(LAUNCH), *map(str, command)],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _, costs = done.stdout.rstrip().rpartition("\n")
    if done.returncode:
        raise RuntimeError(f"{command} left with {done.returncode}:\n{output}")
    wall, cpu, memory = map(float, costs.split())
    return Cost(wall, cpu, memory, output.rstrip())


def in_turn(programs: Mapping[str, Command], repetitions: int) -> dict[str, list[Cost]]:
    """Run programs in turn, so that a busy moment of the machine hits all of them.

    If more than once, then a round before fills the caches and does not count.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    warm_up = repetitions > 1
    for turn in range(repetitions + warm_up):
        for name, command in programs.items():
            cost = run(command)
            figures = f"{cost.wall:8.2f} s {cost.cpu:8.2f} s CPU {cost.memory:6.0f} MB"
            print(f"  {name:34} {figures}", flush=True)
            if turn >= warm_up:
                costs[name].append(cost)
    return costs


def medians(costs: Sequence[Cost]) -> Cost:
    """Take the median of each quantity; the output is the last run's."""
    wall, cpu, memory = (
        median(getattr(c, name) for c in costs) for name in ("wall", "cpu", "memory")
    )
    return Cost(wall, cpu, memory, costs[-1].output)


def printed(costs: Sequence[Cost]) -> float:
    """Take the median of what a program measured itself and printed last."""
    return median(float(cost.output.split()[-1]) for cost in costs)
