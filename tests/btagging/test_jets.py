"""Jets are read alike whatever the file's layout, and a bad file is named in one line."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.jets.stream import Jets, open_jets
from h5py import h5a
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.recfunctions import rename_fields
from numpy.typing import NDArray

LABEL = "HadronConeExclExtendedTruthLabelID"
ALL = ("rnnip_log_ratio", "jf_sig", LABEL)


def rows_of(jets: Jets, fields: Sequence[str] = ALL, **options: int) -> dict[str, NDArray[Any]]:
    batches = list(jets.batches(fields, **options))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in fields}


def test_tells_what_the_dumper_wrote(tmp_path: Path) -> None:
    jets = open_jets([toy.write(tmp_path / "a.h5", toy.jets(10), sample="ttbar, 13 TeV")])
    assert (jets.n_jets, jets.kind, jets.sample) == (10, "synthetic", "ttbar, 13 TeV")
    assert jets.fields == ALL
    assert jets.label_field == LABEL


def test_files_of_others_have_no_attributes(tmp_path: Path) -> None:
    """A plain dataset is of unknown kind, called after its file; only numbers are fields."""
    rows = np.zeros(3, [("HadronConeExclTruthLabelID", "i1"), ("pt", "f2"), ("run", "S4")])
    with h5py.File(tmp_path / "puma.h5", "w") as file:
        file["jets"] = rows
    jets = open_jets([tmp_path / "puma.h5"])
    assert (jets.kind, jets.sample) == ("", "puma.h5")
    assert jets.fields == ("HadronConeExclTruthLabelID", "pt")
    assert jets.label_field == "HadronConeExclTruthLabelID"
    assert rows_of(jets, ["pt"])["pt"].dtype == "f2"


def test_the_extended_label_comes_first(tmp_path: Path) -> None:
    rows = np.zeros(1, [("HadronConeExclTruthLabelID", "i4"), (LABEL, "i4")])
    assert open_jets([toy.write(tmp_path / "a.h5", rows)]).label_field == LABEL


@pytest.mark.parametrize("kind", [np.bytes_("data"), "data"])
def test_kind_may_be_bytes_or_text(tmp_path: Path, kind: bytes | str) -> None:
    assert open_jets([toy.write(tmp_path / "a.h5", toy.jets(1), kind=kind)]).kind == "data"


def test_an_odd_kind_is_unknown(tmp_path: Path) -> None:
    assert open_jets([toy.write(tmp_path / "a.h5", toy.jets(1), kind="odd")]).kind == ""


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 6000))
def test_batches_depend_on_size_in_nothing_but_length(
    tmp_path_factory: pytest.TempPathFactory, size: int
) -> None:
    folder = tmp_path_factory.mktemp("jets")
    rows = toy.jets(5000)
    jets = open_jets(
        [toy.write(folder / "a.h5", rows[:3000]), toy.write(folder / "b.h5", rows[3000:])]
    )
    found = rows_of(jets, size=size)
    for name in ALL:
        np.testing.assert_array_equal(found[name], rows[name])
    assert max(len(batch[LABEL]) for batch in jets.batches(ALL, size)) <= size


def test_batches_are_read_only(tmp_path: Path) -> None:
    jets = open_jets([toy.write(tmp_path / "a.h5", toy.jets(5))])
    (batch,) = jets.batches(["jf_sig"])
    assert list(batch) == ["jf_sig"]
    with pytest.raises(ValueError, match=r"^assignment destination is read-only$"):
        batch["jf_sig"][0] = 1


def test_one_synthetic_file_makes_all_synthetic(tmp_path: Path) -> None:
    jets = open_jets(
        [
            toy.write(tmp_path / "a.h5", toy.jets(1), kind="simulation", sample="ttbar"),
            toy.write(tmp_path / "b.h5", toy.jets(1), sample="toy"),
            toy.write(tmp_path / "c.h5", toy.jets(1), kind="simulation", sample="ttbar"),
        ]
    )
    assert (jets.kind, jets.sample) == ("synthetic", "ttbar + toy")


def test_fields_that_not_all_files_have_are_set_aside(tmp_path: Path) -> None:
    rows = toy.jets(4)
    jets = open_jets(
        [
            toy.write(tmp_path / "a.h5", rows),
            toy.write(tmp_path / "b.h5", rows[["rnnip_log_ratio", LABEL]]),
        ]
    )
    assert jets.fields == ("rnnip_log_ratio", LABEL)
    assert jets.partial_fields == ("jf_sig",)
    with pytest.raises(UserError) as caught:
        next(jets.batches(["jf_sig"]))
    assert str(caught.value) == (
        f"{tmp_path}/b.h5: no field 'jf_sig' in /jets, which has: rnnip_log_ratio, {LABEL}"
    )


def test_a_field_means_one_thing_in_all_files(tmp_path: Path) -> None:
    name = "rnnip_log_ratio.source"
    jets = open_jets(
        [
            toy.write(tmp_path / "a.h5", toy.jets(4), **{name: "GN2v00_pb"}),
            toy.write(tmp_path / "b.h5", toy.jets(4), **{name: "GN2v01_pb"}),
        ]
    )
    assert rows_of(jets, ["jf_sig"])["jf_sig"].shape == (8,)
    with pytest.raises(UserError) as caught:
        next(jets.batches(["rnnip_log_ratio"]))
    assert str(caught.value) == (
        f"{tmp_path}/b.h5: field 'rnnip_log_ratio' was made from GN2v01_pb, but in "
        f"{tmp_path}/a.h5 from GN2v00_pb; use the files one by one"
    )


def test_a_log_ratio_is_made_where_its_probabilities_are(tmp_path: Path) -> None:
    """log(0.75 / 0.25) as a float; NaN for a jet of which the tagger knows nothing."""
    pairs = np.zeros(4, [("t_pb", "f2"), ("t_pu", "f2"), (LABEL, "i4")])
    pairs["t_pb"], pairs["t_pu"] = [0.75, 0, 0.5, -1], [0.25, 0, 0, -1]
    ratios = np.zeros(1, [("t_log_ratio", "f4"), (LABEL, "i4")])
    a, b = toy.write(tmp_path / "a.h5", pairs), toy.write(tmp_path / "b.h5", ratios)
    found = rows_of(open_jets([a]), ["t_log_ratio"])["t_log_ratio"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.array([np.log(3), np.nan, np.inf, np.nan], np.float32))
    both = rows_of(open_jets([a, b]), ["t_log_ratio"])["t_log_ratio"]
    np.testing.assert_array_equal(both, [*found, 0])


def test_probabilities_mean_one_thing_in_all_files(tmp_path: Path) -> None:
    rows = np.zeros(4, [("t_pb", "f4"), ("t_pu", "f4"), (LABEL, "i4")])
    a = toy.write(tmp_path / "a.h5", rows, **{"t_pu.source": "u1"})
    b = toy.write(tmp_path / "b.h5", rows, **{"t_pu.source": "u2"})
    with pytest.raises(UserError) as caught:
        next(open_jets([a, b]).batches(["t_log_ratio"]))
    assert str(caught.value) == (
        f"{b}: field 't_pu' was made from u2, but in {a} from u1; use the files one by one"
    )


BAD_BYTES = {
    "empty": (b"", "the file is empty (0 bytes); copy or make it again"),
    "root": (b"root\0\0", "a ROOT file, not HDF5; convert it with atlas-sw/dump-xaod"),
    "html": (
        b"\n<!DOCTYPE html>",
        "a web page, not HDF5; the download went wrong, look at it in a browser",
    ),
    "text": (b"hello", "not an HDF5 file; atlas-sw/dump-xaod makes one"),
}


@pytest.mark.parametrize(("content", "message"), BAD_BYTES.values(), ids=BAD_BYTES)
def test_files_that_are_not_hdf5(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "jets.h5"
    path.write_bytes(content)
    assert error(path) == f"{path}: {message}"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert error(tmp_path / "a.h5") == (
        f"{tmp_path}/a.h5: no such file; atlas-sw/dump-xaod makes one"
    )
    assert error(tmp_path) == f"{tmp_path}: a folder, not an HDF5 file; name the files in it"


def test_truncated_file(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "jets.h5", toy.jets(5000))
    path.write_bytes(path.read_bytes()[:20_000])
    assert error(path) == f"{path}: truncated at 20000 bytes; copy or make it again"


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "jets.h5"
    path.write_bytes(b"")
    monkeypatch.setattr("os.access", lambda *_: False)
    assert error(path) == f"{path}: you have no right to read it"


NO_ROWS = "/jets is not a one-dimensional compound dataset (one row per jet, with named fields)"
BAD_CONTENT = {
    "no /jets": (
        {"tracks": [1], "events": [2]},
        "no dataset /jets in it, but: events, tracks; choose one with --dataset",
    ),
    "nothing": ({}, "no dataset /jets in it, but: nothing"),
    "plain numbers": ({"jets": [1.0]}, NO_ROWS),
    "two dimensions": ({"jets": toy.jets(4).reshape(2, 2)}, NO_ROWS),
    "zero jets": ({"jets": toy.jets(0)}, "/jets has no jets in it"),
}


@pytest.mark.parametrize(("content", "message"), BAD_CONTENT.values(), ids=BAD_CONTENT)
def test_files_without_jets(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    path = tmp_path / "jets.h5"
    with h5py.File(path, "w") as file:
        file.update(content)
    assert error(path) == f"{path}: {message}"


def test_a_group_is_no_dataset(tmp_path: Path) -> None:
    path = tmp_path / "jets.h5"
    with h5py.File(path, "w") as file:
        file.create_group("jets")
    assert error(path) == f"{path}: {NO_ROWS}"


def test_damaged_chunk(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "jets.h5", toy.jets(5000))
    with h5py.File(path) as file:
        chunk = file["jets"].id.get_chunk_info(1)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 100] ^= 0xFF
    path.write_bytes(content)
    batches = open_jets([path]).batches(["jf_sig"], 2048)
    next(batches)
    with pytest.raises(UserError) as caught:
        next(batches)
    assert str(caught.value) == (
        f"{path}: jets 2048 to 4095 are unreadable (a chunk cannot be decompressed); the file is "
        "damaged, copy or make it again"
    )


@pytest.mark.parametrize("options", [{}, {"chunks": (10,)}], ids=["one piece", "chunks"])
def test_parts_that_were_never_written(tmp_path: Path, options: dict[str, Any]) -> None:
    """HDF5 itself reads zeros, as after a program that died: jets that all look light."""
    path = tmp_path / "jets.h5"
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("jets", (100,), toy.DTYPE, **options)
        if options:
            dataset[:90] = toy.jets(90)
    assert error(path) == f"{path}: /jets has parts that were never written; make the file again"


def test_a_field_whose_name_is_no_text(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "jets.h5", toy.jets(10))
    path.write_bytes(path.read_bytes().replace(b"jf_sig\0", b"jf\xffsig\0"))
    assert error(path) == (
        f"{path}: the file is damaged (a name in it is no UTF-8); copy or make it again"
    )


def assert_damaged(path: Path, reason: str) -> None:
    """Compare all but HDF5's own words before its reason, which differ between its versions."""
    start, end = f"{path}: the file is damaged (", f" ({reason})); copy or make it again"
    assert re.fullmatch(re.escape(start) + "[A-Z][a-z' ]+" + re.escape(end), error(path))


def test_damaged_tables(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "jets.h5", toy.jets(10))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"SNOD", b"XXXX"))
    assert_damaged(path, "bad symbol table node signature")


DUMPED = {
    "collection": "AnalysisJets",
    "command_line": "dump-xaod a.root",
    "version": "0.1.0",
    "inputs": '[{"path": "a.root", "size": 1, "uuid": "u", "events": 1}]',
    "jf_sig.source": "JetFitter_significance3d",
    "jf_sig.unit": "1",
}


def test_a_dump_is_read_with_all_its_attributes(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(3), kind="data", **DUMPED)
    (file,) = open_jets([path]).files
    assert (file.kind, file.sample, file.collection) == ("data", "toy", "AnalysisJets")
    assert file.sources["jf_sig"] == "JetFitter_significance3d"
    assert file.derivations == {"u": "a.root"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("kind", "its jets are of no known kind: ''"),
        ("sample", "/jets has lost its attribute 'sample'"),
        ("collection", "/jets has lost its attribute 'collection'"),
        ("version", "/jets has lost its attribute 'version'"),
        ("inputs", "/jets has lost its attribute 'inputs'"),
        ("jf_sig.source", "the field jf_sig has lost its source or its unit"),
        ("jf_sig.unit", "the field jf_sig has lost its source or its unit"),
    ],
)
def test_a_dump_that_has_lost_an_attribute_is_damaged(
    tmp_path: Path, name: str, reason: str
) -> None:
    """A flipped bit in its name is enough: "synthetic" jets would be taken for others."""
    path = toy.write(tmp_path / "a.h5", toy.jets(3), **DUMPED)
    with h5py.File(path, "r+") as file:
        h5a.rename(file["jets"].id, name.encode(), b"~" + name.encode())
    assert error(path) == f"{path}: the file is damaged ({reason}); copy or make it again"


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        ({"kind": "synthetjc"}, "its jets are of no known kind: 'synthetjc'"),
        ({"inputs": "[{]"}, "its attribute 'inputs' is no list of files"),
        ({"inputs": "[1]"}, "its attribute 'inputs' is no list of files"),
    ],
)
def test_a_dump_with_a_wrong_attribute_is_damaged(
    tmp_path: Path, attribute: dict[str, str], reason: str
) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(3), **DUMPED | attribute)
    assert error(path) == f"{path}: the file is damaged ({reason}); copy or make it again"


def test_an_attribute_that_is_listed_but_unreadable_is_damage(tmp_path: Path) -> None:
    """HDF5 keeps texts of variable length in a heap, which may be damaged alone."""
    path = toy.write(tmp_path / "a.h5", toy.jets(3))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"GCOL\1", b"GCOL\7"))
    assert_damaged(path, "wrong version number in global heap")


def test_a_heap_in_which_hdf5_would_search_for_ever(tmp_path: Path) -> None:
    """Object 0 is the free space with its header: its length cannot be 0."""
    path = toy.write(tmp_path / "a.h5", toy.jets(3), sample="x" * 32)
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    assert content[heap + 16 : heap + 18] == b"\1\0"  # the first object
    content[heap + 16] = 0
    content[heap + 24 : heap + 32] = bytes(8)
    path.write_bytes(content)
    assert error(path) == (
        f"{path}: the file is damaged (a heap contradicts itself); copy or make it again"
    )


def test_a_heap_larger_than_the_file(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(3))
    content = bytearray(path.read_bytes())
    content[content.index(b"GCOL") + 13] = 1
    path.write_bytes(content)
    assert error(path) == (
        f"{path}: the file is damaged (a heap is larger than the file); copy or make it again"
    )


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("libver", ["earliest", "v108", "v110"])
def test_text_of_any_kind(tmp_path: Path, fixed: bool, libver: str) -> None:
    """Of fixed or variable length; what is not UTF-8 is escaped."""
    with h5py.File(tmp_path / "a.h5", "w", libver=(libver, "latest")) as file:
        attributes = file.create_dataset("jets", data=toy.jets(3)).attrs
        for name, text in {"kind": b"data", "sample": b"t\xc3\xa4u \xe9"}.items():
            kind = h5py.string_dtype("utf-8", len(text) if fixed else None)
            attributes.create(name, text, dtype=kind)
    jets = open_jets([tmp_path / "a.h5"])
    assert (jets.kind, jets.sample) == ("data", "täu \\xe9")


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        (["simulation", None], "simulation"),
        (["data", None], ""),
        (["simulation", "data"], "simulation"),
        (["synthetic", None], "synthetic"),
    ],
)
def test_of_mixed_kinds_no_more_is_said_than_is_known(
    tmp_path: Path, kinds: list[str | None], kind: str
) -> None:
    paths = []
    for i, name in enumerate(kinds):
        paths.append(toy.write(tmp_path / f"{i}.h5", toy.jets(5), kind=name or "odd"))
    assert open_jets(paths).kind == kind


def test_pipes_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.h5")
    for path in (tmp_path / "pipe.h5", Path("/dev/null")):
        assert error(path) == f"{path}: a device or a pipe, not an HDF5 file; name a file"


@pytest.mark.parametrize(
    ("kind", "hint"),
    [("data", "real data have no truth labels"), ("simulation", "use simulated jets")],
)
def test_no_labels(tmp_path: Path, kind: str, hint: str) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(3)[["jf_sig"]], kind=kind)
    with pytest.raises(UserError) as caught:
        _ = open_jets([path]).label_field
    assert str(caught.value) == (
        f"{path}: no label field {LABEL}, HadronConeExclTruthLabelID or flavour_label in /jets, so "
        f"the flavours are unknown; {hint}"
    )


def test_no_common_label(tmp_path: Path) -> None:
    rows = toy.jets(3)
    a = toy.write(tmp_path / "a.h5", rows)
    other = rename_fields(rows, {LABEL: "HadronConeExclTruthLabelID"})
    jets = open_jets([a, toy.write(tmp_path / "b.h5", other)])
    with pytest.raises(UserError) as caught:
        _ = jets.label_field
    assert str(caught.value) == (
        f"{a} and the files after it have no label field in common: each must have "
        f"{LABEL}, HadronConeExclTruthLabelID or flavour_label"
    )


def error(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        open_jets([path])
    return str(caught.value)
