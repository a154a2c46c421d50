"""Files that announce more than they hold: one line at once, and no memory taken for it."""

from __future__ import annotations

import lzma
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import cramjam
import h5py
import pytest
import xxhash
from dumpxaod.__main__ import main
from dumpxaod.errors import CorruptDataError
from dumpxaod.rootio import compression
from dumpxaod.rootio.branch_index import open_file
from dumpxaod.rootio.compression import decompress
from dumpxaod.rootio.encodings import Packing
from dumpxaod.rootio.page_list import Cluster
from dumpxaod.rootio.rntuple import RNTupleStore
from dumpxaod.rootio.schema import StoredColumn
from dumpxaod.rootio.ttree import TTreeStore
from rewritten import Change, rewrite

FIXTURES = Path(__file__).parents[1] / "fixtures"
SOURCE = FIXTURES / "rntuple.root"
MANY = 2**32 - 1
LARGEST = 2**31 - 1


def block(algorithm: bytes, data: bytes, size: int) -> bytes:
    return algorithm + b"\1" + len(data).to_bytes(3, "little") + size.to_bytes(3, "little") + data


def with_checksum(data: bytes) -> bytes:
    return xxhash.xxh64_digest(data) + data


UNREADABLE = "its content cannot be decompressed"
ALGORITHMS: dict[bytes, Callable[[bytes], bytes]] = {
    b"ZL": zlib.compress,
    b"XZ": lzma.compress,
    b"ZS": lambda data: bytes(cramjam.zstd.compress(data)),
    b"L4": lambda data: with_checksum(bytes(cramjam.lz4.compress_block(data, store_size=False))),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("wrong", [-1, 1, 900])
def test_blocks_with_more_or_less_than_they_announce_are_damage(
    algorithm: bytes, wrong: int
) -> None:
    data = ALGORITHMS[algorithm](bytes(1000))
    assert decompress(block(algorithm, data, 1000), 1000) == bytes(1000)
    # Which of the two is told first is the compression's own affair.
    told = rf"^(1000 bytes were compressed instead of {1000 + wrong}|{UNREADABLE})$"
    with pytest.raises(CorruptDataError, match=told):
        decompress(block(algorithm, data, 1000 + wrong), 1000 + wrong)
    with pytest.raises(CorruptDataError, match=r"^1000 bytes were compressed instead of 1001$"):
        decompress(block(algorithm, data, 1000), 1001)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_more_is_decompressed_than_was_announced(algorithm: bytes) -> None:
    """A block of some kilobytes holds a gigabyte, and says that it holds a thousand bytes."""
    data = ALGORITHMS[algorithm](bytes(2**28))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CorruptDataError, match=f"^{UNREADABLE}$"):
        decompress(block(algorithm, data, 1000), 1000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_a_content_that_would_fill_the_memory_is_not_decompressed() -> None:
    bomb = block(b"ZL", zlib.compress(bytes(2**23)), 2**23) * 1700
    size = 1700 * 2**23
    message = f"^{len(bomb)} bytes in the file claim to be {size} bytes of data$"
    with pytest.raises(CorruptDataError, match=message):
        decompress(bomb, size)


def test_the_checksum_of_lz4_is_compared() -> None:
    data = bytearray(ALGORITHMS[b"L4"](b"0123456789" * 100))
    data[-3] ^= 1
    with pytest.raises(CorruptDataError, match=r"^its checksum differs$"):
        decompress(block(b"L4", bytes(data), 1000), 1000)


def test_an_unknown_algorithm_is_named() -> None:
    with pytest.raises(
        CorruptDataError, match=r"^it is compressed by an unknown algorithm, b'CS'$"
    ):
        decompress(block(b"CS", b"????", 1000), 1000)


def test_uproot_decompresses_with_the_same_limits(tmp_path: Path) -> None:
    """A tree whose description decompresses to more than its key says."""
    content = (FIXTURES / "r21.root").read_bytes()
    start = content.rindex(b"ZL", 0, content.rindex(b"CollectionTree"))
    assert start > 0
    with open_file(str(FIXTURES / "r21.root")) as file:
        key = file.key("CollectionTree")
        at, length = key.data_cursor.index, key.data_compressed_bytes
    bomb = block(b"ZL", zlib.compress(bytes(2**25), 9)[: length - 9], key.data_uncompressed_bytes)
    path = tmp_path / "in.root"
    path.write_bytes(content[:at] + bomb.ljust(length, b"\0") + content[at + length :])
    with pytest.raises(CorruptDataError, match=f"^{UNREADABLE}$"), open_file(str(path)) as file:
        TTreeStore(file)


def put(position: int, form: str, *values: float) -> Change:
    """Change numbers of an envelope; a negative position counts from its end."""
    return lambda data: struct.pack_into(form, data, position % len(data), *values)


def first_list(data: bytearray) -> int:
    """Find the list of fields in a header, behind three strings."""
    position = 16
    for _ in range(3):
        position += 4 + int.from_bytes(data[position : position + 4], "little")
    return position


def fields(form: str, shift: int, value: int) -> Change:
    return lambda data: struct.pack_into(form, data, first_list(data) + shift, value)


def pages(form: str, shift: int, value: int) -> Change:
    """Change something in the list of pages of the first cluster's first column."""

    def change(data: bytearray) -> None:
        lists = 16 + abs(int.from_bytes(data[16:24], "little", signed=True))
        struct.pack_into(form, data, lists + 12 + 12 + shift, value)

    return change


LONGER = "in its description is longer than its bytes"
TOO_NEW = "too new for this program"
NUMBER = "EventInfoAuxDyn:eventNumber is damaged:"


def damaged(*words: str) -> str:
    return f"is damaged: {' '.join(words)}; fetch it again"


def unreadable(reason: str) -> str:
    return f"cannot be read ({reason}); the file is probably damaged: fetch it again"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": fields("<I", 8, MANY)}, damaged("a list", LONGER)),
        ({"header": fields("<q", 12, 0)}, damaged("a list", LONGER)),
        ({"header": fields("<q", 12, -8)}, damaged("a list", LONGER)),
        ({"header": fields("<I", 36, MANY)}, damaged("a name", LONGER)),
        (
            {"footer": put(24, "<q", 2**62)},
            unreadable(
                "error: unpack_from requires a buffer of at least 4611686018427387940 bytes for "
                "unpacking 12 bytes at offset 4611686018427387928 (actual buffer size is 160)"
            ),
        ),
        ({"header": put(8, "<Q", 1)}, f"its RNTuple uses a feature that is {TOO_NEW}"),
        ({"page_list": put(24, "<I", MANY)}, damaged("a list", LONGER)),
        ({"page_list": put(36, "<Q", 7)}, damaged("its clusters do not follow each other")),
        (
            {"page_list": put(92, "<Q", 2**55)},
            f"{NUMBER} 6 elements are there for 36028797018963968 events",
        ),
        ({"page_list": put(51, "<B", 1)}, f"its RNTuple has sharded clusters, which are {TOO_NEW}"),
        (
            {"page_list": pages("<I", 8, MANY)},
            f"{NUMBER} its list of pages is longer than its bytes",
        ),
        (
            {"page_list": pages("<i", 12, -LARGEST)},
            f"{NUMBER} {LARGEST} elements are there for 12 events",
        ),
        ({"page_list": pages("<i", 12, -1)}, f"{NUMBER} a page has 42 bytes for 1 numbers"),
        (
            {"page_list": pages("<i", 16, -1)},
            f"{NUMBER} a locator is of unknown type 0",
        ),
        (
            {"page_list": pages("<Q", 20, 2**62)},
            unreadable("OSError: [Errno 22] Invalid argument"),
        ),
        (
            {"anchor": put(0, ">H", 2)},
            f"its RNTuple is of format 2.0.2.0, which is {TOO_NEW}",
        ),
        (
            {"anchor": put(-8, ">Q", 2**62), "footer": put(0, "<H", 1)},
            damaged("the footer of the RNTuple is something else"),
        ),
        (
            {"anchor": put(24, ">Q", 2**62)},
            damaged(
                "the header of the RNTuple: 2960 bytes in the file claim to be "
                "4611686018427387904 bytes of data"
            ),
        ),
        (
            {"anchor": put(16, ">Q", 2**62)},
            unreadable("OSError: 3120 of 4611686018427387904 bytes arrived"),
        ),
    ],
)
def test_counts_beyond_the_file_are_one_line(
    changes: dict[str, Change], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every checksum is right, and every count a lie."""
    path = rewrite(SOURCE, tmp_path / "in.root", **changes)
    names = ["--variables", "eventNumber", "pt"]
    assert main(["-o", str(tmp_path / "o.h5"), *names, "--", str(path)]) == 2
    assert capsys.readouterr().err == f"dump-xaod: error: {path}: {message}\n"


def test_a_rewritten_file_is_read_as_before(tmp_path: Path) -> None:
    """Without a lie the other tests' way of writing changes nothing."""
    path = rewrite(SOURCE, tmp_path / "in.root")
    for name in (path, SOURCE):
        assert main(["-o", f"{tmp_path / name.stem}.h5", str(name)]) == 0
    with h5py.File(tmp_path / "in.h5") as one, h5py.File(tmp_path / "rntuple.h5") as other:
        assert one["jets"][:].tobytes() == other["jets"][:].tobytes()


COLUMN = StoredColumn(0, Packing(0x0C, 32), True, False, 0)


def cluster(n_events: int, n_columns: int, *, first_value: int = 0) -> Cluster:
    """Make a cluster with a page of three floats in its column."""
    page = struct.pack("<iiQ", 3, 12, 100)
    pages = struct.pack("<qI", -(12 + len(page) + 12), 1) + page
    return Cluster(0, n_events, pages + struct.pack("<qI", first_value, 0), [0] * n_columns)


def test_zeros_stand_before_the_first_element_of_a_late_column() -> None:
    piece = cluster(5, 1).piece(COLUMN, is_per_event=True)
    assert piece is not None
    content = struct.pack("<3f", 1, 2, 3)
    assert piece.numbers(iter([content])).tolist() == [0, 0, 1, 2, 3]
    before = cluster(5, 0).piece(COLUMN, is_per_event=True)
    assert before is not None
    assert before.numbers(iter([])).tolist() == [0] * 5


@pytest.mark.parametrize(("n_events", "is_late"), [(2, True), (2, False), (5, False)])
def test_only_a_late_column_may_lack_elements(n_events: int, is_late: bool) -> None:
    column = COLUMN._replace(is_late=is_late)
    message = rf"^3 elements are there for {n_events} events$"
    with pytest.raises(CorruptDataError, match=message):
        cluster(n_events, 1).piece(column, is_per_event=True)


def test_elements_of_collections_are_never_made_up() -> None:
    piece = cluster(5, 1).piece(COLUMN, is_per_event=False)
    assert piece is not None
    assert piece.n_zeros == 0


def test_a_column_in_another_representation_is_not_here() -> None:
    assert cluster(3, 1, first_value=-1).piece(COLUMN, is_per_event=True) is None
    unused = COLUMN._replace(is_unused_before=True)
    assert cluster(3, 0).piece(unused, is_per_event=True) is None


def test_a_large_page_has_a_locator_of_its_own_kind() -> None:
    page = struct.pack("<iiQQ", 3, -(1 << 24 | 20), 12, 2**40)
    data = struct.pack("<qI", -(12 + len(page) + 12), 1) + page + struct.pack("<qI", 0, 0)
    piece = Cluster(0, 3, data, [0]).piece(COLUMN, is_per_event=True)
    assert piece is not None
    assert piece.pages[0].span == (2**40, 2**40 + 12)


@pytest.mark.parametrize("flag", [[], ["-O"]])
def test_checksums_are_compared_without_assertions_too(flag: list[str], tmp_path: Path) -> None:
    """Of anchor, header, footer and page list: a flipped bit anywhere in them."""
    content = SOURCE.read_bytes()
    with open_file(str(SOURCE)) as file:
        start = file.key("EventData").data_cursor.index
    anchor = struct.unpack_from(">HHHHQQQQQQ", content, start + 6)
    path = tmp_path / "in.root"
    for position, name in (
        (start + 50, ""),
        (anchor[4] + anchor[5] // 2, "the header of the RNTuple: "),
        (anchor[7] + anchor[8] // 2, "the footer of the RNTuple: "),
    ):
        flipped = bytearray(content)
        flipped[position] ^= 4
        path.write_bytes(flipped)
        arguments = ["-o", str(tmp_path / "o.h5"), str(path)]
        code = f"from dumpxaod.__main__ import main; main({arguments!r})"
        found = subprocess.run(
            [sys.executable, *flag, "-c", code],
            cwd=FIXTURES.parents[1] / "atlas-sw",
            capture_output=True,
            text=True,
            check=True,
        )
        reason = damaged(f"{name}its checksum differs")
        assert found.stderr == f"dump-xaod: error: {path}: {reason}\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rntuple.root", True),  # each page has one
        ("late_pages.root", False),
        ("physlite.root", False),  # Zstandard
        ("direct.root", False),  # not compressed
    ],
)
def test_a_store_knows_whether_damage_would_be_noticed(name: str, expected: bool) -> None:
    with open_file(str(FIXTURES / name)) as file:
        is_tree = "CollectionTree" in file
        store = TTreeStore(file) if is_tree else RNTupleStore(file)
        assert store.has_checksums
        store.read([("AnalysisJets", "pt")], 0, store.n_events)
        assert store.has_checksums is expected


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_only_zstandard_has_no_checksum(algorithm: bytes) -> None:
    data = block(algorithm, ALGORITHMS[algorithm](bytes(1000)), 1000)
    assert compression.has_checksum(data, 1000) is (algorithm != b"ZS")
    assert not compression.has_checksum(data, len(data))


# Of the objects: how many, the numbers of the first and the last event with one, and three pt.
REAL = {
    "AnalysisElectrons": (
        57,
        293298007,
        293298101,
        [23935.30859375, 9905.78515625, 65289.12890625],
    ),
    "AnalysisPhotons": (
        263,
        293298007,
        293298101,
        [10153.3203125, 2679.3466796875, 11998.9560546875],
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_late_containers_of_a_real_derivation_belong_to_their_events(
    name: str, daod_dir: Path, tmp_path: Path
) -> None:
    """154 columns of this file begin at event 1 or later, as ROOT's reader shows."""
    output = tmp_path / "o.h5"
    arguments = ["-c", name, "--min-pt=-1", "--max-abs-eta=99", "--variables", "eventNumber", "pt"]
    daod = daod_dir / "r25_physlite_rntuple.root"
    assert main(["-o", str(output), *arguments, "--", str(daod)]) == 0
    with h5py.File(output) as file:
        numbers = file["jets"]["eventNumber"]
        first = file["jets"]["pt"][:3]
    assert (len(numbers), numbers[0], numbers[-1], first.tolist()) == REAL[name]


def test_jets_that_lack_a_late_variable_are_refused(
    cases_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ROOT makes up an empty vector for each event, which is not a value for each jet."""
    daod = cases_dir / "daod" / "late2.root"
    assert main(["-o", str(tmp_path / "o.h5"), str(daod)]) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {daod}: AnalysisJets has more or fewer values of GN2v01_pb than "
        "AnalysisJets has of pt\n"
    )


@pytest.mark.parametrize(("name", "n_jets"), [("late1", 12), ("late3", 19), ("late5", 12)])
def test_jets_of_events_before_and_after_an_extension(
    name: str, n_jets: int, cases_dir: Path, tmp_path: Path
) -> None:
    """Jet k of event i has pt 30000 + 100 i + k, and the event the number 1000 + i."""
    output = tmp_path / "o.h5"
    daod = cases_dir / "daod" / f"{name}.root"
    assert main(["-o", str(output), "--variables", "eventNumber", "pt", "--", str(daod)]) == 0
    with h5py.File(output) as file:
        jets = file["jets"][:]
    assert len(jets) == n_jets
    assert ((jets["pt"] - 30000) // 100 == jets["eventNumber"] - 1000).all()


def test_a_count_that_let_the_program_hang(
    cases_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod = cases_dir / "daod" / "rntuple_hang.root"
    assert main(["-o", str(tmp_path / "o.h5"), str(daod)]) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {daod}: is damaged: a list in its description is longer than its "
        "bytes; fetch it again\n"
    )


def test_a_branch_and_its_tree_have_the_same_number_of_entries() -> None:
    with open_file(str(FIXTURES / "direct.root")) as file:
        store = TTreeStore(file)
        store.n_events += 1
        message = r"^AnalysisJetsAuxDyn\.pt has 20 entries and the tree 21$"
        with pytest.raises(CorruptDataError, match=message):
            store.read([("AnalysisJets", "pt")], 0, 1)
