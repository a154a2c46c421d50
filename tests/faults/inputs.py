"""Sound inputs of the programs, and how their outputs are told apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
from attempt import ROOT, sha256

DUMP = "atlas-sw/dump-xaod"
ROC = "local-sw/make_roc_curves.py"
EXPORT = "local-sw/export_nn.py"
DAODS = Path(os.environ.get("DAOD_DIR", ROOT.parent / "shared" / "daod"))


@dataclass(frozen=True)
class Program:
    """A program, and one input of it that is to be damaged.

    Parameters
    ----------
    title
        For the table.
    script
        Its path in the project.
    file
        The sound input.
    arguments
        From the damaged input and an output folder to the command line.
    digest
        From the output folder to what tells outputs apart.
    """

    title: str
    script: str
    file: Path
    arguments: Callable[[Path, Path], Sequence[object]]
    digest: Callable[[Path], str]


def dumped(folder: Path) -> str:
    """Digest the jets of a dump, and what is said of them."""
    with h5py.File(folder / "jets.h5") as file:
        jets = file["jets"]
        said = {k: str(v) for k, v in jets.attrs.items() if k not in ("command_line", "inputs")}
        return sha256(jets[:].tobytes(), str(jets.dtype).encode(), json.dumps(said).encode())


def curves(folder: Path) -> str:
    """Digest the numbers of the ROC curves."""
    content = json.loads((folder / "roc.json").read_text())
    content.pop("inputs")
    return sha256(json.dumps(content).encode())


def exported(folder: Path) -> str:
    """Digest an exported network."""
    return sha256((folder / "lwtnn.json").read_bytes())


def daod(path: Path, *options: str) -> Program:
    """Dump a derivation."""
    return Program(
        f"dump-xaod of {path.name}",
        DUMP,
        path,
        lambda file, out: ["-o", out / "jets.h5", *options, file],
        dumped,
    )


def programs(scratch: Path, n_events: int) -> list[Program]:
    """Make the inputs, and list every program with each of its inputs.

    Parameters
    ----------
    scratch
        A folder for them.
    n_events
        Of the synthetic sample.
    """
    sample, jets, model = make(scratch, n_events)
    real = sorted(DAODS.glob("*.root"))
    if not real:
        print(f"no real DAODs: {DAODS} does not exist; set DAOD_DIR")
    nn = ["--nn", model / "architecture.json", model / "nn.weights.h5"]

    def with_model(name: str) -> Callable[[Path, Path], Sequence[object]]:
        """Give one damaged file of a model with its sound neighbours."""

        def arguments(file: Path, out: Path) -> Sequence[object]:
            folder = file.parent
            for other in ("architecture.json", "nn.weights.h5", "variables.json"):
                if other != name:
                    (folder / other).write_bytes((model / other).read_bytes())
            (folder / name).write_bytes(file.read_bytes())
            network = folder / "architecture.json", folder / "nn.weights.h5"
            return [*network, "--lwtnn", out / "lwtnn.json"]

        return arguments

    lwtnn = model / "lwtnn-network.json"
    return [
        *(daod(path, "--variables", "default", "pt", "eventNumber") for path in real),
        daod(sample),
        Program("make_roc_curves.py of output.h5", ROC, jets, _roc([]), curves),
        Program("make_roc_curves.py --nn of output.h5", ROC, jets, _roc(nn), curves),
        *(
            Program(f"export_nn.py with {name}", EXPORT, model / name, with_model(name), exported)
            for name in ("architecture.json", "nn.weights.h5", "variables.json")
        ),
        Program(
            "dump-xaod --nn-file lwtnn-network.json",
            DUMP,
            lwtnn,
            lambda file, out: ["-o", out / "jets.h5", "--nn-file", file, sample],
            lambda folder: sha256(_scores(folder)),
        ),
    ]


def _roc(nn: Sequence[object]) -> Callable[[Path, Path], Sequence[object]]:
    return lambda file, out: ["-o", out, "--format", "svg", *nn, file]


def _scores(folder: Path) -> bytes:
    with h5py.File(folder / "jets.h5") as file:
        content: bytes = file["jets"][:].tobytes()
    return content


def make(scratch: Path, n_events: int) -> tuple[Path, Path, Path]:
    """Make the synthetic sample, its jets, and a network trained on them."""
    sample, jets, model = scratch / "sample.root", scratch / "output.h5", scratch / "model"
    for command in (
        ["-m", "dumpxaod.sample", sample, "--events", n_events],
        [ROOT / DUMP, "-o", jets, sample],
        [ROOT / "local-sw" / "train_nn.py", "-o", model, jets],
    ):
        words = [sys.executable, *map(str, command)]
        subprocess.run(words, cwd=ROOT / "atlas-sw", check=True, stdout=subprocess.DEVNULL)
    return sample, jets, model
