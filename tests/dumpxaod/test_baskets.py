"""The baskets of a TTree, against those that uproot reads, and what is wrong with broken ones."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from dumpxaod.errors import CorruptDataError
from dumpxaod.files.local import LocalSource
from dumpxaod.rootio.basket import read_basket
from dumpxaod.rootio.baskets import Branch, fetch_baskets
from dumpxaod.rootio.compression import decompress
from dumpxaod.rootio.elements import Element
from dumpxaod.rootio.lazy_uproot import deferred
from dumpxaod.rootio.vectors import read_vectors

COMPRESSIONS = {
    "none": None,
    "zlib": uproot.ZLIB(1),
    "lzma": uproot.LZMA(1),
    "lz4": uproot.LZ4(1),
    "zstd": uproot.ZSTD(1),
}
Batch = list[list[float]]
BATCHES: list[Batch] = [
    [[1.5, 2.5], []],
    [[3.5]],
    [[], [], []],
    [[4.5], [5.5, 6.5, 7.5]],
]
EVENTS = [event for batch in BATCHES for event in batch]


@pytest.fixture(params=COMPRESSIONS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Write a tree of four baskets per branch: of runs of numbers, and of one number per entry."""
    path = tmp_path / "in.root"
    with uproot.recreate(path, compression=COMPRESSIONS[request.param]) as file:
        tree = file.mktree("tree", {"x": "var * float32", "n": "int64"})
        for i, batch in enumerate(BATCHES):
            x = ak.values_astype(ak.Array(batch), "f4")
            tree.extend({"x": x, "n": np.full(len(batch), i)})
    return path


def read(path: Path, name: str, dtype: str, start: int, stop: int) -> tuple[list[int], list[Any]]:
    with uproot.open(path) as file, LocalSource(str(path)) as source:
        branch = Branch(file["tree"][name], len(EVENTS))
        contents = fetch_baskets(source, [branch], start, stop)[name]
        column = read_vectors(*branch.join(contents, start, stop), Element(np.dtype(dtype)))
    return column.counts.tolist(), column.values.tolist()


@pytest.mark.parametrize("start", range(len(EVENTS)))
def test_any_range_of_entries_comes_back(path: Path, start: int) -> None:
    for stop in range(start + 1, len(EVENTS) + 1):
        events = EVENTS[start:stop]
        counts, values = read(path, "x", ">f4", start, stop)
        assert counts == [len(event) for event in events]
        assert values == [value for event in events for value in event]
        numbers = [i for i, batch in enumerate(BATCHES) for _ in batch][start:stop]
        assert read(path, "n", ">i8", start, stop) == ([1] * len(events), numbers)


@pytest.mark.parametrize("name", ["x", "n"])
def test_a_basket_in_the_tree_itself_is_as_good_as_one_in_the_file(path: Path, name: str) -> None:
    """What uproot has made of it already: its bytes, and where its entries start, if not evenly."""
    with uproot.open(path) as file, LocalSource(str(path)) as source:
        branch, n = file["tree"][name], len(EVENTS)
        *most, last = fetch_baskets(source, [Branch(branch, n)], 0, n)[name]
        expected = Branch(branch, n).join([*most, last], 0, n)
        found = Branch(branch, n).join([*most, branch.basket(len(most))], 0, n)
    assert found.data.tobytes() == expected.data.tobytes()
    assert [b.tolist() for b in found.bounds] == [b.tolist() for b in expected.bounds]


@pytest.mark.parametrize(
    ("name", "n_with_bounds"),
    [("r21_full_ttree.root", 425), ("r22_physlite_ttree.root", 117)],
)
def test_baskets_of_real_derivations_are_those_of_uproot(
    name: str, n_with_bounds: int, daod_dir: Path
) -> None:
    path = daod_dir / name
    with uproot.open(path) as file, LocalSource(str(path)) as source:
        tree, compared = file["CollectionTree"], 0
        for branch in (b for b in tree.branches if "Jets" in b.name and b.num_baskets):
            n = int(tree.num_entries)
            ours = Branch(branch, n)
            entries = ours.join(fetch_baskets(source, [ours], 0, n)[branch.name], 0, n)
            baskets = [branch.basket(i) for i in range(branch.num_baskets)]
            assert entries.data.tobytes() == b"".join(b.data.tobytes() for b in baskets)
            if len(baskets) == 1 and baskets[0].byte_offsets is not None:
                assert entries.bounds[0].tolist() == baskets[0].byte_offsets[:-1].tolist()
                assert entries.bounds[1].tolist() == baskets[0].byte_offsets[1:].tolist()
                compared += 1
    assert compared == n_with_bounds


@pytest.mark.parametrize("algorithm", [a for a in COMPRESSIONS if a != "none"])
@pytest.mark.parametrize("size", [1000, 2**24 + 1000])  # larger than 16 MB: two blocks
def test_what_was_compressed_is_decompressed(algorithm: str, size: int) -> None:
    content = b"0123456789" * (size // 10)
    data, n = uproot.compression.compress(content, COMPRESSIONS[algorithm]), len(content)
    assert len(data) < n
    assert decompress(data, n) == content
    with pytest.raises(CorruptDataError, match=rf"^{n} bytes were compressed instead of {n + 1}$"):
        decompress(data, n + 1)
    with pytest.raises(CorruptDataError, match=r"^its content cannot be decompressed$"):
        decompress(data[:-20], n)


def test_content_that_was_not_compressed_is_itself() -> None:
    assert decompress(b"ZL is how it begins", 19) == b"ZL is how it begins"


def basket(*, starts: tuple[int, ...] = (0, 2, 3), end: int = 5, flag: int = 12) -> bytes:
    """Three entries in five bytes; nothing is compressed."""
    content = b"aabcc" + struct.pack(">5i", 4, *(30 + start for start in starts), 0)
    key = struct.pack(">ihiIh", 30 + len(content), 4, len(content), 0, 30)
    return key + b"?" * 5 + struct.pack(">iib", 3, 30 + end, flag) + content


class Described:
    """What `Branch` asks of uproot's branches."""

    name = "x"
    entry_offsets: tuple[int, ...] = (0, 3)

    def entries_to_ranges_or_baskets(self, start: int, stop: int) -> list[Any]:
        """Tell where the one basket is."""
        return [(0, (0, 99))]


def test_a_basket_worked_out_by_hand() -> None:
    entries = Branch(Described(), 3).join([basket()], 1, 3)
    assert entries.data.tobytes() == b"aabcc"
    assert [bound.tolist() for bound in entries.bounds] == [[2, 3], [3, 5]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (basket(starts=(0, 3, 2)), "the entries of a basket are not in order"),
        (basket(starts=(1, 2, 3)), "the entries of a basket are not in order"),
        (basket(starts=(0, 2, 6)), "the entries of a basket are not in order"),
        (basket(starts=(0, 2, -1)), "the entries of a basket are not in order"),
        (basket(flag=92), "a basket of 55 bytes has an unknown layout"),
        (basket() + b"?", "a basket of 56 bytes has an unknown layout"),
        (basket(end=25), "a basket has 25 bytes for 3 numbers"),
        (basket(end=26), "a basket of 55 bytes has an unknown layout"),
        (basket(end=9), "a basket has 30 positions for 3 entries"),
    ],
)
def test_contradictions_are_damage(content: bytes, message: str) -> None:
    with pytest.raises(CorruptDataError, match=f"^{message}$"):
        Branch(Described(), 3).join([content], 0, 3)


OTHER_NUMBER = r"^a basket has more or fewer entries than the tree says$"


def test_other_numbers_of_entries_than_the_tree_says_are_damage() -> None:
    described = Described()
    described.entry_offsets = (0, 4)
    with pytest.raises(CorruptDataError, match=OTHER_NUMBER):
        Branch(described, 4).join([basket()], 0, 4)


def test_a_basket_says_where_its_entries_start() -> None:
    found = read_basket(basket())
    assert found.data == b"aabcc"
    assert (found.starts - found.origin).tolist() == [0, 2, 3]


def test_a_file_that_ends_too_early_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"0123456789")
    with LocalSource(str(path)) as source:
        assert source.num_bytes == 10
        assert source.fetch([(0, 3), (8, 10)]) == [b"012", b"89"]
        with pytest.raises(OSError, match=r"^2 of 3 bytes arrived$"):
            source.fetch([(8, 11)])
    assert source.closed


def test_a_deferred_module_is_imported_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with deferred("colorsys"):
        import colorsys
    assert "colorsys" not in sys.modules
    assert colorsys.rgb_to_hsv(1, 1, 1) == (0, 0, 1)
    assert "colorsys" in sys.modules
    with deferred("colorsys"):  # it is there by now
        assert hasattr(sys.modules["colorsys"], "hsv_to_rgb")
    assert "colorsys" in sys.modules


def test_a_deferred_module_may_be_used_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with deferred("colorsys"):
        import colorsys

        assert colorsys.hsv_to_rgb(0, 0, 1) == (1, 1, 1)
    assert "colorsys" in sys.modules


def test_the_dumper_does_without_awkward_array(tmp_path: Path) -> None:
    """Loading it takes longer than dumping a small file."""
    fixture = Path(__file__).parents[1] / "fixtures" / "physlite.root"
    code = (
        "import sys; from dumpxaod.__main__ import main; "
        f"code = main(['-o', {str(tmp_path / 'o.h5')!r}, {str(fixture)!r}]); "
        "sys.exit(code or 'awkward.contents' in sys.modules)"
    )
    folder = Path(__file__).parents[2] / "atlas-sw"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder).returncode == 0


def test_baskets_that_overlap_are_damage(path: Path) -> None:
    """All together they cannot be larger than the file."""
    with uproot.open(path) as file, LocalSource(str(path)) as source:
        branch = Branch(file["tree"]["x"], len(EVENTS))
        branches = [branch] * source.num_bytes
        with pytest.raises(CorruptDataError, match=r"^its baskets are larger than the file$"):
            fetch_baskets(source, branches, 0, len(EVENTS))


@pytest.mark.parametrize("firsts", [(1, 3), (0, 4, 3)])
def test_baskets_follow_each_other(firsts: tuple[int, ...]) -> None:
    described = Described()
    described.entry_offsets = firsts
    with pytest.raises(CorruptDataError, match=r"^the baskets of x do not follow each other$"):
        Branch(described, 3)


def test_a_branch_has_as_many_entries_as_its_tree() -> None:
    with pytest.raises(CorruptDataError, match=r"^x has 3 entries and the tree 4$"):
        Branch(Described(), 4)


def test_a_range_beyond_the_end_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"0123456789")
    message = r"^2 of 1000000000000000 bytes arrived$"
    with LocalSource(str(path)) as source, pytest.raises(OSError, match=message):
        source.fetch([(8, 8 + 10**15)])
