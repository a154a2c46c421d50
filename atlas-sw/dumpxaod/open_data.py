"""Simulation for everyone: derivations of ATLAS Open Data, listed or downloaded.

From `atlas-sw`: `python3 -m dumpxaod.open_data 410470 -o ../data`. Which datasets there are is
told by https://opendata.atlas.cern; `atlasopenmagic` knows the addresses of their files.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import UserError, exit_code, leave
from .patience import patiently

RELEASE = "2024r-pp"  # proton collisions for research, as DAOD_PHYSLITE
DATASET = "410470"  # the tutorial's ttbar
TIMEOUT = 60  # seconds without a byte


def main(argv: Sequence[str] | None = None) -> int:
    """List or download some files of a dataset.

    Parameters
    ----------
    argv
        Arguments; those of the process where None.

    Returns
    -------
    int
        As of `errors.exit_code`; after Ctrl-C, the next call goes on from there.
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

    Parameters
    ----------
    dataset
        Its number.

    Raises
    ------
    UserError
        If it is unknown, or the service or the package that knows it is not there.
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
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"ATLAS Open Data cannot give dataset {dataset}: {reason}") from None


def download(url: str, folder: Path) -> str:
    """Download a file; it gets its name when all its bytes are there.

    Parameters
    ----------
    url
        Its address.
    folder
        Where to put it. What an interrupted call left there is used.

    Returns
    -------
    str
        What was done.

    Raises
    ------
    UserError
        If it cannot be had.
    """
    target = folder / url.rpartition("/")[2]
    if target.exists():
        return f"{target}: is there already"
    partial = target.with_name(f".{target.name}.part")
    try:
        n_bytes = patiently(lambda: _continue(url, partial))
    except UserError as error:
        raise UserError(f"{url}: {error}") from None
    partial.replace(target)
    return f"{target}: {n_bytes} bytes, from ATLAS Open Data"


def _continue(url: str, partial: Path) -> int:
    """Fetch the bytes that a file lacks, and return how many it has then."""
    start = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return _save(answer, partial, start)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is behind the bytes that are there
            partial.unlink()
            raise OSError("the file that was begun is too long") from None
        if error.code in (403, 404, 410):
            raise UserError(f"there is no such file (HTTP {error.code})") from None
        raise


def _save(answer: Any, partial: Path, start: int) -> int:
    if answer.status != 206:  # all of it comes, whatever was asked for
        start = 0
    size = start + int(answer.headers["Content-Length"])
    with partial.open("ab" if start else "wb") as file:
        shutil.copyfileobj(answer, file)
    n_bytes = partial.stat().st_size
    if n_bytes != size:
        raise OSError(f"{n_bytes} of {size} bytes arrived")
    return n_bytes


if __name__ == "__main__":
    leave(main())
