"""Names from files in pictures: drawn literally, and no wider than there is room."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.text import Text


def literal(text: str) -> str:
    """Escape a text so that matplotlib draws it literally, and lists it in a legend."""
    return text.replace("$", r"\$") if not text.startswith("_") else literal(f" {text}")


def width(text: str, size: float) -> float:
    """Return the width in inches of a text, in math text or not, at a size in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    dollars = text.count("$") - text.count(r"\$")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # characters that the font lacks
        points, _, _ = text_to_path.get_text_width_height_descent(
            text if dollars else text.replace(r"\$", "$"), FontProperties(size=size), dollars > 0
        )
    return float(points) / 72


def elided(text: str, size: float, inches: float) -> str:
    """Cut the middle out of a text without math that is too wide; `size` is in points."""
    full = width(literal(text), size)
    keep = len(text)
    while full > inches and keep > 1:
        keep = min(keep - 1, int(keep * inches / full))
        shorter = f"{text[: keep - keep // 2]}…{text[len(text) - keep // 2 :]}"
        full = width(literal(shorter), size)
        if full <= inches:
            return shorter
    return text


def shrink(text: Text, inches: float) -> None:
    """Reduce the size of a text that is wider than there is room."""
    size = float(text.get_fontsize())
    longest = max(width(line, size) for line in text.get_text().split("\n"))
    text.set_fontsize(size * min(1, inches / max(longest, 1e-9)))
