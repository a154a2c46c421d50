"""Measure how fast and how large the programs are, against others that do the same.

    make bench [ONLY="GROUP..."] [KEEP=1]
    python tests/benchmarks/run.py [--quick] [--keep] [GROUP...]
    python tests/benchmarks/run.py --against CHECKOUT [--quick] [GROUP...]

The inputs, the peers' environments and results.json go to $BENCH_DIR (or a folder for temporary
files): some 15 GB.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "local-sw")]

from benchmarks import before, results  # noqa: E402
from benchmarks.inputs import Setting  # noqa: E402
from benchmarks.pairing import SCRATCH  # noqa: E402
from benchmarks.results import Group, Row  # noqa: E402

GROUPS = ("start", "dump", "plots", "network", "memory", "many_files", "numerics", "tracks")
WITH_BEFORE = ("dump", "plots", "network")
PACKAGES = ("numpy", "h5py", "uproot", "keras", "tensorflow", "matplotlib")


def main(argv: Sequence[str] | None = None) -> None:
    """Set up, measure group after group, show the rows and keep them."""
    args = arguments(argv)
    SCRATCH.mkdir(parents=True, exist_ok=True)
    setting = Setting(args.quick)
    if args.against:
        for name in args.groups or WITH_BEFORE:
            print(results.as_table(list(before.rows(name, setting, args.against.resolve()))))
        return
    subprocess.run([HERE / "set_up.sh", SCRATCH], check=True)
    tracked = results.load(results.TRACKED)
    found = dict(tracked)
    for name in args.groups or GROUPS:
        print(f"== {name}")
        rows = list(importlib.import_module(f"benchmarks.bench_{name}").rows(setting))
        print(results.as_table(rows))
        if args.quick:
            continue
        found[name] = here_and_now(rows)
        results.save(found, SCRATCH / "results.json")
        old = tracked[name].rows if name in tracked else ()
        if args.keep and (lost := results.lost(old, rows)):
            print(f"{name} is not kept, without {', '.join(lost)}")
        elif args.keep:
            tracked[name] = found[name]
            results.write(tracked)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)} (all)")
    parser.add_argument("--quick", action="store_true", help="small inputs, nothing is written")
    parser.add_argument("--keep", action="store_true", help="write the project's own table, too")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help=f"compare with the programs of another checkout ({', '.join(WITH_BEFORE)})",
    )
    args = parser.parse_args(argv)
    unknown = set(args.groups) - set(WITH_BEFORE if args.against else GROUPS)
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    if args.against and not (args.against / "atlas-sw").is_dir():
        parser.error(f"{args.against} is no checkout of this project")
    if args.keep and (args.quick or args.against):
        parser.error("--keep is for figures against the peers, with the large inputs")
    return args


def here_and_now(rows: Sequence[Row]) -> Group:
    """Note when, on which machine and with which versions rows were measured."""
    versions = {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    return Group(str(date.today()), this_machine(), versions, rows)


def this_machine() -> str:
    """Tell the number and the name of the processors, and the system."""
    name = platform.processor()
    if (info := Path("/proc/cpuinfo")).exists():
        lines = info.read_text().splitlines()
        name = next((line.split(":")[1].strip() for line in lines if "model name" in line), name)
    return f"{os.cpu_count()} processors ({name}), {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    main()
