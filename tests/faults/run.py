"""Break things on purpose, and count how often the promises are kept.

    make faults
    python tests/faults/run.py [--tries N] [--seed N] [--write] [GROUP...]

With --write the table in the README beside this file is written again.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # forked children must not miss threads

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from attempt import KEPT  # noqa: E402

GROUPS = ("damage", "kills", "disk", "models", "servers")


def main() -> None:
    """Try group after group, and show the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)} (all)")
    parser.add_argument("--tries", type=int, default=200, help="per row (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (%(default)s)")
    parser.add_argument("--write", action="store_true", help="write the table into the README")
    args = parser.parse_args()
    lines = []
    for group in args.groups or GROUPS:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            module = importlib.import_module(f"try_{group}")
            for what, counts in module.rows(Path(folder), args.tries, args.seed):
                lines.append(as_row(what, counts))
                print(lines[-1], flush=True)
        print(f"{group}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    if args.write:
        write(lines)


def as_row(what: str, counts: Counter[str]) -> str:
    """Write a row of the table: what, tried, kept, and what was not."""
    kept = sum(counts[name] for name in KEPT)
    rest = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()) if name not in KEPT)
    return f"| {what} | {counts.total()} | {kept} | {rest} |"


def write(lines: list[str]) -> None:
    """Put the table between the marks in the README."""
    table = "\n".join(["| tried | times | kept | not kept |", "|---|---|---|---|", *lines])
    path = HERE / "README.md"
    marked = re.sub(
        r"(<!-- results -->\n).*(\n<!-- end -->)",
        lambda match: f"{match[1]}{date.today()}\n\n{table}{match[2]}",
        path.read_text(),
        flags=re.DOTALL,
    )
    path.write_text(marked)


if __name__ == "__main__":
    main()
