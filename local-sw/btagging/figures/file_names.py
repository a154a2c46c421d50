"""File names of pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, count

_LONGEST_STEM = 100  # characters


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
