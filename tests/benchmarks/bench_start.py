"""How long it takes to be told what a program does, or that a file's name is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.inputs import Setting, dump, local
from benchmarks.pairing import Command, in_turn, medians
from benchmarks.results import Row

WRONG: dict[str, list[str]] = {
    "make_hist": ["nowhere.h5"],
    "make_roc_curves": ["nowhere.h5"],
    "train_nn": ["nowhere.h5"],
    "validate_nn": ["nowhere.h5", "-n", "nowhere.json", "nowhere.weights.h5"],
    "export_nn": ["nowhere.json", "nowhere.weights.h5"],
}


def rows(setting: Setting) -> Iterator[Row]:
    """Compare `--help` and a mistyped name with a Python that does nothing."""
    programs = {"dump-xaod --help": dump("--help"), "dump-xaod, mistyped": dump("nowhere.root")}
    for script, names in WRONG.items():
        programs[f"{script}.py --help"] = local(script, "--help")
        programs[f"{script}.py, mistyped"] = local(script, *names)
    programs["nothing"] = [sys.executable, "-c", "pass"]
    runs = in_turn(
        {name: _any_exit(command) for name, command in programs.items()}, setting.repetitions(5)
    )
    wall = {name: medians(costs).wall for name, costs in runs.items()}
    nothing = wall.pop("nothing")
    for name, found in wall.items():
        yield Row(name, "python -c pass", "wall, s more", found - nothing, 0.15, "")


def _any_exit(command: Command) -> Command:
    return ["sh", "-c", '"$@"; true', "sh", *command]
