"""A table of chunks that does not make sense is refused: HDF5 would read zeros, light jets."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import h5py
import pytest
import toy
from btagging.errors import UserError
from btagging.jets.jet_file import read_metadata
from btagging.jets.read_rows import row_ranges
from btagging.jets.stream import open_jets
from h5py import h5d, h5s, h5t

ROWS = toy.jets(100)
CHUNK = 40  # rows
BAD_TABLE = "its table of chunks contradicts itself"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("jets", data=ROWS, chunks=(CHUNK,), compression="gzip")
    return tmp_path / "a.h5"


def error(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        list(open_jets([path]).batches(["jf_sig"]))
    return str(caught.value)


def entries(path: Path) -> list[int]:
    """Find where the file says of each chunk: size, filter mask, first row, position."""
    with h5py.File(path) as file:
        chunks = file["jets"].id
        infos = [chunks.get_chunk_info(i) for i in range(chunks.get_num_chunks())]
    content = path.read_bytes()
    # A node's key is followed by the chunk's position; a row has no second dimension but 0.
    keys = [struct.pack("<IIQQQ", i.size, 0, i.chunk_offset[0], 0, i.byte_offset) for i in infos]
    return [content.index(key) for key in keys]


def overwrite(path: Path, position: int, kind: str, value: int) -> None:
    content = bytearray(path.read_bytes())
    struct.pack_into(kind, content, position, value)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("offset", "kind", "value", "reason"),
    [
        (0, "<I", 0, BAD_TABLE),
        (0, "<I", 1 << 20, BAD_TABLE),
        (4, "<I", 1, "the lengths of its chunks contradict their filters"),
        (8, "<Q", 2 * CHUNK, BAD_TABLE),
        (24, "<Q", 1 << 40, BAD_TABLE),
        (24, "<Q", 0, BAD_TABLE),
    ],
    ids=["no size", "large", "filter mask", "another's rows", "behind the end", "at the start"],
)
def test_an_entry_that_cannot_be(
    path: Path, offset: int, kind: str, value: int, reason: str
) -> None:
    overwrite(path, entries(path)[1] + offset, kind, value)
    assert error(path) == f"{path}: the file is damaged ({reason}); copy or make it again"


def test_chunks_that_overlap(path: Path) -> None:
    with h5py.File(path) as file:
        first = file["jets"].id.get_chunk_info(0).byte_offset
    overwrite(path, entries(path)[1] + 24, "<Q", first)
    assert error(path) == f"{path}: the file is damaged ({BAD_TABLE}); copy or make it again"


def test_a_chunk_far_longer_than_its_rows(path: Path) -> None:
    """A few bytes of deflate can be made to hold a thousand times as many."""
    with h5py.File(path, "r+") as file:
        file["jets"].id.write_direct_chunk((40,), zlib.compress(bytes(range(256)) * 40, 0))
    assert error(path) == (
        f"{path}: the file is damaged (the lengths of its chunks contradict their filters); "
        "copy or make it again"
    )


def test_a_chunk_that_holds_more_than_it_says(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["jets"].id.write_direct_chunk((40,), zlib.compress(bytes(1_000_000)))
    assert error(path) == (
        f"{path}: jets 0 to 99 are unreadable (a chunk has more than 480 bytes instead of 480); "
        "the file is damaged, copy or make it again"
    )


def test_chunks_of_absurd_size(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("jets", (2**25,), ROWS.dtype, chunks=(2**25,), compression="gzip")
    assert error(tmp_path / "a.h5") == (
        f"{tmp_path}/a.h5: its chunks have 402,653,184 bytes, more than 134,217,728; make them "
        "smaller: h5repack -l jets:CHUNK=2048 OLD.h5 NEW.h5"
    )


def test_deflated_more_than_once(tmp_path: Path) -> None:
    created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    created.set_chunk((CHUNK,))
    for _ in range(3):
        created.set_deflate(9)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        kind, space = h5t.py_create(ROWS.dtype), h5s.create_simple((100,))
        h5py.Dataset(h5d.create(file.id, b"jets", kind, space, created))[:] = ROWS
    assert error(tmp_path / "a.h5") == (
        f"{tmp_path}/a.h5: /jets is compressed more than once; make it again with h5repack"
    )


@pytest.mark.parametrize(("itemsize", "rows"), [(12, 65536), (1600, 4096), (2**20, 2048)])
def test_batches_are_bounded_in_bytes(tmp_path: Path, itemsize: int, rows: int) -> None:
    """At 400 fields a batch has fewer jets; it is never less than a chunk."""
    file = replace(
        read_metadata(toy.write(tmp_path / "a.h5", ROWS)), n_jets=2**17, bytes_per_row=itemsize
    )
    assert file.rows_per_chunk == 2048
    assert row_ranges(file, 65536)[:2] == [range(rows), range(rows, 2 * rows)]


def test_numbers_of_no_known_type(tmp_path: Path) -> None:
    """As after a flipped bit in the description of a field: here only 20 bits of 32 count."""
    odd = h5t.STD_I32LE.copy()
    odd.set_precision(20)
    kind = h5t.create(h5t.COMPOUND, 4)
    kind.insert(b"x", 0, odd)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        h5d.create(file.id, b"jets", kind, h5s.create_simple((10,)))
    assert error(tmp_path / "a.h5") == (
        f"{tmp_path}/a.h5: the file is damaged (the field x has numbers of no known type); "
        "copy or make it again"
    )


def test_rows_in_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("jets", data=ROWS, external=[("rows.bin", 0, h5py.h5f.UNLIMITED)])
    assert error(tmp_path / "a.h5") == (
        f"{tmp_path}/a.h5: the rows of /jets are in other files (rows.bin); make it again with "
        "h5repack"
    )
