"""Simulation for everyone: derivations of ATLAS Open Data, listed or downloaded.

From `atlas-sw`: `python3 -m dumpxaod.open_data 410470 -o ../data`. https://opendata.atlas.cern
lists the datasets; `atlasopenmagic` knows the addresses of their files.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dumpxaod.errors import UserError, exit_code, leave, os_reason
from dumpxaod.files.download import download

RELEASE = "2024r-pp"  # proton collisions for research, as DAOD_PHYSLITE
DATASET = "410470"  # the tutorial's ttbar


def main(argv: Sequence[str] | None = None) -> int:
    """List or download some files of a dataset; return the exit code.

    After Ctrl-C, the next call resumes the download.
    """
    parser = argparse.ArgumentParser(prog="open_data", description=__doc__.splitlines()[0])
    parser.add_argument("dataset", nargs="?", default=DATASET, help="number [%(default)s]")
    parser.add_argument("-n", type=int, default=1, help="how many files [%(default)s]")
    parser.add_argument("-o", "--folder", type=Path, help="download to it; without, list addresses")
    args = parser.parse_args(argv)

    def work() -> None:
        for url in addresses(args.dataset)[: args.n]:
            print(download(url, args.folder) if args.folder else url, flush=True)

    return exit_code(work, "open_data")


def addresses(dataset: str) -> list[str]:
    """Ask for the addresses of a dataset's files.

    Raises
    ------
    UserError
        If the dataset is unknown, the service does not answer, or its package is missing.
    """
    try:
        import atlasopenmagic
    except ModuleNotFoundError:
        raise UserError(
            f"needs another package: {sys.executable} -m pip install atlasopenmagic"
        ) from None
    try:
        atlasopenmagic.set_verbosity("error")
        atlasopenmagic.set_release(RELEASE)
        return list(atlasopenmagic.get_urls(dataset, protocol="https", cache=False))
    except (ValueError, OSError) as error:
        raise UserError(
            f"ATLAS Open Data cannot give dataset {dataset}: {os_reason(error)}"
        ) from error


if __name__ == "__main__":
    leave(main())
