"""dump-xaod on tiny derivations: what it writes, what it says, what it refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import mini_daod
import numpy as np
import pytest
import uproot
from dumped import texts
from dumpxaod.__main__ import main
from dumpxaod.fields import jets as field_jets
from mini_daod import KEY, LABEL
from range_server import RangeServer
from signalled import wait_for

LAUNCHER = Path(__file__).parents[2] / "atlas-sw" / "dump-xaod"


def run(*arguments: Any) -> int:
    return main([str(argument) for argument in arguments])


def test_fields_go_through_the_link_and_the_cuts(tmp_path: Path) -> None:
    """The first jet's b-tagging object is the second of its event; the soft jet is cut."""
    daod, out = mini_daod.write(tmp_path / "a.root"), tmp_path / "o.h5"
    assert run("-o", out, "--variables", "GN2v01_log_ratio", LABEL, "pt", daod) == 0
    with h5py.File(out) as file:
        jets = file["jets"]
        assert jets.dtype == [("GN2v01_log_ratio", "<f4"), (LABEL, "<i4"), ("pt", "<f4")]
        assert jets["GN2v01_log_ratio"] == pytest.approx([np.log(0.1 / 0.8), 0.0])
        assert jets[LABEL].tolist() == [5, 4]
        assert jets["pt"].tolist() == [50e3, 30e3]


def test_default_fields_and_layout_are_documented_in_the_file(tmp_path: Path) -> None:
    daod, out = mini_daod.write(tmp_path / "a.root"), tmp_path / "o.h5"
    assert run("-o", out, daod) == 0
    with h5py.File(out) as file:
        assert list(file) == ["jets"]
        jets = file["jets"]
        assert jets.dtype.names == ("gn2_log_ratio", LABEL)
        assert (jets.chunks, jets.compression, jets.maxshape) == ((2048,), "gzip", (None,))
        attributes = texts(jets)
        (given,) = json.loads(attributes.pop("inputs"))
    assert attributes["gn2_log_ratio.source"] == "log(GN2v01_pb / GN2v01_pu)"
    assert attributes["gn2_log_ratio.unit"] == "1"
    assert attributes["command_line"] == f"dump-xaod -o {out} {daod}"
    assert attributes["kind"] == "simulation"
    assert attributes["sample"] == "a.root"
    with uproot.open(daod) as file:
        uuid = str(file.file.uuid)
    assert given == {"path": str(daod), "size": daod.stat().st_size, "uuid": uuid, "events": 2}


def test_summary_says_what_was_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    daod = mini_daod.write(
        tmp_path / "a.root",
        link=[[(KEY, 1), (KEY, 0)], [(0, 0)]],
        GN2v01_pb=[[0.8, 0.0], [0.3]],
        GN2v01_pu=[[0.1, 0.0], [0.3]],
    )
    assert run("-o", tmp_path / "o.h5", daod) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / 'o.h5'}: /jets from AnalysisJets, which have no rnnip_log_ratio or jf_sig",
        "  gn2_log_ratio = log(GN2v01_pb / GN2v01_pu)",
        "  3 jets in 2 events of 1 file",
        "  1 cut on pt or |eta|",
        "  1 dropped for want of a b-tagging object (null link)",
        "  1 written",
        "  labels: 1 with label 5",
        "  NaN: 1 gn2_log_ratio",
        "  infinite: none",
    ]


def test_taggers_directly_on_the_jet_need_no_link(tmp_path: Path) -> None:
    fields = {
        f"AnalysisJetsAuxDyn:{v}": x for v, x in (("pt", mini_daod.PT), ("eta", mini_daod.ETA))
    }
    fields["AnalysisJetsAuxDyn:GN2v01_pb"] = [[0.8, 0.1], [0.3]]
    fields["AnalysisJetsAuxDyn:GN2v01_pu"] = [[0.1, 0.1], [0.3]]
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mkrntuple(
            "EventData", {name: mini_daod._vectors(x, name) for name, x in fields.items()}
        )
    assert run("-o", tmp_path / "o.h5", "--variables", "gn2_log_ratio", tmp_path / "a.root") == 0
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["jets"]["gn2_log_ratio"] == pytest.approx([np.log(8), 0], abs=1e-6)
        assert texts(file["jets"])["kind"] == "data"


def test_many_files_fill_one_output_in_order(tmp_path: Path) -> None:
    one = mini_daod.write(tmp_path / "a.root")
    two = mini_daod.write(tmp_path / "b.root", pt=[[70e3, 60e3], [40e3]])
    assert run("-o", tmp_path / "o.h5", "--variables", "pt,eta", one, two) == 0
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["jets"]["pt"].tolist() == [50e3, 30e3, 70e3, 60e3, 40e3]


@pytest.mark.parametrize(("n_events", "n_jets"), [(1, 1), (2, 2), (3, 4), (99, 5)])
def test_max_events_counts_over_all_files(tmp_path: Path, n_events: int, n_jets: int) -> None:
    one = mini_daod.write(tmp_path / "a.root")
    two = mini_daod.write(tmp_path / "b.root", pt=[[70e3, 60e3], [40e3]])
    out = tmp_path / "o.h5"
    assert run("-o", out, "--variables", "pt", "--max-events", n_events, one, two) == 0
    with h5py.File(out) as file:
        assert len(file["jets"]) == n_jets


def test_a_missing_file_is_reported_before_the_first_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, missing = mini_daod.write(tmp_path / "1.root"), tmp_path / "2.root"
    bad = broken(tmp_path / "0.root", b"not read")
    assert main([str(bad), str(good), str(missing)]) == 2
    assert capsys.readouterr().err == f"dump-xaod: error: {missing}: there is no such file\n"


def broken(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


MISTAKES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda p: p, "{p}: there is no such file"),
    "folder": (folder, "{p}: is a folder; name the files in it, as in {p}/*"),
    "empty": (lambda p: broken(p, b""), "{p}: is empty; fetch it again"),
    "html": (
        lambda p: broken(p, b"<!DOCTYPE html><html>sign in</html>"),
        "{p}: is an HTML page, not a ROOT file; the download met a login or error page",
    ),
    "text": (
        lambda p: broken(p, b"hello"),
        "{p}: is not a ROOT file (it starts with b'hello')",
    ),
    "truncated": (
        lambda p: broken(p, mini_daod.write(p).read_bytes()[:1000]),
        "{p}: is truncated: 1000 of {size} bytes; fetch it again",
    ),
    "no tree": (
        lambda p: mini_daod.write(p, "Events"),
        "{p}: has neither a TTree CollectionTree nor an RNTuple EventData (found: Events); "
        "is it a DAOD?",
    ),
    "no events": (
        lambda p: mini_daod.write(
            p, pt=[], eta=[], link=None, GN2v01_pb=[], GN2v01_pu=[], **{LABEL: []}
        ),
        "no events in 1 file",
    ),
    "data": (
        lambda p: mini_daod.write(p, **{LABEL: None}),
        "{p}: AnalysisJets has no HadronConeExclExtendedTruthLabelID or "
        "HadronConeExclTruthLabelID, as in data; choose fields without a label: "
        "--variables gn2_log_ratio",
    ),
    "no taggers": (
        lambda p: mini_daod.write(p, GN2v01_pb=None, GN2v01_pu=None, link=None),
        "{p}: AnalysisJets has none of rnnip_log_ratio, jf_sig, gn2_log_ratio, dl1d_log_ratio, "
        "dl1r_log_ratio; choose fields with --variables",
    ),
    "no jets": (
        lambda p: mini_daod.write(p, pt=[[1e3, 2e3], [3e3]]),
        "no jets are left of 3 in 1 file: 3 fail pt > 20 GeV, |eta| < 2.5, "
        "0 have no b-tagging object",
    ),
    "link past the end": (
        lambda p: mini_daod.write(p, link=[[(KEY, 2), (KEY, 0)], [(KEY, 0)]]),
        "{p}: a link has index 2 into a container of 2",
    ),
    "foreign links": (
        lambda p: mini_daod.write(p, link=[[(7, 1), (7, 0)], [(7, 0)]]),
        "{p}: AnalysisJets has none of rnnip_log_ratio, jf_sig, gn2_log_ratio, dl1d_log_ratio, "
        "dl1r_log_ratio (its links lead to no container of this file); choose fields with "
        "--variables",
    ),
    "no eta": (
        lambda p: mini_daod.write(p, eta=None),
        "{p}: the jets of AnalysisJets have no eta",
    ),
    "mixed links": (
        lambda p: mini_daod.write(p, link=[[(KEY, 1), (KEY, 0)], [(7, 0)]]),
        "{p}: the links lead to several containers: BTagging_AntiKt4EMPFlow and one with key 7 "
        "that is not there",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_reported_in_one_line(
    mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake exits with 2 and leaves neither the output nor a part of it."""
    path = tmp_path / "in.root"
    make, message = MISTAKES[mistake]
    whole = mini_daod.write(path).stat().st_size
    path.unlink()
    assert run("-o", tmp_path / "o.h5", make(path)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    expected = f"dump-xaod: error: {message.format(p=path, size=whole)}\n"
    assert told.err.removeprefix(f"{path}: has no events\n") == expected
    assert not list(tmp_path.glob("o.h5*"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-c", "Jets"], "{p}: has no jet collection Jets; it has AnalysisJets"),
        (
            ["--variables", "GN2v01_bp"],
            "{p}: AnalysisJets has no variable GN2v01_bp; near it: GN2v01_pu, GN2v01_pb",
        ),
        (
            ["--variables", "zzz"],
            "{p}: AnalysisJets has no variable zzz; nothing is near it",
        ),
        (
            ["--variables", "nested"],
            "{p}: AnalysisJetsAuxDyn:nested is std::vector<std::vector<float>>, "
            "which cannot be read as one number per jet or event",
        ),
    ],
)
def test_unknown_names_are_answered_with_what_there_is(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod = mini_daod.write(tmp_path / "in.root", nested=[[[1.0], []], [[2.0]]])
    assert run("-o", tmp_path / "o.h5", daod, *options) == 2
    assert capsys.readouterr().err == f"dump-xaod: error: {message.format(p=daod)}\n"


def test_one_name_must_mean_one_thing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = mini_daod.write(tmp_path / "a.root")
    two = mini_daod.write(
        tmp_path / "b.root",
        GN2v01_pb=None,
        GN2v01_pu=None,
        GN2v00_pb=[[0.8, 0.1], [0.3]],
        GN2v00_pu=[[0.8, 0.1], [0.3]],
    )
    assert run("-o", tmp_path / "o.h5", one, two) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {two}: gn2_log_ratio would be log(GN2v00_pb / GN2v00_pu) here, but "
        f"log(GN2v01_pb / GN2v01_pu) in {one}; dump the files separately, or choose with "
        "--variables one that all have: GN2v00_log_ratio or GN2v01_log_ratio\n"
    )


def test_files_with_other_fields_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = mini_daod.write(tmp_path / "a.root")
    dl1d = {"DL1dv01_pb": [[0.8, 0.1], [0.3]], "DL1dv01_pu": [[0.8, 0.1], [0.3]]}
    two = mini_daod.write(tmp_path / "b.root", **dl1d)
    assert run("-o", tmp_path / "o.h5", one, two) == 2
    assert capsys.readouterr().err == (
        f"dump-xaod: error: {two}: the fields would be gn2_log_ratio, dl1d_log_ratio, {LABEL} "
        f"here, but gn2_log_ratio, {LABEL} in {one}; choose fields that all files have with "
        "--variables\n"
    )


def test_a_failed_run_leaves_the_old_output(tmp_path: Path) -> None:
    good, bad = mini_daod.write(tmp_path / "a.root"), broken(tmp_path / "b.root", b"root?")
    out = broken(tmp_path / "o.h5", b"the old one")
    assert run("-o", out, good, bad) == 2
    assert out.read_bytes() == b"the old one"
    assert {path.name for path in tmp_path.iterdir()} == {"a.root", "b.root", "o.h5"}


def test_a_derivation_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod = mini_daod.write(tmp_path / "a.root")
    before = daod.read_bytes()
    assert run("-o", daod, daod) == 2
    message = f"{daod}: is an input of this call; choose another -o"
    assert capsys.readouterr().err == f"dump-xaod: error: {message}\n"
    assert daod.read_bytes() == before


def test_a_file_without_linked_jets_may_be_among_others(tmp_path: Path) -> None:
    one = mini_daod.write(tmp_path / "a.root")
    two = mini_daod.write(tmp_path / "b.root", link=[[(0, 0), (0, 0)], [(0, 0)]])
    assert run("-o", tmp_path / "o.h5", one, two) == 0
    with h5py.File(tmp_path / "o.h5") as file:
        assert len(file["jets"]) == 2


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            "nowhere/o.h5",
            "cannot be written (No such file or directory); choose another place with -o",
        ),
        (".", "is a folder; name a file with -o"),
    ],
)
def test_unwritable_outputs_are_reported(
    output: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod = mini_daod.write(tmp_path / "a.root")
    assert run("-o", tmp_path / output, daod) == 2
    assert capsys.readouterr().err == f"dump-xaod: error: {tmp_path / output}: {reason}\n"


def test_without_a_file_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--variables", "pt"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.endswith("the following arguments are required: DAOD\n")


def test_ctrl_c_exits_with_130_and_leaves_nothing(tmp_path: Path, hanging: RangeServer) -> None:
    command = [
        sys.executable,
        str(LAUNCHER),
        "-o",
        str(tmp_path / "o.h5"),
        hanging.url("hanging.root"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: list(tmp_path.glob(".part-*-o.h5")))
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert error == "dump-xaod: interrupted\n"
    assert not list(tmp_path.iterdir())


def test_help_and_mistyped_options_load_nothing_slow() -> None:
    code = (
        "import sys, dumpxaod.__main__; from dumpxaod.cli import parser; "
        "parser().format_help(); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        cwd=LAUNCHER.parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"uproot", "awkward", "h5py", "numpy"} & set(loaded)


@pytest.mark.parametrize(
    ("name", "available", "formula"),
    [
        (
            "gn2_log_ratio",
            ["GN2v00_pb", "GN2v00_pu", "GN2v01_pb", "GN2v01_pu"],
            "log(GN2v01_pb / GN2v01_pu)",
        ),
        ("gn2_log_ratio", ["GN2v01_pb", "GN2v00_pb", "GN2v00_pu"], "log(GN2v00_pb / GN2v00_pu)"),
        (
            "dl1r_log_ratio",
            ["DL1r_pb", "DL1r_pu", "DL1rmu_pb", "DL1rmu_pu"],
            "log(DL1r_pb / DL1r_pu)",
        ),
        ("dl1d_log_ratio", ["DL1dv00_pb", "DL1dv00_pu"], "log(DL1dv00_pb / DL1dv00_pu)"),
        ("MyTagger_log_ratio", ["MyTagger_pb", "MyTagger_pu"], "log(MyTagger_pb / MyTagger_pu)"),
        ("jf_sig", ["JetFitter_significance3d"], "JetFitter_significance3d"),
        ("jf_sig_log1p", ["JetFitter_significance3d"], "log(1 + JetFitter_significance3d)"),
        ("mass", ["m"], "m"),
        ("absEta_btagJes", ["eta"], "|eta|"),
        ("JVFCorr", ["JVFCorr"], "JVFCorr"),
    ],
)
def test_names_mean(name: str, available: list[str], formula: str) -> None:
    field = field_jets.find(name, available)
    assert field is not None
    assert field.formula == formula


def test_log_ratios_are_computed_in_double() -> None:
    """In single precision 1 - 1e-8 would be 1, and the ratio of tiny numbers 0 / 0."""
    p_b, p_u = np.array([1e-300, 0.0, 0.5, 0.0]), np.array([2e-300, 0.0, 0.0, 0.5])
    result = field_jets.log_ratio(p_b, p_u)
    assert result[0] == pytest.approx(-np.log(2))
    assert np.isnan(result[1])
    assert result[2:].tolist() == [np.inf, -np.inf]
