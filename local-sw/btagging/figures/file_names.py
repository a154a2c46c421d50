"""Names of files for pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, count

_LONGEST_STEM = 100  # characters


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
