"""The two ways of storing, read back against what was written by other hands."""

from __future__ import annotations

import struct
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from dumpxaod.errors import CorruptDataError
from dumpxaod.rootio.branch_index import open_file
from dumpxaod.rootio.elements import Element, Member
from dumpxaod.rootio.encodings import Packing
from dumpxaod.rootio.envelope import verify_checksum
from dumpxaod.rootio.rntuple import RNTupleStore
from dumpxaod.rootio.vectors import read_member, read_vectors
from hypothesis import given
from hypothesis import strategies as st

floats = st.floats(width=32)
vectors = st.lists(st.lists(floats, max_size=4), min_size=1, max_size=5)


FLOATS = Element(np.dtype(">f4"), 10)


def vector(values: list[float]) -> bytes:
    """Serialise a std::vector<float> as TBufferFile does."""
    body = struct.pack(f">HI{len(values)}f", 9, len(values), *values)
    return struct.pack(">I", 0x40000000 | len(body)) + body


def bounds(parts: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    stops = np.cumsum([len(part) for part in parts])
    return stops - [len(part) for part in parts], stops


@given(vectors)
def test_vectors_come_back(events: list[list[float]]) -> None:
    parts = [vector(event) for event in events]
    data = np.frombuffer(b"".join(parts), np.uint8)
    column = read_vectors(data, bounds(parts), FLOATS)
    assert column.counts.tolist() == [len(event) for event in events]
    flat = np.array([value for event in events for value in event], np.float32)
    assert np.array_equal(column.values, flat, equal_nan=True)
    assert column.values.dtype == np.float32


@given(vectors, st.data())
def test_members_of_unsplit_objects_come_back(
    events: list[list[float]], data: st.DataObject
) -> None:
    """A base class, a number and a vector stand before the wanted member."""
    base = struct.pack(">I", 0x40000000 | 6) + b"junk!!"
    before = data.draw(st.lists(floats, max_size=3))
    parts = [base + b"\0\0\0\7" + vector(before) + vector(event) + b"rest" for event in events]
    members = [
        Member("Base", "BASE", has_length=True),
        Member("n", "int", has_length=False),
        Member("eta", "vector<float>", has_length=True),
        Member("pt", "vector<float>", has_length=True),
    ]
    raw = np.frombuffer(b"".join(parts), np.uint8)
    column = read_member(raw, bounds(parts), members, FLOATS)
    assert column.counts.tolist() == [len(event) for event in events]
    flat = np.array([value for event in events for value in event], np.float32)
    assert np.array_equal(column.values, flat, equal_nan=True)
    n = read_member(raw, bounds(parts), members[:2], Element(np.dtype(">i4")))
    assert n.values.tolist() == [7] * len(events)


def test_contradictory_bytes_are_damage() -> None:
    good = vector([1.0, 2.0])
    wrong_length = np.frombuffer(good.replace(b"\0\0\0\2", b"\0\0\0\3"), np.uint8)
    with pytest.raises(
        CorruptDataError, match=r"^the lengths of its vectors contradict their sizes$"
    ):
        read_vectors(wrong_length, bounds([good]), FLOATS)
    with pytest.raises(
        CorruptDataError, match=r"^the sizes of its vectors are not multiples of their elements'$"
    ):
        read_vectors(wrong_length, bounds([good[:-1]]), FLOATS)
    pt = Member("pt", "vector<float>", has_length=True)
    with pytest.raises(CorruptDataError, match=r"^its objects end before pt$"):
        read_member(np.frombuffer(good[:-1], np.uint8), bounds([good[:-1]]), [pt], FLOATS)
    with pytest.raises(CorruptDataError, match=r"^its objects have no pt of known length$"):
        read_member(np.frombuffer(bytes(20), np.uint8), bounds([bytes(20)]), [pt], FLOATS)
    state = Member("state", "xAOD::State", has_length=False)
    with pytest.raises(CorruptDataError, match=r"^its objects have a state of unknown length$"):
        read_member(np.frombuffer(good, np.uint8), bounds([good]), [state, pt], FLOATS)


@pytest.mark.parametrize(
    ("typename", "expected"),
    [
        ("vector<float>", (">f4", 10)),
        ("vector<unsigned char>", ("u1", 10)),
        ("unsigned long long", (">u8", 0)),
        ("vector<vector<vector<float> > >", None),
        ("vector<string>", None),
        ("float[3]", None),
        ("BASE", None),
    ],
)
def test_types_of_members(typename: str, expected: tuple[str, int] | None) -> None:
    found = Member("x", typename, has_length=True).element
    assert found == (expected and Element(np.dtype(expected[0]), expected[1]))


TYPES = ["f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?"]


@pytest.mark.parametrize("dtype", TYPES)
def test_pages_written_by_uproot_come_back(dtype: str, tmp_path: Path) -> None:
    """Three clusters with empty events, for every type of number that uproot writes."""
    rng = np.random.default_rng(1)
    counts = [0, 3, 1, 0, 5, 2]
    arrays = [
        ak.unflatten(rng.integers(0, 2**40, sum(counts)).astype(dtype), counts) for _ in range(3)
    ]
    with uproot.recreate(tmp_path / "a.root") as file:
        ntuple = file.mkrntuple("EventData", {"XAuxDyn:v": arrays[0]})
        for array in arrays[1:]:
            ntuple.extend({"XAuxDyn:v": array})
    with open_file(str(tmp_path / "a.root")) as file:
        store = RNTupleStore(file)
        column = store.read([("X", "v")], 0, 18)["X", "v"]
        part = store.read([("X", "v")], 0, 4)["X", "v"]
    expected = ak.concatenate(arrays)
    assert column.counts.tolist() == counts * 3
    assert column.values.tolist() == ak.to_list(ak.flatten(expected))
    assert column.values.dtype == np.dtype(dtype)
    assert part.values.tolist() == ak.to_list(ak.flatten(expected[:4]))


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=20))
def test_split_zigzag_pages_decode(values: list[int]) -> None:
    """ROOT writes int32 split and zigzag; uproot doesn't, so the encoding is done here."""
    zigzag = np.array([2 * v if v >= 0 else -2 * v - 1 for v in values], "<u4")
    page = zigzag.view("u1").reshape(-1, 4).T.tobytes()
    assert Packing(0x13, 32).decode(page, len(values)).tolist() == values


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_split_index_pages_decode(counts: list[int]) -> None:
    page = np.array(counts, "<u8").view("u1").reshape(-1, 8).T.tobytes()
    assert Packing(0x1B, 64).decode(page, len(counts)).tolist() == np.cumsum(counts).tolist()


def test_checksums_are_compared() -> None:
    with pytest.raises(CorruptDataError, match=r"^its checksum differs$"):
        verify_checksum(b"anything" + b"01234567")
