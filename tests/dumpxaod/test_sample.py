"""The built-in sample: its layout, its physics, and that it never appears half-written."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from dumpxaod.errors import UserError
from dumpxaod.rootio.daod import open_daod
from dumpxaod.sample import derivation as sample
from dumpxaod.sample import jets as sample_jets
from dumpxaod.sample.__main__ import main as sample_main
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

JETS, BTAGGING = "AnalysisJetsAuxDyn:", "BTagging_AntiKt4EMPFlowAuxDyn:"
UNWRITABLE = "{{}}: cannot be written ({}); choose another place with -o"
LABEL = "HadronConeExclTruthLabelID"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a sample of two clusters."""
    path = tmp_path_factory.mktemp("sample") / "sample.DAOD.root"
    sample.write(path, n_events=6000, seed=1)
    return path


@pytest.fixture(scope="module")
def events(written: Path) -> Iterator[Any]:
    with uproot.open(written) as file:
        yield file["EventData"]


@pytest.fixture(scope="module")
def jets() -> dict[str, NDArray[Any]]:
    """Jets of 60,000 events, twice the default, after the dumper's cuts."""
    variables = sample_jets.jets(np.random.default_rng(1), 60_000).variables
    passed = (variables["pt"] > 20_000) & (np.abs(variables["eta"]) < 2.5)
    return {name: values[passed] for name, values in variables.items()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def types(file: Any) -> dict[str, str]:
    """Type of each top-level field."""
    records = file["EventData"].field_records
    return {r.field_name: r.type_name for i, r in enumerate(records) if r.parent_field_id == i}


def test_fields_have_the_types_of_a_real_derivation(written: Path, daod_dir: Path) -> None:
    with uproot.open(written) as ours, uproot.open(daod_dir / "r25_physlite_rntuple.root") as real:
        mine, theirs = types(ours), types(real)
    links = {
        JETS + "btaggingLink": "",
        JETS + "GhostTrack": "",
    }  # ATLAS's class there, records here
    only_here = {name: type_ for name, type_ in mine.items() if theirs.get(name) != type_}
    assert only_here == {
        **links,
        BTAGGING + "JetFitter_significance3d": "std::vector<float>",
        **{f"{BTAGGING}rnnip_{p}": "std::vector<double>" for p in ("pb", "pc", "pu")},
    }
    assert len(mine) == 50


def test_it_says_that_it_is_synthetic(written: Path) -> None:
    with open_daod(str(written)) as daod:
        assert daod.synthetic == "Synthetic ttbar, seed 1"


@pytest.mark.parametrize("n_events", [1, 5000, 5001])
def test_any_number_of_events(tmp_path: Path, n_events: int) -> None:
    sample.write(tmp_path / "s.root", n_events)
    with uproot.open(tmp_path / "s.root") as file:
        numbers = file["EventData"]["EventInfoAuxDyn:eventNumber"].array()
    np.testing.assert_array_equal(numbers, np.arange(1, n_events + 1))


def test_default_is_about_140_000_jets_in_40_megabytes_and_30_seconds(
    tmp_path: Path, jets: dict[str, NDArray[Any]]
) -> None:
    before = time.process_time()
    sample.write(tmp_path / "s.root")
    assert time.process_time() - before < 30
    assert (tmp_path / "s.root").stat().st_size < 40e6
    assert len(jets["pt"]) / 2 == pytest.approx(140_000, rel=0.01)


def test_jets_are_pt_descending_in_each_event(events: Any) -> None:
    pt = events[JETS + "pt"].array()
    assert ak.all(pt[:, :-1] >= pt[:, 1:])


def test_every_btagging_object_is_linked_from_one_jet(events: Any) -> None:
    link = events[JETS + "btaggingLink"].array()
    objects = ak.num(events[BTAGGING + "rnnip_pb"].array())
    linked = link["m_persKey"] == 582299515  # BTagging_AntiKt4EMPFlow in real files
    assert ak.all(ak.num(link[linked]) == objects)
    index = ak.sort(link["m_persIndex"][linked])
    assert ak.all(index == ak.local_index(index))


def test_links_are_permuted_and_a_few_are_null(events: Any) -> None:
    link = events[JETS + "btaggingLink"].array()
    null = link["m_persKey"] == 0
    moved = link["m_persIndex"] != ak.local_index(link["m_persIndex"])
    assert ak.mean(null) == pytest.approx(0.003, abs=0.001)
    assert ak.all(link["m_persIndex"][null] == 0)
    assert ak.mean(moved) == pytest.approx(0.25, abs=0.05)


def test_links_lead_to_the_jets_own_taggers(events: Any) -> None:
    """A b jet follows its link to a larger GN2 score than a light jet, nearly always."""
    link, label = events[JETS + "btaggingLink"].array(), events[JETS + LABEL].array()
    linked = link["m_persKey"] > 0
    index = ak.values_astype(link["m_persIndex"][linked], int)
    pb = events[BTAGGING + "GN2v01_pb"].array()[index]
    assert ak.mean(pb[label[linked] == 5] > 0.5) > 0.8
    assert ak.mean(pb[label[linked] == 0] > 0.5) < 0.02


def test_a_seed_gives_the_same_jets_and_another_seed_others() -> None:
    first, again, other = (
        sample_jets.jets(np.random.default_rng(seed), 100).variables["pt"] for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[:50], other[:50])


@pytest.mark.parametrize(("label", "share"), [(0, 0.52), (4, 0.095), (5, 0.36), (15, 0.024)])
def test_flavours_as_in_461_real_jets(
    jets: dict[str, NDArray[Any]], label: int, share: float
) -> None:
    """239, 44, 168 and 10 of 461, within twice their statistical error."""
    assert np.mean(jets[LABEL] == label) == pytest.approx(share, abs=2 * np.sqrt(share / 461))


@pytest.mark.parametrize(("label", "extended"), [(4, {4, 44}), (5, {5, 54, 55}), (0, {0})])
def test_extended_label_refines_the_label(
    jets: dict[str, NDArray[Any]], label: int, extended: set[int]
) -> None:
    found = jets["HadronConeExclExtendedTruthLabelID"][jets[LABEL] == label]
    assert set(found.tolist()) == extended


@pytest.mark.parametrize("tagger", ["rnnip", "DL1dv01", "GN2v01"])
def test_probabilities_add_up_to_one_or_are_all_zero(
    jets: dict[str, NDArray[Any]], tagger: str
) -> None:
    outputs = [values for name, values in jets.items() if name.startswith(tagger + "_p")]
    total = np.sum(outputs, axis=0)
    zero = total == 0
    np.testing.assert_allclose(total[~zero], 1, atol=2e-4)
    assert np.mean(zero) == pytest.approx(0.014 if tagger == "rnnip" else 0, abs=0.002)
    assert all(np.all(values[zero] == 0) for values in outputs)


def test_no_vertex_without_tracks(jets: dict[str, NDArray[Any]]) -> None:
    assert np.all(jets["JetFitter_significance3d"][jets["rnnip_pu"] == 0] == 0)


def discriminant(
    jets: dict[str, NDArray[Any]], tagger: str, c_share: float, tau_share: float = 0.0
) -> NDArray[Any]:
    """log(pb / background), as flavour tagging defines it."""
    p = {flavour: jets.get(f"{tagger}_p{flavour}", 0) for flavour in ("b", "c", "u", "tau")}
    light_share = 1 - c_share - tau_share
    return np.log(p["b"] / (c_share * p["c"] + tau_share * p["tau"] + light_share * p["u"]))


def rejection(
    discriminant: NDArray[Any], label: NDArray[Any], background: int, b_efficiency: float
) -> float:
    cut = np.quantile(discriminant[label == 5], 1 - b_efficiency)
    return 1 / np.mean(discriminant[label == background] > cut)


@pytest.mark.parametrize(("background", "published"), [(0, 170), (4, 5)])
def test_dl1d_rejects_as_published(
    jets: dict[str, NDArray[Any]], background: int, published: int
) -> None:
    """arXiv:2211.16345, at 77% b efficiency."""
    found = rejection(discriminant(jets, "DL1dv01", 0.018), jets[LABEL], background, 0.77)
    assert found == pytest.approx(published, rel=0.15)


@pytest.mark.parametrize(("background", "published"), [(0, 1.8), (4, 3.5)])
def test_gn2_gains_over_dl1d_as_published(
    jets: dict[str, NDArray[Any]], background: int, published: float
) -> None:
    """arXiv:2505.19689, at 70% b efficiency."""
    dl1d, gn2 = discriminant(jets, "DL1dv01", 0.018), discriminant(jets, "GN2v01", 0.2, 0.01)
    gain = rejection(gn2, jets[LABEL], background, 0.7) / rejection(
        dl1d, jets[LABEL], background, 0.7
    )
    assert gain == pytest.approx(published, rel=0.2)


def test_the_two_inputs_of_the_tutorial_complement_each_other(
    jets: dict[str, NDArray[Any]],
) -> None:
    """Logistic regression keeps 15 to 40% fewer light jets than rnnip, and DL1d fewer still."""
    seen = jets["rnnip_pu"] > 0
    label = jets[LABEL][seen]
    rnnip = np.log(jets["rnnip_pb"][seen] / jets["rnnip_pu"][seen])
    inputs = np.stack([rnnip, np.log1p(jets["JetFitter_significance3d"][seen])], axis=1)
    known = np.isin(label, (0, 4, 5))
    logits = LogisticRegression().fit(inputs[known], label[known]).decision_function(inputs)
    network = rejection(logits[:, 2] - logits[:, 0], label, 0, 0.77)
    dl1d = rejection(discriminant(jets, "DL1dv01", 0.018)[seen], label, 0, 0.77)
    assert 1.15 < network / rejection(rnnip, label, 0, 0.77) < 1.40
    assert dl1d > 1.5 * network


def test_main_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.root"
    assert sample_main([str(path), "--events", "10"]) == 0
    assert capsys.readouterr().out == f"{path}: synthetic ttbar, 10 events\n"
    assert names(tmp_path) == ["s.root"]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("s", ["--events", "0"], "0 events with seed 410470: ask for 1 or more, and a seed from 0"),
        ("s", ["--seed", "-1"], "30000 events with seed -1: ask for 1 or more, and a seed from 0"),
        ("", [], "{}: is a folder; name a file with -o"),
        ("no/s", [], UNWRITABLE.format("No such file or directory")),
        ("old/s", [], UNWRITABLE.format("Not a directory")),
        ("s" * 300, [], UNWRITABLE.format("File name too long")),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    arguments: list[str],
    message: str,
) -> None:
    (tmp_path / "old").write_text("untouched")
    path = tmp_path / name
    assert sample_main([str(path), *arguments]) == 2
    assert capsys.readouterr().err == f"sample: error: {message.format(path)}\n"
    assert names(tmp_path) == ["old"]
    assert (tmp_path / "old").read_text() == "untouched"


def test_write_raises_what_main_prints(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="0 events with seed 1: ask for 1 or more"):
        sample.write(tmp_path / "s", 0, 1)


def test_ctrl_c_leaves_the_old_file(tmp_path: Path) -> None:
    old = tmp_path / "s.root"
    old.write_text("old")
    command = [sys.executable, "-m", "dumpxaod.sample", str(old), "--events", "10000000"]
    atlas_sw = Path(sample.__file__).parents[2]
    with subprocess.Popen(
        command,
        cwd=atlas_sw,
        stderr=subprocess.PIPE,
        text=True,
        # A background shell would hand down that Ctrl-C is to be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        deadline = time.monotonic() + 30
        while len(names(tmp_path)) == 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[1] == "sample: interrupted\n"
    assert process.returncode == 130
    assert names(tmp_path) == ["s.root"]
    assert old.read_text() == "old"
