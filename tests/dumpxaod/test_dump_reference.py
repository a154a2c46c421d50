"""dump-xaod against ROOT: `make_reference.py` read the same derivations with ROOT alone."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from dumpxaod.__main__ import main
from numpy.typing import NDArray

HERE = Path(__file__).parents[1]
REFERENCE = json.loads((HERE / "references" / "dump.json").read_text())
REAL = [entry for entry in REFERENCE if entry["real"]]
MADE = [entry for entry in REFERENCE if not entry["real"]]


def case_id(entry: dict[str, Any]) -> str:
    return f"{entry['file']}-{entry['collection']}"


def dumped(entry: dict[str, Any], path: Path, output: Path) -> NDArray[np.void]:
    """Dump every field of the reference and return the dataset."""
    arguments = ["-o", str(output), "-c", entry["collection"], "--variables", *entry["fields"]]
    assert main([*arguments, str(path)]) == 0
    with h5py.File(output) as file:
        jets: NDArray[np.void] = file["jets"][:]
    return jets


def summary_lines(entry: dict[str, Any]) -> list[str]:
    """Build the lines that the dumper's summary must have for these counts."""
    jets = entry["jets"]
    lines = [
        f"{jets['read']:,} jets in {entry['events']:,} events of 1 file",
        f"{jets['cut']:,} cut on pt or |eta|",
        f"{jets['null links']:,} dropped for want of a b-tagging object (null link)",
        f"{jets['written']:,} written",
    ]
    if entry["labels"]:
        counts = sorted((int(label), n) for label, n in entry["labels"].items())
        lines.append("labels: " + ", ".join(f"{n} with label {label}" for label, n in counts))
    return lines


@pytest.mark.parametrize("entry", MADE, ids=case_id)
def test_every_value_of_a_fixture_is_what_root_reads(
    entry: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jets = dumped(entry, HERE / "fixtures" / entry["file"], tmp_path / "jets.h5")
    assert jets.dtype.names == tuple(entry["fields"])
    for name, values in entry["fields"].items():
        expected = np.array(values, np.float32) if jets.dtype[name].kind == "f" else values
        np.testing.assert_array_equal(jets[name], expected, err_msg=name)
    printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in summary_lines(entry) if line not in printed] == []


@pytest.mark.parametrize("entry", REAL, ids=case_id)
def test_a_real_derivation_gives_the_numbers_that_root_gives(
    entry: dict[str, Any], daod_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jets = dumped(entry, daod_dir / entry["file"], tmp_path / "jets.h5")
    for name, expected in entry["fields"].items():
        values = jets[name]
        finite = values[np.isfinite(values)].astype(np.float64)
        weighted = finite * np.arange(1, len(finite) + 1)
        assert len(finite) == expected["finite"], name
        sums = [math.fsum(finite), math.fsum(finite**2), math.fsum(weighted)]
        wanted = [expected[key] for key in ("sum", "sum of squares", "weighted sum")]
        assert sums == pytest.approx(wanted, rel=1e-12), name
        for shown, part in (("first", values[:4]), ("last", values[-4:])):
            exact = np.array(expected[shown], values.dtype)
            np.testing.assert_array_equal(part, exact, err_msg=f"{shown} {name}")
    printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in summary_lines(entry) if line not in printed] == []


def test_integers_of_every_type_stay_integers(tmp_path: Path) -> None:
    (entry,) = (e for e in MADE if e["collection"] == "AntiKt4EMTopoJets")
    jets = dumped(entry, HERE / "fixtures" / "r21.root", tmp_path / "jets.h5")
    kinds = {n: jets.dtype[n].str[1:] for n in jets.dtype.names or () if n.startswith("as_")}
    assert kinds == {
        "as_double": "f4",
        "as_short": "i2",
        "as_unsigned_short": "u2",
        "as_int": "i4",
        "as_unsigned_int": "u4",
        "as_Long64_t": "i8",
        "as_ULong64_t": "u8",
        "as_char": "i1",
        "as_unsigned_char": "u1",
        "as_bool": "b1",
    }


@pytest.mark.parametrize(
    ("file", "collection", "fields"),
    [
        ("r21.root", "AntiKt4EMTopoJets", "rnnip_log_ratio jf_sig"),
        ("physlite.root", "AnalysisJets", "gn2_log_ratio dl1d_log_ratio"),
        ("physlite_v01.root", "AnalysisJets", "gn2_log_ratio dl1d_log_ratio"),
        ("direct.root", "AnalysisJets", "gn2_log_ratio"),
        ("rntuple.root", "AnalysisJets", "gn2_log_ratio dl1d_log_ratio"),
    ],
)
def test_without_options_the_right_collection_and_fields_are_taken(
    file: str, collection: str, fields: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "jets.h5"
    assert main(["-o", str(output), str(HERE / "fixtures" / file)]) == 0
    with h5py.File(output) as h5:
        assert h5["jets"].dtype.names == (*fields.split(), "HadronConeExclExtendedTruthLabelID")
    others = "" if "rnnip" in fields else ", which have no rnnip_log_ratio or jf_sig"
    first_line = capsys.readouterr().out.splitlines()[0]
    assert first_line == f"{output}: /jets from {collection}{others}"


@pytest.mark.parametrize("name", ["floats_of_each", "ints_of_each"])
def test_several_numbers_per_jet_are_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = HERE / "fixtures" / "r21.root"
    assert main(["-o", str(tmp_path / "jets.h5"), "--variables", name, str(path)]) == 2
    kind = f"vector<vector<{name.partition('s_')[0]}> >"
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {path}: AntiKt4EMTopoJetsAuxDyn.{name} is {kind}, which cannot be read "
        "as one number per jet or event\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_two_versions_of_a_tagger_are_not_mixed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(HERE / "fixtures" / name) for name in ("physlite.root", "physlite_v01.root")]
    assert main(["-o", str(tmp_path / "jets.h5"), *paths]) == 2
    first, second = paths
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {second}: gn2_log_ratio would be log(GN2v01_pb / GN2v01_pu) here, but "
        f"log(GN2v00_pb / GN2v00_pu) in {first}; dump the files separately, or choose with "
        "--variables one that all have: GN2v01_log_ratio or GN2v00_log_ratio\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_versions_given_by_name_may_be_read_from_several_files(tmp_path: Path) -> None:
    """The TTree and the RNTuple of the same content give the same jets, twice."""
    paths = [str(HERE / "fixtures" / name) for name in ("physlite_v01.root", "rntuple.root")]
    output = tmp_path / "jets.h5"
    assert main(["-o", str(output), *paths]) == 0
    with h5py.File(output) as file:
        first, second = np.split(file["jets"][:], 2)
    np.testing.assert_array_equal(first, second)
