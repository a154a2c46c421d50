"""Give our jets to the field's tools, and write down what these make of them.

    make peers
    python tests/peers/run.py [--write] [PEER...]

With --write the table in the README beside this file is written again. The environments and all
files stay in $PEERS_DIR (or a folder for temporary files).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
ROW = re.compile(r"\| (.+) \| (.+) \|")
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True)
class Peer:
    """One of the field's tools."""

    name: str
    package: str
    written: str = ""  # what it leaves, for our own programs to read
    tracks: str = ""  # and what of it has tracks

    @property
    def examples(self) -> list[Path]:
        """What is done with it."""
        return sorted(HERE.glob(f"use_{self.name}*.py"))

    @property
    def folder(self) -> Path:
        """Its environment."""
        return scratch() / self.name

    @property
    def python(self) -> Path:
        """The Python of its environment."""
        return self.folder / "bin" / "python"


# In this order, because salt trains on the jets that UPP prepares.
PEERS = (
    Peer("ftag", "atlas-ftag-tools", "ftag/vds.h5", "ftag_tracks/vds.h5"),
    Peer("puma", "puma-hep"),
    Peer("upp", "umami-preprocessing", *["upp/countup/pp_output_train.h5"] * 2),
    Peer("salt", "salt-ml", "salt/scored.h5"),
)


def main() -> int:
    """Run the examples of all peers on all files; show the table."""
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"of {', '.join(names)} (all)")
    parser.add_argument("--write", action="store_true", help="write the table into the README")
    args = parser.parse_args()
    if unknown := set(args.peers) - set(names):
        parser.error(f"no peer {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if args.write and args.peers:
        parser.error("--write replaces the whole table, and needs all peers")
    chosen = [peer for peer in PEERS if peer.name in (args.peers or names)]
    folders = [dump(name, daod) for name, daod in derivations()]
    lines = []
    for peer in chosen:
        start = time.monotonic()
        for line in set_up(peer) or chain.from_iterable(rows(peer, folder) for folder in folders):
            lines.append(line)
            print(line, flush=True)
        print(f"{peer.name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    if args.write:
        write(lines)
    return int(any("did not work" in line for line in lines))


def scratch() -> Path:
    """Find the folder of the environments and files."""
    return Path(os.environ.get("PEERS_DIR", Path(tempfile.gettempdir()) / "peers")).resolve()


def derivations() -> Iterator[tuple[str, Path]]:
    """Name the files: the synthetic sample, and a real one if it is here."""
    sample = scratch() / "sample.root"
    if not sample.exists():
        sample.parent.mkdir(parents=True, exist_ok=True)
        module = [sys.executable, "-m", "dumpxaod.sample", str(sample)]
        subprocess.run(module, check=True, cwd=PROJECT / "atlas-sw")
    yield "sample", sample
    real = Path(os.environ.get("DAOD_DIR", PROJECT.parent / "shared" / "daod"))
    if (real / "r25_physlite_rntuple.root").exists():
        yield "r25", real / "r25_physlite_rntuple.root"


def dump(name: str, daod: Path) -> Path:
    """Write the jets of a derivation, without and with tracks, and our own ROC curves."""
    folder = scratch() / "jets" / name
    folder.mkdir(parents=True, exist_ok=True)
    jets = folder / "jets.h5"
    fields = ("--variables", "ftag", "default")
    ours("atlas-sw/dump-xaod", "-o", jets, *fields, "--", daod)
    ours("atlas-sw/dump-xaod", "-o", folder / "tracks.h5", *fields, "--tracks", "--", daod)
    ratios = ("--fc", "0", "--ftau", "0")  # log(p_b / p_u)
    ours("local-sw/make_roc_curves.py", *ratios, "-o", folder, jets)
    return folder


def ours(program: str, *arguments: str | Path) -> str:
    """Run one of our programs; return its table."""
    command = [sys.executable, str(PROJECT / program), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def set_up(peer: Peer) -> list[str]:
    """Make the environment of a peer; one that has the package stays as it is.

    Returns
    -------
    list
        A row of the table if it cannot be made.
    """
    if peer.python.exists() and version(peer):
        return []
    subprocess.run([sys.executable, "-m", "venv", str(peer.folder)], check=True)
    pip = [str(peer.python), "-m", "pip", "install", "--quiet", peer.package]
    run = subprocess.run(pip, capture_output=True, text=True, check=False)
    if not run.returncode:
        return []
    return [f"| {peer.package} | | | `pip install` | {failure(run.stderr)} |"]


def version(peer: Peer) -> str:
    """Ask for the installed version; empty if there is none."""
    code = f"from importlib.metadata import version; print(version({peer.package!r}))"
    found = subprocess.run([peer.python, "-c", code], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def rows(peer: Peer, folder: Path) -> Iterator[str]:
    """Run the examples; yield a row of the table for all that worked, and for what did not."""
    start = f"| {peer.package} | {version(peer)} | {folder.name} |"
    env = os.environ | {"MPLBACKEND": "Agg"}
    for example in peer.examples:
        command = [str(peer.python), str(example), str(folder)]
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        for line in filter(ROW.fullmatch, run.stdout.splitlines()):
            yield start + line.removeprefix("|")
        if run.returncode:
            steps = re.findall(rf'{example.name}", line \d+, in (\w+)', run.stderr) or ["start"]
            yield f"{start} {steps[-1].replace('_', ' ')} | {failure(run.stderr)} |"
    for program, name, *options in written(peer, folder / "back"):
        result = read_back(program, folder / name, "-o", folder / "back", *options)
        what = f"{program} --nn" if "--nn" in options else program
        yield f"{start} our `{what}` of {name} | {result} |"


def written(peer: Peer, network: Path) -> Iterator[tuple[str, ...]]:
    """List our programs, what they read of what a peer has written, and options."""
    if peer.written:
        yield "make_roc_curves.py", peer.written
    if peer.tracks:
        files = [str(network / name) for name in ("architecture.json", "nn.weights.h5")]
        yield "train_tracks.py", peer.tracks, "-e", "1"
        yield "make_roc_curves.py", peer.tracks, "--nn", *files


def read_back(program: str, *arguments: str | Path) -> str:
    """Let our own program read what a peer has written; tell what it has read."""
    try:
        lines = ours(f"local-sw/{program}", *arguments).splitlines()
    except subprocess.CalledProcessError as error:
        return failure(error.stderr)
    return "; ".join(line for line in lines if line.startswith(("read ", "used ", "tracks ")))


def failure(text: str) -> str:
    """Take the last line of a message, without what would end a table's cell or colour it."""
    last = (text.strip().splitlines() or ["no message"])[-1]
    return f"**did not work**: {COLOUR.sub('', last).replace('|', '/')}"


def write(lines: list[str]) -> None:
    """Put the table between the marks in the README."""
    head = ["| peer | version | jets | what was run | result |", "|---|---|---|---|---|"]
    path = HERE / "README.md"
    marked = re.sub(
        r"(<!-- results -->\n).*(\n<!-- end -->)",
        lambda match: f"{match[1]}{date.today()}\n\n" + "\n".join([*head, *lines]) + match[2],
        path.read_text(),
        flags=re.DOTALL,
    )
    path.write_text(marked)


if __name__ == "__main__":
    sys.exit(main())
