"""The tracks of jets: a dataset beside that of the jets, which has one row of tracks per jet.

A row has room for as many tracks as the dumper was asked for; `valid` tells which of them are
tracks, and which are padding. A field of the tracks goes by its name after `PREFIX`, as in
`tracks/dr`, and is an array of shape (jets, tracks) wherever a field of the jets is of
shape (jets,).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from btagging.jets.chunks import row_reader
from btagging.jets.dataset import PREFIX
from btagging.jets.storage import bytes_per_row

if TYPE_CHECKING:
    import h5py

VALID = f"{PREFIX}valid"

_AT_ONCE = 2**20  # bytes of tracks: what the processor's cache holds

Reader = Callable[[range], NDArray[Any]]
Wanted = Callable[[range], NDArray[np.bool_]]


def split_fields(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the fields of jets from those of their tracks."""
    tracks = [name for name in names if name.startswith(PREFIX)]
    return [name for name in names if name not in tracks], tracks


def with_tracks(
    jets: h5py.Dataset, dataset: str, names: Sequence[str], wanted: Wanted | None = None
) -> Reader:
    """Choose how to read the rows of jets, together with fields of their tracks if any are named.

    Parameters
    ----------
    jets
        The dataset of the jets. Its file must stay open.
    dataset
        The name of that of the tracks.
    names
        Fields of the tracks, with `PREFIX`.
    wanted
        Tells which of some rows are wanted. In a chunk without any, which need not be
        decompressed, no track is valid. None: all are wanted.

    Returns
    -------
    callable
        As `row_reader` gives it: a field of the tracks is one more field of the rows.
    """
    read_jets = row_reader(jets)
    if not names:
        return read_jets
    tracks = jets.file[dataset]
    read_tracks = row_reader(tracks)
    chunk = tracks.chunks[0] if tracks.chunks else 1
    n = max(_AT_ONCE // (bytes_per_row(tracks) * chunk), 1) * chunk
    fields = {name: name.removeprefix(PREFIX) for name in names}
    more = [(name, tracks.dtype[field], tracks.shape[1:]) for name, field in fields.items()]

    def read(rows: range) -> NDArray[Any]:
        of_jets = read_jets(rows)
        own = of_jets.dtype.names or ()
        result = np.zeros(len(rows), [*((name, of_jets.dtype[name]) for name in own), *more])
        for name in own:
            result[name] = of_jets[name]
        for start in range(0, len(rows), n):
            some = slice(start, start + n)
            if wanted is None or wanted(rows[some]).any():
                of_tracks = read_tracks(rows[some])
                for name, field in fields.items():
                    result[name][some] = of_tracks[field]
        return result

    return read
