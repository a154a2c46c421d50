"""What the plotting scripts have in common: their arguments, and what they say."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from btagging import figures
from btagging.discriminants import Discriminant, known
from btagging.jets import Jets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("pdf", "png")


def parser(description: str | None) -> argparse.ArgumentParser:
    """Make the parser of a plotting script.

    Parameters
    ----------
    description
        The script's docstring.
    """
    result = argparse.ArgumentParser(description=description)
    result.add_argument("jets", nargs="+", type=Path, metavar="JETS.h5", help="files of jets")
    result.add_argument(
        "-o",
        "--output",
        type=Path,
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
        help="of the pictures, may be given more than once (pdf and png)",
    )
    return result


def discriminants_of(jets: Jets, network_files: list[Path] | None) -> list[Discriminant]:
    """Collect the discriminants that the jets have, and the network's.

    Raises
    ------
    UserError
        If there are none, or the network does not fit the files.
    """
    if network_files is None:
        return known(jets.fields)
    from btagging import network

    return [*known(jets.fields), network.load(*network_files).discriminant()]


def summary(jets: Jets, left_out: Mapping[int, int]) -> str:
    """Say what was read, and what was left out and why."""
    lines = [f"read {jets.n_jets:,} jets ({jets.kind}: {jets.sample})"]
    lines += [f"left out jets with label {label}: {n:,}" for label, n in left_out.items()]
    lines += [f"left out field {name}, which not all files have" for name in jets.partial_fields]
    return "\n".join(lines)


def save(figure: Figure, stem: Path, formats: Sequence[str] | None) -> None:
    """Write a picture in some formats, or in those that everybody needs, and say where it is.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    for path in figures.save(figure, stem, formats or FORMATS):
        print(f"wrote {path}")
