"""Run the benchmarks and write their tables into the README beside this file.

    make bench
    python tests/benchmarks/run.py [--quick] [GROUP...]

The inputs and the peers' environments stay in $BENCH_DIR (or a folder for temporary files):
some 10 GB.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS), str(TESTS.parent / "local-sw")]

from inputs import HERE, SCRATCH  # noqa: E402
from results import as_tables, keep, recall  # noqa: E402
from setting import Setting  # noqa: E402

GROUPS = (
    "start",
    "dump",
    "plots",
    "network",
    "memory",
    "many_files",
    "scaling",
    "hdf5",
    "numerics",
)
PACKAGES = ("numpy", "h5py", "uproot", "keras", "tensorflow", "matplotlib")


def main() -> None:
    """Set up, measure group after group, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)} (all)")
    parser.add_argument("--quick", action="store_true", help="small inputs, and no tables")
    args = parser.parse_args()
    SCRATCH.mkdir(parents=True, exist_ok=True)
    subprocess.run([HERE / "set_up.sh", SCRATCH], check=True)
    results = SCRATCH / ("quick.jsonl" if args.quick else "results.jsonl")
    for group in args.groups or GROUPS:
        print(f"== {group}")
        keep(importlib.import_module(f"bench_{group}").rows(Setting(args.quick)), results)
    tables = as_tables(recall(results))
    print(tables)
    if not args.quick:
        write(tables)


def write(tables: str) -> None:
    """Put the tables, the machine and the versions between the marks in the README."""
    versions = ", ".join(f"{name} {installed(name)}" for name in PACKAGES)
    text = (
        f"{date.today()}, {os.cpu_count()} processors ({processor()}), {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {versions}.\n\n{tables}"
    )
    path = HERE / "README.md"
    marked = re.sub(
        r"(<!-- results -->\n).*(\n<!-- end -->)",
        lambda match: match[1] + text + match[2],
        path.read_text(),
        flags=re.DOTALL,
    )
    path.write_text(marked)


def installed(name: str) -> str:
    """Tell which version of a package is here, if any."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "(none)"


def processor() -> str:
    """Tell the processor's name, on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
