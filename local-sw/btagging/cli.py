"""The arguments of the plotting scripts.

NumPy, h5py and the rest take longer to load than a person takes to see a typing mistake: nothing
here needs them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from btagging.errors import UserError
from btagging.jets.hdf5 import existing


def parser(description: str | None) -> argparse.ArgumentParser:
    """Make the parser of a plotting script.

    Parameters
    ----------
    description
        The script's docstring.
    """
    result = argparse.ArgumentParser(description=description)
    result.add_argument("jets", nargs="+", type=existing, metavar="JETS.h5", help="files of jets")
    result.add_argument(
        "-o",
        "--output",
        type=folder,
        default=Path("plots"),
        help="folder for the pictures (%(default)s)",
    )
    result.add_argument(
        "-n",
        "--nn",
        nargs=2,
        type=Path,
        metavar=("ARCHITECTURE", "WEIGHTS"),
        help="add the network that train_nn.py saved in these two files",
    )
    result.add_argument(
        "--format",
        action="append",
        choices=("pdf", "png", "svg"),
        help="of the pictures, may be given more than once (png and pdf)",
    )
    return result


def verdict_parser(description: str | None) -> argparse.ArgumentParser:
    """Make the parser of a script that compares a network with others, on jets new to it."""
    result = parser(description)
    result.add_argument(
        "--all-jets",
        action="store_true",
        help="with --nn: use the jets that the network was trained on, too",
    )
    return result


def folder(name: str) -> Path:
    """Turn the name of a folder, which need not exist, into its path.

    Raises
    ------
    UserError
        If the name is empty.
    """
    if not name:
        raise UserError("-o: the name of the folder is empty; name one, or leave -o out")
    return Path(name)


def inputs(args: argparse.Namespace) -> list[Path]:
    """List the files that a script reads, none of which it may write over."""
    return [*args.jets, *(args.nn or [])]
