"""How long it takes to be told what a program does, or that a file's name is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from inputs import SCRATCH
from pairing import in_turn, medians
from results import Row
from setting import Command, Setting, dump, local

SCRIPTS = ("make_hist", "make_roc_curves", "train_nn", "validate_nn", "export_nn")


def rows(setting: Setting) -> Iterator[Row]:
    """Compare `--help` and a mistyped name with a Python that does nothing."""
    print("--help, and a mistyped name")
    wrong: dict[str, Command] = {
        "make_hist": ["nowhere.h5"],
        "make_roc_curves": ["nowhere.h5"],
        "train_nn": ["nowhere.h5"],
        "validate_nn": ["nowhere.h5", "-n", "nowhere.json", "nowhere.weights.h5"],
        "export_nn": ["nowhere.json", "nowhere.weights.h5"],
    }
    programs: dict[str, Command] = {"dump-xaod --help": dump("--help")}
    programs["dump-xaod, mistyped"] = dump("nowhere.root")
    for script in SCRIPTS:
        programs[f"{script}.py --help"] = [*local(script), "--help"]
        programs[f"{script}.py, mistyped"] = [*local(script), *wrong[script]]
    programs = {name: _any_exit(command) for name, command in programs.items()}
    programs["nothing"] = _any_exit([sys.executable, "-c", "pass"])
    costs = {
        name: medians(runs)
        for name, runs in in_turn(programs, SCRATCH, setting.repetitions).items()
    }
    for name, cost in costs.items():
        if name != "nothing":
            more = cost.wall - costs["nothing"].wall
            yield Row(name, "python -c pass", "wall, s more", more, 0.15, "")


def _any_exit(command: Command) -> Command:
    return ["sh", "-c", '"$@"; true', "sh", *command]
