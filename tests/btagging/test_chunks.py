"""The reader that decompresses chunks itself gives what h5py gives, whatever the file's layout."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
import toy
from btagging import deflate
from btagging.errors import UserError
from btagging.jets import chunks
from btagging.jets.chunks import ahead, row_reader
from btagging.jets.storage import list_chunks
from btagging.jets.stream import open_jets
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

KINDS = ("i1", "u1", "<i2", ">i4", "<i8", "<f2", "<f4", ">f4", "<f8", "?", "S3", "(2,)<f4")
FILTERS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "gzip 1": {"compression": "gzip", "compression_opts": 1},
    "gzip 9": {"compression": "gzip", "compression_opts": 9},
    "shuffle": {"compression": "gzip", "shuffle": True},
    "shuffle alone": {"shuffle": True},
    "fletcher32": {"compression": "gzip", "fletcher32": True},
    "lzf": {"compression": "lzf"},
}


def read_all(dataset: h5py.Dataset, step: int) -> np.ndarray:
    read = row_reader(dataset)
    starts = range(0, len(dataset), step)
    parts = [read(range(i, min(i + step, len(dataset)))) for i in starts]
    # Not with np.concatenate, which closes the gaps between the fields.
    return np.frombuffer(b"".join(part.tobytes() for part in parts), parts[0].dtype)


def assert_same(found: np.ndarray, expected: np.ndarray) -> None:
    """Compare byte by byte, NaN included, but not what lies between the fields."""
    assert found.dtype == expected.dtype
    for name in expected.dtype.fields or ():
        assert found[name].tobytes() == expected[name].tobytes()


def decompresses_itself(dataset: h5py.Dataset) -> bool:
    """Tell by the array: zlib's bytes are read-only."""
    return not row_reader(dataset)(range(dataset.chunks[0])).flags.writeable


@st.composite
def layouts(draw: st.DrawFn) -> tuple[NDArray[Any], int, str]:
    """Draw rows of any type, and how a file stores them."""
    fields = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    dtype = np.dtype([(f"x{i}", kind) for i, kind in enumerate(fields)], align=draw(st.booleans()))
    n, chunk = draw(st.integers(1, 300)), draw(st.integers(1, 120))
    content = np.random.default_rng(n).integers(0, 2, n * dtype.itemsize, np.uint8)
    rows = np.zeros(n, dtype)
    for name in dtype.fields or ():
        rows[name] = content[: rows[name].size].reshape(rows[name].shape)
    return rows, chunk, draw(st.sampled_from(sorted(FILTERS)))


@settings(max_examples=150, deadline=None)
@given(layout=layouts(), chunks_a_read=st.integers(1, 5), latest=st.booleans())
def test_any_layout_is_read_as_h5py_reads_it(
    tmp_path_factory: pytest.TempPathFactory,
    layout: tuple[NDArray[Any], int, str],
    chunks_a_read: int,
    latest: bool,
) -> None:
    rows, chunk, filters = layout
    path = tmp_path_factory.mktemp("a") / "a.h5"
    with h5py.File(path, "w", libver="latest" if latest else "earliest") as file:
        file.create_dataset(
            "jets", data=rows, chunks=(chunk,), maxshape=(None,), **FILTERS[filters]
        )
    with h5py.File(path) as file:
        expected, found = file["jets"][:], read_all(file["jets"], chunk * chunks_a_read)
    assert_same(found, expected)


@pytest.mark.parametrize(
    ("kind", "filters", "itself"),
    [
        ("<f4", "gzip 1", True),
        (">f4", "gzip 9", True),
        ("<i8", "gzip 1", True),
        ("<f4", "nothing", False),
        ("<f4", "shuffle", False),
        ("<f4", "shuffle alone", False),
        ("<f4", "fletcher32", False),
        ("<f4", "lzf", False),
        ("S3", "gzip 1", False),
        ("(2,)<f4", "gzip 1", False),
    ],
)
def test_what_it_decompresses_itself(tmp_path: Path, kind: str, filters: str, itself: bool) -> None:
    rows = np.zeros(100, [("x", kind)])
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("jets", data=rows, chunks=(10,), **FILTERS[filters])
        assert decompresses_itself(dataset) == itself


def stored_raw(file: h5py.File) -> h5py.Dataset:
    """Make a dataset whose second chunk skipped the filter, as HDF5 does if it fails."""
    rows = toy.jets(100)
    dataset = file.create_dataset("jets", data=rows, chunks=(50,), compression="gzip")
    dataset.id.write_direct_chunk((50,), rows[50:].tobytes(), filter_mask=1)
    return dataset


def in_one_piece(file: h5py.File) -> h5py.Dataset:
    return file.create_dataset("jets", data=toy.jets(100))


def of_unaligned_type(file: h5py.File) -> h5py.Dataset:
    """Make a dataset with a gap between its fields in the file."""
    dtype = np.dtype({"names": ["x", "y"], "formats": ["<f4", "<i4"], "offsets": [0, 10]})
    rows = np.zeros(100, dtype)
    rows["x"], rows["y"] = np.arange(100), np.arange(100)[::-1]
    return file.create_dataset("jets", data=rows, chunks=(10,), compression="gzip")


@pytest.mark.parametrize("make", [stored_raw, in_one_piece, of_unaligned_type])
@pytest.mark.parametrize("userblock", [0, 512])
def test_odd_files(
    tmp_path: Path, make: Callable[[h5py.File], h5py.Dataset], userblock: int
) -> None:
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=userblock) as file:
        make(file)
    with h5py.File(tmp_path / "a.h5") as file:
        assert_same(read_all(file["jets"], 50), file["jets"][:])


def test_a_shrunk_dataset(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        options = {"chunks": (10,), "maxshape": (None,), "compression": "gzip"}
        file.create_dataset("jets", data=toy.jets(100), **options).resize((55,))
    with h5py.File(tmp_path / "a.h5") as file:
        assert_same(read_all(file["jets"], 20), toy.jets(100)[:55])


def test_without_chunk_iter(tmp_path: Path) -> None:
    """An old HDF5 library lists chunks one by one."""
    with h5py.File(toy.write(tmp_path / "a.h5", toy.jets(9000))) as file:
        jets = file["jets"].id
        old = SimpleNamespace(
            get_num_chunks=jets.get_num_chunks, get_chunk_info=jets.get_chunk_info
        )
        assert list_chunks(SimpleNamespace(id=old)) == list_chunks(file["jets"])
        assert [start for start, *_ in list_chunks(file["jets"])] == [0, 2048, 4096, 6144, 8192]


@pytest.mark.parametrize("library", [deflate.zlib, zlib])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no deflated bytes", "a chunk cannot be decompressed"),
        (zlib.compress(bytes(24)), "a chunk has 24 bytes instead of 120"),
        (zlib.compress(bytes(240)), "a chunk has more than 120 bytes instead of 120"),
        (zlib.compress(bytes(120))[:-1], "the end of a chunk is missing"),
        (zlib.compress(bytes(120))[:-1] + b"x", "a chunk cannot be decompressed"),
    ],
)
def test_a_damaged_chunk(
    tmp_path: Path, content: bytes, why: str, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "zlib", library)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("jets", data=toy.jets(40), chunks=(10,), compression="gzip")
        dataset.id.write_direct_chunk((20,), content)
    with pytest.raises(UserError) as caught:
        list(open_jets([path]).batches(["jf_sig"], 10))
    assert str(caught.value) == (
        f"{path}: jets 20 to 29 are unreadable ({why}); the file is damaged, copy or make it again"
    )


def test_large_chunks_are_split(tmp_path: Path) -> None:
    """Batches stay small, and each chunk is read once."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("jets", data=toy.jets(5000), chunks=(4000,), compression="gzip")
    sizes = [len(batch["jf_sig"]) for batch in open_jets([path]).batches(["jf_sig"], 1500)]
    assert sizes == [1500, 1500, 1000, 1000]


def test_works_ahead_in_order_but_not_far() -> None:
    started = []
    lock = threading.Lock()

    def square(x: int) -> int:
        with lock:
            started.append(x)
        return x * x

    for done, (x, result) in enumerate(ahead(square, range(100))):
        assert (x, result.result()) == (done, done * done)
        assert max(started) <= done + 5
    assert sorted(started) == list(range(100))


def test_a_reader_that_stops_early_leaves_no_thread(tmp_path: Path) -> None:
    path = toy.write(Path(tmp_path / "a.h5"), toy.jets(50_000))
    before = threading.active_count()
    batches = open_jets([path]).batches(["jf_sig"], 2048)
    next(batches)
    assert isinstance(batches, Generator)
    batches.close()
    assert threading.active_count() == before
