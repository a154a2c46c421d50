"""Read, cut, shuffle, split and join our jets and their tracks with atlas-ftag-tools.

use_ftag_tracks.py FOLDER
    FOLDER: with tracks.h5 of dump-xaod --tracks
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
from chosen_tracks import INPUTS, KEY, check_tracks
from ftag import Cuts
from ftag.hdf5 import H5Reader
from step import call, check_equal, tell

VARIABLES = {"jets": [*KEY, "pt"], "tracks": ["valid", *INPUTS]}


def main() -> None:
    """Do one thing after the other; the first that fails ends the example."""
    folder = Path(sys.argv[1])
    path, out = folder / "tracks.h5", folder / "ftag_tracks"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    read_in_batches(path)
    split_as_it_is(path, out)
    split_and_join(path, out)
    add_field(path, out)


def read_in_batches(path: Path) -> None:
    """Read a selection, shuffled, in batches that don't divide the number of jets."""
    reader = H5Reader(path, batch_size=101, shuffle=True)
    batches = list(reader.stream(VARIABLES, cuts=Cuts.from_list(["pt > 30e3"])))
    jets, tracks = (np.concatenate([b[name] for b in batches]) for name in ("jets", "tracks"))
    with h5py.File(path) as file:
        pt = file["jets"]["pt"]
    assert len(jets) == np.sum(pt > 30e3)
    assert not np.array_equal(jets["pt"], pt[pt > 30e3]), "not shuffled"
    tell(
        "`H5Reader`: jets and tracks, batches of 101, a cut, shuffled",
        f"{len(jets):,} of {len(pt):,} jets with {check_tracks(path, jets, tracks):,} tracks, "
        "equal",
    )


def split_as_it_is(path: Path, out: Path) -> None:
    """Split a file with /eventwise, which has another number of rows than /jets."""
    try:
        call("h5split", "--src", path, "--dst", out / "as_it_is", "-n", "1000000")
    except RuntimeError as error:
        tell("`h5split` beside `/eventwise`", f"stops: {error}")
    else:
        tell("`h5split` beside `/eventwise`", "works")


def split_and_join(path: Path, out: Path) -> None:
    """Split jets and tracks into files, the events in each, and join these virtually."""
    moved = out / "moved.h5"
    shutil.copy(path, moved)
    call("h5move", "--fname", moved, "--src", "/eventwise", "--dst", "/metadata/eventwise")
    with h5py.File(path) as file:
        n_jets, events = len(file["jets"]), file["eventwise"][:]
        per_file = n_jets // 3
        call("h5split", "--src", moved, "--dst", out / "split", "-n", str(per_file))
        parts = sorted((out / "split").glob("*.h5"))
        for i, name in enumerate(parts):
            rows = np.s_[i * per_file : (i + 1) * per_file]
            with h5py.File(name) as part:
                check_equal(part["jets"][:], file["jets"][rows])
                check_equal(part["tracks"][:], file["tracks"][rows])
                check_equal(part["metadata/eventwise"][:], events)
    tell(
        "`h5split` after `h5move --src /eventwise --dst /metadata/eventwise`",
        f"{len(parts)} files, all jets and tracks equal, all events in each",
    )
    call("vds", f"{out}/split/*.h5", out / "vds.h5")
    with h5py.File(out / "vds.h5") as file:
        jets, tracks = file["jets"][:], file["tracks"].fields(VARIABLES["tracks"])[:]
    assert len(jets) == n_jets
    tell("`vds` of these", f"{check_tracks(path, jets, tracks):,} tracks, equal")


def add_field(path: Path, out: Path) -> None:
    """Add a field to the jets, and leave the tracks as they are."""
    added = f"{Path(__file__).parent / 'added_field.py'}:log_pt"
    datasets = ("--input_groups", "jets", "tracks")
    result = ("--append_function", added, "--output", out / "added.h5")
    call("h5addcol", "-i", path, *datasets, *result)
    with h5py.File(path) as before, h5py.File(out / "added.h5") as after:
        np.testing.assert_allclose(after["jets"]["log_pt"], np.log(before["jets"]["pt"]), 1e-6)
        check_equal(after["tracks"][:], before["tracks"][:])
    tell("`h5addcol --input_groups jets tracks`", "one more field, the tracks equal")


if __name__ == "__main__":
    main()
