"""Where the benchmarks run, and with which programs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from inputs import HERE, PROJECT, SCRATCH, jets
from pairing import run

Command = list[str | Path]


@dataclass(frozen=True)
class Setting:
    """How to run everything.

    Parameters
    ----------
    quick
        Whether small inputs and few repetitions will do: to see that it works, not how fast.
    """

    quick: bool

    @property
    def repetitions(self) -> int:
        """Runs of each program that count."""
        return 1 if self.quick else 5

    @property
    def root(self) -> Path:
        """The Python that has ROOT."""
        return SCRATCH / "root" / "bin" / "python"

    def size(self, n: int) -> int:
        """Choose the number of jets: at most 200,000 if it must be quick."""
        return min(n, 200_000) if self.quick else n

    def model(self) -> Path:
        """Train the tutorial's network once, for all that need one."""
        folder = SCRATCH / "model"
        if not (folder / "history.json").exists():
            run([*local("train_nn"), "-o", folder, jets(140_000)], SCRATCH)
        return folder

    def network(self) -> Command:
        """Give the options of a plotting script that add this network, and count all jets."""
        files = [self.model() / name for name in ("architecture.json", "nn.weights.h5")]
        return ["--nn", *files, "--all-jets"]


def local(script: str) -> Command:
    """Give the command of a script of local-sw."""
    return [sys.executable, PROJECT / "local-sw" / f"{script}.py"]


def dump(*arguments: str | Path) -> Command:
    """Give the command of the dumper."""
    return [sys.executable, PROJECT / "atlas-sw" / "dump-xaod", *arguments]


def peer(script: str, *arguments: str | Path, environment: str | None = None) -> Command:
    """Give the command of a peer, in its environment or in this one."""
    python = SCRATCH / environment / "bin" / "python" if environment else sys.executable
    return [python, HERE / "peers" / f"{script}.py", *arguments]
