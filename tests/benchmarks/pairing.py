"""Run whole programs in turn and compare what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LAUNCH = Path(__file__).with_name("launch.py")


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


def run(command: Sequence[str | Path], folder: Path) -> Cost:
    """Run a program in a folder.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    # Nobody else's packages.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    words = [sys.executable, "-IS", str(LAUNCH), *map(str, command)]
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _, costs = done.stdout.rstrip().rpartition("\n")
    if done.returncode:
        raise RuntimeError(f"{command} left with {done.returncode}:\n{output}")
    return Cost(*map(float, costs.split()), output.rstrip())


def in_turn(
    programs: Mapping[str, Sequence[str | Path]], folder: Path, repetitions: int
) -> dict[str, list[Cost]]:
    """Run programs in turn, so that a busy moment of the machine hits all of them.

    Parameters
    ----------
    programs
        The command of each, by name.
    folder
        Where they run.
    repetitions
        How often. If more than once, then a round before fills the caches and does not count.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    warm_up = repetitions > 1
    for turn in range(repetitions + warm_up):
        for name, command in programs.items():
            cost = run(command, folder)
            print(f"  {name:34} {cost.wall:8.2f} s {cost.cpu:8.2f} s CPU {cost.memory:6.0f} MB")
            sys.stdout.flush()
            if turn >= warm_up:
                costs[name].append(cost)
    return costs


def medians(costs: Sequence[Cost]) -> Cost:
    """Take the median of each quantity; the output is the last run's."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.memory for cost in costs),
        costs[-1].output,
    )
