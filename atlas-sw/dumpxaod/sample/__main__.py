"""Write the built-in sample: in `atlas-sw`, `python3 -m dumpxaod.sample FILE.root`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from dumpxaod.errors import UserError, exit_code, leave
from dumpxaod.sample import EVENTS, SEED


def main(argv: Sequence[str] | None = None) -> int:
    """Write the sample, and return the exit code; without `argv`, read the command line."""
    parser = argparse.ArgumentParser(prog="sample", description="Write the synthetic sample.")
    parser.add_argument("output", type=Path, help="the file to write")
    parser.add_argument("--events", type=int, default=EVENTS, help="number of events (%(default)s)")
    parser.add_argument(
        "--keep-larger", action="store_true", help="keep an existing file with more events"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="of the events (%(default)s)")
    args = parser.parse_args(argv)

    def work() -> None:
        from dumpxaod.sample.derivation import write

        if args.keep_larger and args.output.is_file():
            _require_not_larger(args.output, args.events)
        write(args.output, args.events, args.seed)
        print(f"{args.output}: synthetic ttbar, {args.events:,} events")

    return exit_code(work, "sample")


def _require_not_larger(path: Path, n_events: int) -> None:
    from dumpxaod.rootio.daod import open_daod

    with open_daod(str(path)) as daod:
        before = daod.store.n_events
    if before > n_events:
        raise UserError(
            f"{path}: has {before:,} events, more than {n_events:,}; remove it first, or choose "
            "another folder with -o"
        )


if __name__ == "__main__":
    leave(main())
