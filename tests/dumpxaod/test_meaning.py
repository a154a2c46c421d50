"""What the names, numbers and attributes of a dump mean is what they mean in the event data."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import h5py
import mini_daod
import numpy as np
import pytest
import uproot
from dumped import dump, texts
from dumpxaod.errors import UserError
from dumpxaod.fields.jets import log_ratio
from dumpxaod.fields.plausibility import require_plausible

PLAIN = "--min-pt=-1", "--max-abs-eta=99"


def rows(path: Path) -> Any:
    with h5py.File(path) as file:
        return file["jets"][:]


def attributes(path: Path) -> dict[str, str]:
    with h5py.File(path) as file:
        return texts(file["jets"])


@pytest.mark.parametrize(
    ("event", "label", "kind"),
    [
        ({"eventTypeBitmask": np.array([1, 1], np.uint32)}, None, "simulation"),
        ({"eventTypeBitmask": np.array([0, 0], np.uint32)}, None, "data"),
        ({"mcChannelNumber": np.array([410470, 410470], np.uint32)}, None, "simulation"),
        ({"mcChannelNumber": np.array([0, 0], np.uint32)}, None, "data"),
        ({}, [[5, 0], [4]], "simulation"),
        ({}, None, "data"),
    ],
)
def test_the_event_says_whether_it_is_simulated(
    event: dict[str, Any], label: Any, kind: str, tmp_path: Path
) -> None:
    """A collection without labels does not make simulated jets data."""
    changes = {mini_daod.LABEL: label, "event": event}
    daod, out = mini_daod.write(tmp_path / "a.root", **changes), tmp_path / "o.h5"
    assert dump("-o", out, "--variables", "pt", daod) == 0
    assert attributes(out)["kind"] == kind


def test_the_first_element_of_a_vector_is_called_so(tmp_path: Path) -> None:
    event = {"weights": [[1.5, 2.0], [2.5, 3.0]], "mu": [20.0, 30.0]}
    daod, out = mini_daod.write(tmp_path / "a.root", event=event), tmp_path / "o.h5"
    assert dump("-o", out, *PLAIN, "--variables", "weights", "mu", daod) == 0
    assert rows(out)["weights"].tolist() == [1.5, 1.5, 2.5]
    said = attributes(out)
    rounded = ", rounded from double to float"
    assert said["weights.source"] == f"weights[0]{rounded}"
    assert said["mu.source"] == f"mu{rounded}"


def test_versions_are_compared_as_numbers(tmp_path: Path) -> None:
    tags = {f"GN2v{v}_{p}": [[0.5, 0.5], [0.5]] for v in ("2", "10") for p in ("pb", "pu")}
    daod, out = mini_daod.write(tmp_path / "a.root", **tags), tmp_path / "o.h5"
    assert dump("-o", out, "--variables", "gn2_log_ratio", daod) == 0
    assert attributes(out)["gn2_log_ratio.source"] == "log(GN2v10_pb / GN2v10_pu)"


def test_a_name_that_the_dumper_uses_itself_can_be_had_by_the_full_one(
    cases_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod, out = cases_dir / "daod" / "clash.root", tmp_path / "o.h5"
    names = [
        f"AnalysisJetsAuxDyn.{name}" for name in ("mass", "jf_sig", "foo_log_ratio", "default")
    ]
    assert dump("-o", out, "--variables", *names, daod) == 0
    assert rows(out).dtype.names == tuple(names)
    assert dump("-o", out, "--variables", "jf_sig", daod) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {daod}: jf_sig cannot be computed for AnalysisJets; its own variable "
        "of this name is AnalysisJetsAuxDyn.jf_sig\n"
    )


def test_names_that_are_no_identifiers_can_be_had_unless_they_are_paths(
    cases_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod, out = cases_dir / "daod" / "weird_names.root", tmp_path / "o.h5"
    names = [f"AnalysisJetsAuxDyn.{name}" for name in ("a-b", "a b", "a:b")]
    assert dump("-o", out, "--variables", *names, daod) == 0
    assert rows(out).dtype.names == tuple(names)
    assert dump("-o", out, "--variables", "AnalysisJetsAuxDyn.pt/GeV", daod) == 2
    assert capsys.readouterr().err == (
        "dump-xaod: error: AnalysisJetsAuxDyn.pt/GeV: is not a field's name; such a name has "
        "letters, digits and _, or is a variable's full name, as in AnalysisJetsAuxDyn.pt, "
        "printable and without / \\ , or a second dot; at most 200 characters\n"
    )


def test_jets_own_variables_need_no_link(cases_dir: Path, tmp_path: Path) -> None:
    """Neither one that cannot be read, nor one into two containers, nor one that is not there."""
    unsplit = cases_dir / "daod" / "unsplit_link.root"
    other = mini_daod.KEY + 1
    mixed = [[(mini_daod.KEY, 1), (other, 0)], [(mini_daod.KEY, 0)]]
    two = mini_daod.write(tmp_path / "two.root", link=mixed)
    none = mini_daod.write(tmp_path / "none.root", link=None, GN2v01_pb=None, GN2v01_pu=None)
    for daod, n_jets in ((unsplit, 73), (two, 2), (none, 2)):
        assert dump("-o", tmp_path / "o.h5", "--variables", "pt", daod) == 0
        assert len(rows(tmp_path / "o.h5")) == n_jets


def test_a_systematic_copy_takes_the_rest_from_its_parent(cases_dir: Path, tmp_path: Path) -> None:
    daod = cases_dir / "daod" / "systematic.root"
    found = {}
    for collection in ("AnalysisJets", "AnalysisJets_JET_JER__1up"):
        out = tmp_path / f"{collection}.h5"
        arguments = ["-o", out, "-c", collection, *PLAIN, "--variables", "pt", "eta", daod]
        assert dump(*arguments) == 0
        found[collection] = rows(out)
    nominal, shifted = found.values()
    assert np.array_equal(nominal["eta"], shifted["eta"])
    assert not np.array_equal(nominal["pt"], shifted["pt"])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("twice", "{first}: is named twice"),
        ("symbolic link", "{second}: is the same file as {first}"),
        ("hard link", "{second}: is the same file as {first}"),
        ("list", "{first}: is named twice"),
        ("pattern", "{first}: is named twice"),
        ("copy", "{second}: is the same derivation as {first} (UUID {uuid})"),
    ],
)
def test_the_same_derivation_twice_is_refused(
    how: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = mini_daod.write(tmp_path / "a.root"), tmp_path / "b.root"
    with uproot.open(first) as file:
        uuid = file.file.uuid
    given: list[object] = [first, second]
    if how == "twice":
        given = [first, first]
    elif how == "symbolic link":
        second.symlink_to(first)
    elif how == "hard link":
        os.link(first, second)
    elif how == "list":
        (tmp_path / "list.txt").write_text(f"{first}\n")
        given = [first, f"@{tmp_path / 'list.txt'}"]
    elif how == "pattern":
        given = [first, tmp_path / "*.root"]
    else:
        shutil.copy(first, second)
    told = f"{message.format(first=first, second=second, uuid=uuid)}; name it once"
    # Copies are noticed when they have been read.
    done = " (2 parts are done: --resume uses them)" if how == "copy" else ""
    for options, rest in (([], ""), (["-j", 2], done)):
        assert dump("-o", tmp_path / "o.h5", *options, *given) == 2
        assert capsys.readouterr().err == f"dump-xaod: error: {told}{rest}\n"
        assert not (tmp_path / "o.h5").exists()


def test_the_uuid_is_that_of_the_jets(tmp_path: Path) -> None:
    """It depends on the derivations and the selection, not on the fields."""
    daod, uuids = mini_daod.write(tmp_path / "a.root"), []
    for options in (["--variables", "pt"], ["--variables", "default", "eta"], ["--min-pt", 5]):
        assert dump("-o", tmp_path / "o.h5", daod, *options) == 0
        said = attributes(tmp_path / "o.h5")
        uuids.append(said["uuid"])
    assert uuids[0] == uuids[1] != uuids[2]
    assert all(len(uuid) == 32 for uuid in uuids)
    assert said["selection"] == "pt > 5 GeV, |eta| < 2.5"


SUM = "the sum of GN2v01_pb and GN2v01_pc and GN2v01_pu"


def probabilities(b: float, c: float, u: float) -> dict[str, Any]:
    return {
        f"GN2v01_p{f}": np.array([p], np.float32) for f, p in zip("bcu", (b, c, u), strict=True)
    }


@pytest.mark.parametrize(
    ("values", "what", "value"),
    [
        (probabilities(0.5, 0.3, 0.3), SUM, "1.1"),
        (probabilities(0.1, 0.3, 0.3), SUM, "0.7"),
        (probabilities(1.5, 0.3, 0.3), "GN2v01_pb", "1.5"),
        (probabilities(-0.25, 0.3, 0.3), "GN2v01_pb", "-0.25"),
        ({"pt": np.array([np.nan])}, "pt", "nan"),
        ({"pt": np.array([-1.0])}, "pt", "-1"),
        ({"eta": np.array([1e30])}, "eta", "1e+30"),
        ({mini_daod.LABEL: np.array([6])}, mini_daod.LABEL, "6"),
    ],
)
def test_what_no_jet_can_have_is_refused(values: dict[str, Any], what: str, value: str) -> None:
    with pytest.raises(UserError) as told:
        require_plausible(values, values)
    assert str(told.value) == (
        f"{what} of a jet is {value}, which is implausible: the file is probably damaged; fetch it "
        "again"
    )


@pytest.mark.parametrize(
    ("values", "others"),
    [
        (probabilities(0.5, 0.25, 0.25), ()),
        (probabilities(0, 0, 0), ()),  # without tracks
        (probabilities(-1, -1, -1), ()),
        (probabilities(0.1, 0.3, 0.3), ("GN2v01_ptau",)),
        (probabilities(0.1, 0.3, 0.3), ("GN2v01_pg",)),
        ({"pt": np.array([0.0]), "eta": np.array([-4.5]), mini_daod.LABEL: np.array([54])}, ()),
    ],
)
def test_what_real_files_have_is_plausible(values: dict[str, Any], others: tuple[str, ...]) -> None:
    require_plausible(values, {**values, **dict.fromkeys(others)})


def test_placeholders_have_no_log_ratio() -> None:
    p_b = np.array([-1.0, 0.5, 2.0, 0.0, 1.0])
    p_u = np.array([-1.0, 0.5, 0.5, 0.0, 0.0])
    ratios = log_ratio(p_b, p_u)
    assert np.isnan(ratios).tolist() == [True, False, True, True, False]
    assert (ratios[1], ratios[4]) == (0.0, np.inf)


def test_a_damaged_lwtnn_file_is_noticed_by_its_digest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {"inputs": [], "sha256": "0" * 64}
    (tmp_path / "nn.json").write_text(json.dumps(content))
    daod = mini_daod.write(tmp_path / "a.root")
    assert dump("-o", tmp_path / "o.h5", "--nn-file", tmp_path / "nn.json", daod) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {tmp_path / 'nn.json'}: damaged, for it does not fit its own sha256; "
        "export it again\n"
    )
