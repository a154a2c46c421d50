"""Virtual datasets of tracks: all rows are somewhere, whole, and those of their jets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.jets.stream import open_jets
from btagging.jets.track_file import read_track_file

JETS = toy.jets(100)
TRACKS = np.zeros((100, 4), [("valid", "?"), ("dr", "f2")])
TRACKS["dr"] = np.arange(400).reshape(100, 4)
TRACKS["valid"] = TRACKS["dr"] % 3 > 0  # with gaps, as after a selection of UPP


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write two files, part0.h5 and part1.h5."""
    for i, rows in enumerate((slice(0, 30), slice(30, 100))):
        with h5py.File(tmp_path / f"part{i}.h5", "w") as file:
            file["jets"], file["tracks"] = JETS[rows], TRACKS[rows]
    return tmp_path


def shown(name: str, parts: Sequence[str], places: Any = ...) -> h5py.VirtualLayout:
    """Show the rows of some parts one after the other, and some of the places for tracks."""
    dtype, inner = (TRACKS.dtype, (4,)) if name == "tracks" else (JETS.dtype, ())
    layout, first = h5py.VirtualLayout((100, *inner), dtype), 0
    for part in parts:
        n = 30 if part == "part0.h5" else 70
        source = h5py.VirtualSource(part, name, (n, *inner))
        layout[slice(first, first + n), places] = source[:, places]
        first += n
    return layout


def join(folder: Path, order: Sequence[int] = (0, 1), **more: Any) -> Path:
    """Make both datasets of a file virtual, the tracks with the parts in some order."""
    path = folder / "all.h5"
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("jets", shown("jets", ("part0.h5", "part1.h5")))
        parts = [f"part{i}.h5" for i in order]
        file.create_virtual_dataset("tracks", shown("tracks", parts, **more))
    return path


def tracks_of(path: Path) -> np.ndarray:
    batches = open_jets([path]).batches(["jf_sig", "tracks/dr", "tracks/valid"], 7)
    rows = [np.stack([batch["tracks/dr"], batch["tracks/valid"]]) for batch in batches]
    return np.concatenate(rows, axis=1)


EXPECTED = np.stack([TRACKS["dr"], TRACKS["valid"]])


def test_rows_are_those_of_the_parts(folder: Path) -> None:
    np.testing.assert_array_equal(tracks_of(join(folder)), EXPECTED)


def test_only_the_tracks_are_virtual(folder: Path) -> None:
    path = join(folder)
    with h5py.File(path, "r+") as file:
        del file["jets"]
        file["jets"] = JETS
    np.testing.assert_array_equal(tracks_of(path), EXPECTED)


def test_a_virtual_dataset_of_virtual_ones(folder: Path) -> None:
    inner = join(folder).rename(folder / "inner.h5")
    with h5py.File(folder / "all.h5", "w") as file, h5py.File(inner) as source:
        for name in ("jets", "tracks"):
            layout = h5py.VirtualLayout(source[name].shape, source[name].dtype)
            layout[:] = h5py.VirtualSource("inner.h5", name, source[name].shape)
            file.create_virtual_dataset(name, layout)
    np.testing.assert_array_equal(tracks_of(folder / "all.h5"), EXPECTED)


def test_rows_in_pieces_of_several_lengths(folder: Path) -> None:
    """HDF5 lists the corners of their blocks."""
    some = [0, 1, 2, 10, 11, 20]
    others = [i for i in range(30) if i not in some]
    path = join(folder)
    with h5py.File(path, "r+") as file:
        for name, rows in (("jets", JETS[:30]), ("tracks", TRACKS[:30])):
            layout = h5py.VirtualLayout(rows.shape, rows.dtype)
            source = h5py.VirtualSource("part0.h5", name, rows.shape)
            layout[:6], layout[6:] = source[some], source[others]
            del file[name]
            file.create_virtual_dataset(name, layout)
    np.testing.assert_array_equal(tracks_of(path), EXPECTED[:, some + others])


def _replaced(rows: np.ndarray, **options: Any) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            del file["tracks"]
            file.create_dataset("tracks", rows.shape, rows.dtype, **options)[:60] = rows[:60]

    return replace


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda path: path.unlink(),
            "virtual dataset whose source part1.h5 is gone; put it back",
        ),
        (
            _replaced(TRACKS[30:, :2]),
            "virtual dataset whose source part1.h5 has rows of shape (2,) instead of (4,); make "
            "it again",
        ),
        (
            _replaced(TRACKS[30:, 0]),
            "virtual dataset whose source part1.h5 has rows of shape () instead of (4,); make "
            "it again",
        ),
        (
            _replaced(TRACKS[31:]),
            "virtual dataset whose source part1.h5 no longer has 70 rows in tracks; make the "
            "virtual dataset again",
        ),
        (
            _replaced(TRACKS[30:], chunks=(10, 4)),
            "virtual dataset with a bad source: {folder}/part1.h5: /tracks has parts that were "
            "never written; make the file again",
        ),
    ],
)
def test_what_would_be_read_as_jets_without_tracks_is_told(
    change: Any, message: str, folder: Path
) -> None:
    path = join(folder)
    (file,) = open_jets([path]).files
    change(folder / "part1.h5")
    with pytest.raises(UserError) as caught:
        read_track_file(file)
    assert str(caught.value) == f"{path}: {message.format(folder=folder)}"


def test_tracks_of_other_jets(folder: Path) -> None:
    path = join(folder, (1, 0))
    with pytest.raises(UserError) as caught:
        tracks_of(path)
    assert str(caught.value) == (
        f"{path}: /tracks: virtual dataset that shows other rows than /jets; make both again, "
        "from the same files in the same order"
    )


@pytest.mark.parametrize("places", [np.s_[:2], np.s_[::2], np.s_[1:]])
def test_places_for_tracks_that_lead_to_nothing(places: slice, folder: Path) -> None:
    path = join(folder, places=places)
    with pytest.raises(UserError, match=r"all\.h5: the file is damaged \(rows that are shown in p"):
        tracks_of(path)
