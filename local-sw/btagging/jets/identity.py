"""How to tell whether two files hold the same jets in the same order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from btagging.jets.hdf5 import damage_as_error
from btagging.jets.jet_file import JetFile, opened
from btagging.jets.tracks import split_fields, with_tracks

_ROWS = 4096


def digest(file: JetFile, fields: Sequence[str]) -> str:
    """Compute an identity from jets themselves: the first, some in the middle, and the last.

    It does not depend on how the file is compressed, or on what else it says of its jets.

    Parameters
    ----------
    file
        The jets.
    fields
        Those of its fields that count, of jets and of tracks.

    Returns
    -------
    str
        Hexadecimal digits.

    Raises
    ------
    UserError
        If these jets cannot be read.
    """
    found = hashlib.sha256(str(file.n_jets).encode())
    _, tracks = split_fields(fields)
    last = max(file.n_jets - _ROWS, 0)
    with damage_as_error(file.path), opened(file.path, file.dataset) as dataset:
        read = with_tracks(dataset, file.tracks, tracks)
        for start in (0, last // 2, last):
            rows = read(range(start, min(start + _ROWS, file.n_jets)))
            for name in fields:
                found.update(f"{name} {rows[name].dtype.str}".encode())
                found.update(rows[name].tobytes())
    return found.hexdigest()
