"""What all pictures have in common: their style, their caption, and how they are saved."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btagging.errors import shown
from btagging.jets.stream import Jets
from btagging.large_import import large_import

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf")
_LONGEST_STEM = 100  # characters

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.labelsize": 14,
    "legend.frameon": False,
    "text.usetex": False,  # LaTeX may not be there
    "svg.hashsalt": "jets",  # the same picture gives the same bytes
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
}


def new_figure(
    jets: Jets,
    n_jets: int,
    size: tuple[float, float],
    *,
    margins: tuple[float, float, float, float] | None = None,
) -> Figure:
    """Make an empty figure with its caption: the kind of sample, its name, the jets drawn.

    From here on, matplotlib draws in this project's style.

    Parameters
    ----------
    jets
        Whose kind and sample are written.
    n_jets
        Number of jets in the picture.
    size
        Width and height in inches.
    margins
        Inches left, right, below and above the panels. None: matplotlib finds out, for which it
        draws all twice.
    """
    with large_import():
        from matplotlib import rcParams
        from matplotlib.figure import Figure

    rcParams.update(_STYLE)
    width, height = size
    figure = Figure(figsize=size, layout=None if margins else "constrained")
    if margins:
        left, right, below, above = margins
        figure.subplots_adjust(left / width, below / height, 1 - right / width, 1 - above / height)
    else:
        figure.suptitle("\n")  # keeps two lines free
    kind = jets.kind.capitalize()
    figure.text(0.02, 1 - 0.08 / height, kind, va="top", weight="bold", size=13)
    called = "held-out jets" if jets.kept else "jets"
    figure.text(0.98, 1 - 0.08 / height, f"{n_jets:,} {called}", va="top", ha="right")
    sample = literal(_elide(shown(jets.sample, 1000), int(12 * width)))
    figure.text(0.02, 1 - 0.32 / height, sample, va="top", size=9)
    return figure


def literal(text: str) -> str:
    """Write a text so that matplotlib draws it as it stands, and lists it in a legend."""
    return text.replace("$", r"\$") if not text.startswith("_") else literal(f" {text}")


def file_stems(names: Sequence[str]) -> dict[str, str]:
    """Make names of files, without their endings, from any names.

    Parameters
    ----------
    names
        All different. They may be a stranger's: slashes and control characters do not stay.

    Returns
    -------
    dict
        For each name one of letters, digits and ``_+-``, unlike the others also where upper
        and lower case are the same.
    """
    stems: dict[str, str] = {}
    for name in names:
        stem = re.sub(r"[^\w+-]", "_", name, flags=re.ASCII)[:_LONGEST_STEM]
        taken = {other.lower() for other in stems.values()}
        numbered = (f"{stem}_{n}" for n in count(2))
        stems[name] = next(s for s in chain([stem], numbered) if s.lower() not in taken)
    return stems


def writers(
    figure: Figure, stem: Path, formats: Sequence[str] | None = None
) -> dict[Path, Callable[[Path], object]]:
    """Say how to write a picture, for `btagging.output.write_files`.

    Parameters
    ----------
    figure
        The picture.
    stem
        File name without its ending.
    formats
        Endings: "pdf", "png", "svg"; None for those that everybody needs.

    Returns
    -------
    dict
        For each file a function that writes it.
    """

    def write(path: Path, ending: str) -> None:
        # Without the date the same jets give the same bytes.
        date = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(ending)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")  # in a stranger's name
            figure.savefig(path, format=ending, dpi=150, metadata=date)
        figure.set_layout_engine("none")  # it is laid out once for all formats

    return {
        stem.with_name(f"{stem.name}.{ending}"): partial(write, ending=ending)
        for ending in formats or FORMATS
    }


def all_writers(
    pictures: Mapping[str, Figure], folder: Path, formats: Sequence[str] | None = None
) -> dict[Path, Callable[[Path], object]]:
    """Say how to write some pictures, as `writers` does for one.

    Parameters
    ----------
    pictures
        By their names, from which those of the files are made.
    folder
        Where to.
    formats
        As for `writers`.
    """
    stems = file_stems(list(pictures))
    return {
        path: write
        for name, picture in pictures.items()
        for path, write in writers(picture, folder / stems[name], formats).items()
    }


def _elide(text: str, width: int) -> str:
    """Cut the middle out of a text that is too wide: dataset names differ at both ends."""
    half = (width - 1) // 2
    return text if len(text) <= width else f"{text[:half]}…{text[-half:]}"
