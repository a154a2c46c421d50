"""Vectors of vectors: what is read is what was written, or refused in one line."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import awkward as ak
import nested_content
import numpy as np
import pytest
import uproot
from dumpxaod.errors import CorruptDataError, UserError
from dumpxaod.rootio.branch_index import open_file
from dumpxaod.rootio.column import Column
from dumpxaod.rootio.daod import open_daod
from dumpxaod.rootio.elements import LINK, LINK_MEMBERS, Element
from dumpxaod.rootio.nested import read_nested
from dumpxaod.rootio.rntuple import RNTupleStore
from dumpxaod.rootio.ttree import TTreeStore
from hypothesis import given
from hypothesis import strategies as st
from nested_content import BITS, BYTES, FLOATS, LATE, LINKS, N_EVENTS, SHORTS

FIXTURES = Path(__file__).parents[1] / "fixtures"
FLOAT_VECTORS = Element(np.dtype(">f4"), 10, is_nested=True)
KEYS, INDICES = (Element(LINK, 10, is_nested=True, member=member) for member in LINK_MEMBERS)

numbers = st.floats(width=32, allow_nan=False)
events = st.lists(st.lists(st.lists(numbers, max_size=3), max_size=4), min_size=1, max_size=5)


def serialised(vectors: list[list[bytes]]) -> bytes:
    """Serialise a vector of vectors as TBufferFile does, from its elements."""
    inner = b"".join(struct.pack(">I", len(v)) + b"".join(v) for v in vectors)
    body = struct.pack(">HI", 9, len(vectors)) + inner
    return struct.pack(">I", 0x40000000 | len(body)) + body


def floats(vectors: list[list[float]]) -> bytes:
    return serialised([[struct.pack(">f", x) for x in vector] for vector in vectors])


def link(key: int, index: int) -> bytes:
    base = struct.pack(">IHIII", 0x4000000E, 0, 0xFEB3DF9E, key, index)
    return struct.pack(">IHI", 0x40000018, 0, 0x67BFB073) + base


def read_bytes(parts: list[bytes], element: Element = FLOAT_VECTORS) -> Column:
    stops = np.cumsum([len(part) for part in parts])
    data = np.frombuffer(b"".join(parts), np.uint8)
    return read_nested(data, (stops - [len(part) for part in parts], stops), element)


def per_event(column: Column) -> list[list[list[Any]]]:
    """Put a column into lists, by a loop."""
    assert column.sizes is not None
    found: list[list[list[Any]]] = []
    vector, value = 0, 0
    for n_vectors in column.counts:
        found.append([])
        for size in column.sizes[vector : vector + n_vectors]:
            found[-1].append(column.values[value : value + size].tolist())
            value += size
        vector += n_vectors
    assert (vector, value) == (len(column.sizes), len(column.values))
    return found


@given(events)
def test_vectors_of_vectors_come_back(events: list[list[list[float]]]) -> None:
    column = read_bytes([floats(event) for event in events])
    assert per_event(column) == events
    assert column.values.dtype == np.float32


@given(events, st.integers(0, 5))
def test_the_first_events_are_kept_whole(events: list[list[list[float]]], n: int) -> None:
    assert per_event(read_bytes([floats(event) for event in events]).first(n)) == events[:n]


WRONG_LENGTHS = "the lengths of its vectors contradict their sizes"


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (3, 99, WRONG_LENGTHS),  # the byte count
        (4, 0x40, "its vectors are written memberwise, which cannot be read here"),
        (6, 0x7F, WRONG_LENGTHS),  # two thousand million vectors
        (9, 1, WRONG_LENGTHS),  # one vector of two
        (9, 3, WRONG_LENGTHS),
        (10, 0xFF, WRONG_LENGTHS),  # four thousand million numbers in the first
        (13, 1, WRONG_LENGTHS),
        (13, 3, WRONG_LENGTHS),
        (25, 0, WRONG_LENGTHS),  # the second has one number
        (25, 2, WRONG_LENGTHS),
    ],
)
def test_contradictory_sizes_are_damage(place: int, value: int, message: str) -> None:
    """Counts are believed only as far as the bytes go: nothing is made before they are checked."""
    good = bytearray(floats([[1.0, 2.0], [3.0]]))
    good[place] = value
    with pytest.raises(CorruptDataError, match=f"^{message}$"):
        read_bytes([bytes(good), floats([])])


def test_bytes_that_end_too_early_are_damage() -> None:
    with pytest.raises(CorruptDataError, match=r"^its vectors of vectors end too early$"):
        read_bytes([floats([])[:-1]])


def test_links_are_known_by_the_checksum_of_their_class() -> None:
    """The class of what they lead to matters not, that of ElementLinkBase does."""
    good = link(7, 8)
    other = good[:6] + b"abcd" + good[10:]
    assert per_event(read_bytes([serialised([[good], [other, good]])], KEYS)) == [[[7], [7, 7]]]
    for place in (0, 3, 5, 10, 19):
        bad = bytearray(good)
        bad[place] ^= 1
        with pytest.raises(CorruptDataError, match=r"^its element links have an unknown layout$"):
            read_bytes([serialised([[good, bytes(bad)]])], KEYS)


def bare_link(key: int, index: int) -> bytes:
    """Serialise a link as ROOT does if it knows the classes from the file alone."""
    return struct.pack(">IHIHII", 0x40000010, 1, 0x4000000A, 1, key, index)


@pytest.mark.parametrize("make", [link, bare_link])
def test_links_are_read_in_both_forms(make: Any) -> None:
    """Events without vectors and vectors without links come first."""
    events: list[Any] = [[], [[], []], [[], [make(7, 8), make(0, 0)], []], [[make(7, 9)]]]
    parts = [serialised(event) for event in events]
    assert per_event(read_bytes(parts, KEYS)) == [[], [[], []], [[], [7, 0], []], [[7]]]
    assert per_event(read_bytes(parts, INDICES)) == [[], [[], []], [[], [8, 0], []], [[9]]]
    assert per_event(read_bytes(parts[:2], KEYS)) == [[], [[], []]]


def test_both_forms_in_one_branch_are_refused() -> None:
    with pytest.raises(CorruptDataError):
        read_bytes([serialised([[link(7, 8)]]), serialised([[bare_link(7, 8)]])], KEYS)


GOOD = {
    "numbers": (floats([[1.0, 2.0], [], [3.0]]), FLOAT_VECTORS),
    "links": (serialised([[link(7, 8)], [], [link(7, 9), link(0, 0)]]), KEYS),
    "bare links": (serialised([[bare_link(7, 8)], [], [bare_link(7, 9)]]), KEYS),
}


@pytest.mark.parametrize("kind", GOOD)
@given(st.data())
def test_damaged_bytes_are_read_or_refused(kind: str, data: st.DataObject) -> None:
    good, element = GOOD[kind]
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    bad = bad[: data.draw(st.integers(0, len(bad)))] if data.draw(st.booleans()) else bad
    try:
        column = read_bytes([good, bytes(bad), good], element)
    except CorruptDataError:
        return
    assert per_event(column)[0] == per_event(column)[2] == per_event(read_bytes([good], element))[0]


def expected(variable: str, first: int = 0) -> list[list[list[Any]]]:
    found = [nested_content.event(i)[variable] for i in range(N_EVENTS)]
    return [[] if i < first else vectors for i, vectors in enumerate(found)]


def read(store: Any, names: list[tuple[str, str]], stop: int = N_EVENTS) -> list[Any]:
    columns = store.read(names, 0, stop, nested=names)
    return [per_event(columns[name]) for name in names]


def pairs(keys: list[Any], indices: list[Any]) -> list[Any]:
    """Join the two numbers of each link."""
    return [
        [list(zip(k, i, strict=True)) for k, i in zip(ks, js, strict=True)]
        for ks, js in zip(keys, indices, strict=True)
    ]


KEY_AND_INDEX = (f"{LINKS}.m_persKey", f"{LINKS}.m_persIndex")


@pytest.mark.parametrize("container", ["Jets", "Split", "Unsplit"])
def test_a_tree_of_root_comes_back(container: str) -> None:
    """In branches of their own, in a split store and in an unsplit one."""
    with open_file(str(FIXTURES / "nested.root")) as file:
        store = TTreeStore(file)
        assert {FLOATS, LINKS, BYTES} <= store.variables(container)
        names = [(container, name) for name in (*KEY_AND_INDEX, FLOATS, BYTES)]
        keys, indices, *others = read(store, names)
        assert pairs(keys, indices) == expected(LINKS)
        assert others == [expected(FLOATS), expected(BYTES)]


@pytest.mark.parametrize("variable", [BITS, SHORTS])
def test_other_types_of_numbers_come_back(variable: str) -> None:
    with open_file(str(FIXTURES / "nested.root")) as file:
        assert read(TTreeStore(file), [("Jets", variable)]) == [expected(variable)]


@pytest.mark.parametrize("n_events", [5, 8, N_EVENTS])
def test_late_vectors_of_vectors_are_empty_before(n_events: int) -> None:
    """Of the events before the variable entered the schema ROOT makes empty vectors."""
    with open_file(str(FIXTURES / "nested_late.root")) as file:
        names = [("Jets", name) for name in (*KEY_AND_INDEX, FLOATS)]
        keys, indices, numbers = read(RNTupleStore(file), names, n_events)
        assert pairs(keys, indices) == expected(LINKS, LATE[LINKS])[:n_events]
        assert numbers == expected(FLOATS, LATE[FLOATS])[:n_events]


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u1", "i8", "?"])
def test_pages_written_by_uproot_come_back(dtype: str, tmp_path: Path) -> None:
    """Three clusters, with events without vectors and vectors without numbers."""
    rng = np.random.default_rng(1)
    clusters = []
    for _ in range(3):
        sizes = rng.integers(0, 4, 11)
        values = rng.integers(0, 2**40, sizes.sum()).astype(dtype)
        clusters.append(ak.unflatten(ak.unflatten(values, sizes), [0, 3, 1, 0, 5, 2]))
    with uproot.recreate(tmp_path / "a.root") as file:
        ntuple = file.mkrntuple("EventData", {"XAuxDyn:v": clusters[0]})
        for cluster in clusters[1:]:
            ntuple.extend({"XAuxDyn:v": cluster})
    with open_file(str(tmp_path / "a.root")) as file:
        found = read(RNTupleStore(file), [("X", "v")], 18)
    assert found == [ak.concatenate(clusters).to_list()]


@pytest.mark.parametrize("name", ["nested.root", "nested_late.root"])
def test_they_are_refused_where_one_number_is_wanted(name: str) -> None:
    kind = {"nested.root": "vector<vector<float> >"}.get(name, "std::vector<std::vector<float>>")
    where = {"nested.root": "JetsAuxDyn.floats"}.get(name, "JetsAuxDyn:floats")
    with (
        open_daod(str(FIXTURES / name)) as daod,
        pytest.raises(UserError) as error,
    ):
        daod.store.read([("Jets", FLOATS)], 0, 5)
    assert str(error.value) == (
        f"{where} is {kind}, which cannot be read as one number per jet or event"
    )


PHYSLITE = (
    ("AnalysisJets", "GhostTrack"),
    ("InDetTrackParticles", "definingParametersCovMatrixDiag"),
    ("InDetTrackParticles", "definingParametersCovMatrixOffDiag"),
    ("PrimaryVertices", "trackParticleLinks"),
)
REAL = {
    "r21_full_ttree.root": (
        ("AntiKt4EMTopoJets", "GhostTrack"),
        ("BTagging_AntiKt4EMTopo", "BTagTrackToJetAssociator"),
        ("BTagging_AntiKt4EMTopo", "IP3D_valD0wrtPVofTracks"),
        ("BTagging_AntiKt4EMTopo", "IP3D_flagFromV0ofTracks"),
        ("InDetTrackParticles", "hitResiduals_etaWidth"),
    ),
    "r22_physlite_ttree.root": PHYSLITE,
    "r25_physlite_rntuple.root": PHYSLITE,
}


@pytest.mark.parametrize(
    ("name", "container", "variable"),
    [(name, *variable) for name, variables in REAL.items() for variable in variables],
)
def test_of_real_derivations_awkward_reads_the_same(
    name: str, container: str, variable: str, daod_dir: Path
) -> None:
    separator, tree = (":", "EventData") if "rntuple" in name else (".", "CollectionTree")
    with uproot.open(daod_dir / name, custom_classes=dict(uproot.classes)) as file:
        array = file[tree][f"{container}AuxDyn{separator}{variable}"].array()
    while array.fields and "m_persKey" not in array.fields:
        array = array[array.fields[0]]  # the base class of a link
    members = [f"{variable}.{member}" for member in array.fields] or [variable]
    names = [(container, member) for member in members]
    with open_daod(str(daod_dir / name)) as daod:
        columns = daod.store.read(names, 0, daod.store.n_events, nested=names)
    for (_, member), column in columns.items():
        reference = array[member.rpartition(".")[2]] if array.fields else array
        assert column.counts.tolist() == ak.num(reference).to_list()
        assert column.sizes is not None
        assert column.sizes.tolist() == ak.flatten(ak.num(reference, axis=2)).to_list()
        assert np.array_equal(column.values, ak.to_numpy(ak.flatten(reference, axis=None)))
        assert len(column.values) > 30
