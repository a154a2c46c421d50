"""The style of all pictures, their caption, their margins, and how they are saved."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btagging.figures import caption, text
from btagging.jets.stream import Jets
from btagging.large_import import large_import

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf")
_COMPRESSION: dict[str, Any] = {"png": {"pil_kwargs": {"compress_level": 1}}}  # the rest is slow
_LABEL = 0.88  # inches from the vertical label to its panel
_LONGEST_STEM = 100  # characters

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.labelsize": 14,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # TrueType: journals and editors take no Type 3 fonts
    "savefig.dpi": 200,
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
    n_jets: Sequence[int],
    size: tuple[float, float],
    *,
    margins: tuple[float, float, float, float] = (0.98, 0.15, 0.62, 0),
    spaces: tuple[float, float] = (0.2, 0.2),
    note: str = "",
) -> Figure:
    """Make a figure with a caption and room for its panels.

    From here on, matplotlib draws in this project's style, whatever a matplotlibrc says.

    Parameters
    ----------
    jets, n_jets
        For the caption: the number of jets in the picture is that of each flavour, or of all.
    size
        Width and height in inches.
    margins
        Inches left, right, below and, for titles, above the panels. They are fixed, because
        matplotlib's automatic layout takes as long as drawing.
    spaces
        Between panels, in widths and heights of a panel.
    note
        A few words for the caption.
    """
    with large_import():
        from matplotlib import rcdefaults, rcParams
        from matplotlib.figure import Figure

    rcdefaults()  # a user's `usetex` needs a LaTeX that may not be there
    rcParams.update(_STYLE)
    (width, height), (left, right, below, above) = size, margins
    figure = Figure(figsize=size)
    top = 1 - (caption.HEIGHT + above) / height
    figure.subplots_adjust(left / width, below / height, 1 - right / width, top, *spaces)
    caption.draw_caption(figure, jets, n_jets, note)
    return figure


def label_axes(panel: Axes, across: str, upwards: str, *, size: float = 14) -> None:
    """Label the axes, at a fixed distance from the panel, and no longer than it.

    The size, in points, is that of the vertical label.
    """
    from matplotlib.transforms import blended_transform_factory

    figure: Any = panel.figure
    inches, box = figure.get_size_inches(), panel.get_position()
    width, height = inches * box.size
    text.shrink(panel.set_xlabel(across), width)
    label = panel.set_ylabel(upwards, va="top", size=size)
    text.shrink(label, height)
    sideways = blended_transform_factory(figure.dpi_scale_trans, panel.transAxes)
    panel.yaxis.set_label_coords(box.x0 * inches[0] - _LABEL, 0.5, sideways)


def writers(
    figure: Figure, stem: Path, formats: Sequence[str] | None = None
) -> dict[Path, Callable[[Path], object]]:
    """Make the functions that write a picture, for `btagging.output.write_files`.

    Parameters
    ----------
    stem
        File name without its extension.
    formats
        "pdf", "png", "svg"; None for `FORMATS`.
    """

    def write(path: Path, ending: str) -> None:
        # Without the date the same jets give the same bytes.
        date = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(ending)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")  # in the name of a sample
            figure.savefig(path, format=ending, metadata=date, **_COMPRESSION.get(ending, {}))

    return {
        stem.with_name(f"{stem.name}.{ending}"): partial(write, ending=ending)
        for ending in formats or FORMATS
    }


def all_writers(
    pictures: Mapping[str, Figure], folder: Path, formats: Sequence[str] | None = None
) -> dict[Path, Callable[[Path], object]]:
    """Make the functions that write pictures, as `writers`; the files are named after them."""
    stems = file_stems(list(pictures))
    return {
        path: write
        for name, picture in pictures.items()
        for path, write in writers(picture, folder / stems[name], formats).items()
    }


def file_stems(names: Sequence[str]) -> dict[str, str]:
    """Make file names, without their extensions, from any names that differ.

    Returns
    -------
    dict
        For each name one of letters, digits and ``_+-``, unique also where case is ignored.
    """
    stems: dict[str, str] = {}
    for name in names:
        stem = re.sub(r"[^\w+-]", "_", name, flags=re.ASCII)[:_LONGEST_STEM]
        taken = {other.lower() for other in stems.values()}
        numbered = (f"{stem}_{n}" for n in count(2))
        stems[name] = next(s for s in chain([stem], numbered) if s.lower() not in taken)
    return stems
