"""From a derivation with tracks over the training to the scores in the dumper, and back."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from btagging.errors import UserError
from btagging.jets.held_out import HeldOut
from btagging.jets.stream import open_jets
from btagging.jets.track_file import read_track_file
from btagging.jets.tracks import with_tracks
from btagging.network import network
from btagging.performance.compared import find_discriminants, unseen_jets
from btagging.ratios import USUAL
from btagging.training.batches import in_order
from btagging.training.input_choice import choose_track_inputs
from btagging.training.shuffling import ShuffledJets
from btagging.training.track_reader import TrackReader
from btagging.training.track_survey import survey_tracks
from btagging.training.training_jets import JetsWithTracks
from btagging.training_cli import parse_track_training
from dumped import dump
from dumpxaod.sample.__main__ import main as make_sample

SCRIPTS = Path(__file__).parents[1] / "local-sw"
FIELDS = ("IP3D_signed_d0_significance", "IP3D_signed_z0_significance", "dr", "ptfrac")
NETWORK = ("architecture.json", "nn.weights.h5")


def script(name: str, *arguments: Any) -> Any:
    command = [sys.executable, str(SCRIPTS / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on the jets of a few events."""
    found = tmp_path_factory.mktemp("tracks")
    assert not make_sample([str(found / "sample.root"), "--events", "600"])
    assert dump("--tracks", "-o", found / "jets.h5", found / "sample.root") == 0
    done = script("train_tracks.py", found / "jets.h5", "-e", "2", "-o", found / "model")
    assert done.returncode == 0, done.stderr
    (found / "log").write_text(done.stdout)
    return found


def scored(folder: Path, target: Path, change: Callable[[Any], object], *more: Any) -> Path:
    """Let the dumper score the jets with the network, after a change to its lwtnn file."""
    content = json.loads((folder / "model" / "lwtnn-network.json").read_text())
    change(content)
    del content["sha256"]
    (target / "nn.json").write_text(json.dumps(content))
    options = ["--nn-file", target / "nn.json", "-o", target / "scored.h5", *more]
    assert dump(*options, folder / "sample.root") == 0
    return target / "scored.h5"


def validated(folder: Path, jets: Path) -> Any:
    files = [folder / "model" / name for name in NETWORK]
    return script("validate_nn.py", jets, "-o", jets.parent, "--nn", *files)


def test_what_it_prints_and_writes(folder: Path) -> None:
    text = (folder / "log").read_text()
    for line in ("track input dr_log: (x ", "kept epoch ", "track input numberOfPixelHits: (x "):
        assert line in text
    written = {path.name for path in (folder / "model").iterdir()}
    assert written >= {*NETWORK, "variables.json", "lwtnn-network.json", "loss.png"}
    tracks = json.loads((folder / "model" / "variables.json").read_text())["tracks"]
    assert (tracks["n_max"], tracks["selection"]) == (40, "r22default")
    assert tracks["association"] == "GhostTrack"
    (written,) = json.loads((folder / "model" / "lwtnn-network.json").read_text())[
        "input_sequences"
    ]
    assert (written["n_max"], written["association"]) == (40, "GhostTrack")


def test_inputs_are_normalised_with_the_valid_tracks_of_the_training_jets(folder: Path) -> None:
    trained = network.load(*(folder / "model" / name for name in NETWORK))
    assert trained.tracks
    assert trained.training
    with h5py.File(folder / "jets.h5") as file:
        labels, tracks = file["jets"]["HadronConeExclExtendedTruthLabelID"], file["tracks"][:]
    held = trained.training.files[0].held_out.mask(0, len(labels))
    dr = tracks["dr"][np.isin(labels, (0, 4, 5)) & ~held]
    found = np.log(dr[~np.isnan(dr)].astype(float))
    i = next(i for i in trained.tracks.variables.inputs if i.name == "dr_log")
    np.testing.assert_allclose([i.offset, i.scale], [-found.mean(), 1 / found.std()])


def test_the_dumper_scores_every_jet_as_keras(folder: Path, tmp_path: Path) -> None:
    """With tracks and without, to 2e-6, and tells what it has made."""
    done = validated(folder, scored(folder, tmp_path, lambda _: None, "--tracks"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert float(done.stdout.split("largest difference ")[1].split(",")[0]) < 2e-6
    with h5py.File(tmp_path / "scored.h5") as file:
        attributes = file["jets"].attrs
        assert b"tracks/dr_log = log(sqrt(deta^2 + dphi^2))" in attributes["nn_pb.source"]


def test_scores_are_those_of_the_training_whatever_tracks_are_written(
    folder: Path, tmp_path: Path
) -> None:
    """The network says how many tracks it wants, and which."""
    for name in "all", "none", "few":
        (tmp_path / name).mkdir()
    all_tracks = scored(folder, tmp_path / "all", lambda _: None, "--tracks")
    none = scored(folder, tmp_path / "none", lambda _: None)
    few = scored(
        folder, tmp_path / "few", lambda _: None, "--tracks", "2", "--track-selection", "none"
    )
    found = []
    for path in (all_tracks, none, few):
        with h5py.File(path) as file:
            found.append(file["jets"]["nn_pb"])
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    done = validated(folder, few)
    assert done.returncode == 2
    assert done.stderr.endswith(
        f"{few}: its tracks passed the selection none, but the network was trained on r22default; "
        "dump them with --track-selection r22default\n"
    )


def _swap(content: Any) -> None:
    variables = content["input_sequences"][0]["variables"]
    variables[0], variables[1] = variables[1], variables[0]


def _shift(content: Any) -> None:
    """Normalise the tracks otherwise than the training did."""
    content["input_sequences"][0]["variables"][0]["offset"] = 0


def _cut(content: Any) -> None:
    """Take fewer tracks than the training did."""
    content["input_sequences"][0]["n_max"] = 1


def _bias_of_padding(content: Any) -> None:
    """Let the empty places of a jet add to a sum, as they would without a mask."""
    content["layers"][2]["bias"][0] += 36 * 0.01


@pytest.mark.parametrize("mistake", [_swap, _cut, _shift, _bias_of_padding])
def test_a_planted_error_is_found(mistake: Any, folder: Path, tmp_path: Path) -> None:
    done = validated(folder, scored(folder, tmp_path, mistake, "--tracks"))
    assert done.returncode == 1
    assert "the two DIFFER" in done.stdout


def test_an_unsorted_cut_is_found(folder: Path, tmp_path: Path) -> None:
    """Tracks that were cut before they were sorted are others."""
    path = scored(folder, tmp_path, lambda _: None, "--tracks")
    with h5py.File(path, "r+") as file:
        tracks = file["tracks"][:]
        tracks["valid"] &= np.arange(40) > 0  # the best one is lost
        file["tracks"][:] = tracks
    assert validated(folder, path).returncode == 1


def test_scripts_take_the_network(folder: Path) -> None:
    """On the jets that were held out of its training, and beside one that sees no tracks."""
    done = script("train_nn.py", folder / "jets.h5", "-e", "1", "-o", folder / "plain")
    assert done.returncode == 0, done.stderr
    networks = [
        argument
        for model in ("model", "plain")
        for argument in ("--nn", *(folder / model / name for name in NETWORK))
    ]
    scripts = {
        "make_roc_curves.py": [],
        "make_hist.py": [],
        "make_efficiency.py": ["--versus", "jf_sig", "--bins", "0,5,50"],
    }
    for name, options in scripts.items():
        done = script(name, folder / "jets.h5", *options, "-o", folder / "plots", *networks)
        assert done.returncode == 0, done.stderr
        assert "held-out jets: the network was trained on the others" in done.stdout
    assert (folder / "plots" / "nn.png").exists()
    curves = json.loads((folder / "plots" / "roc.json").read_text())["discriminants"]
    assert {"nn", "nn_2"} <= set(curves)


def test_export_writes_all_three(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    files = [folder / "model" / name for name in NETWORK]
    options = [
        *("--lwtnn", tmp_path / "a.json", "--onnx", tmp_path / "a.onnx"),
        *("--onnx-athena", tmp_path / "b.onnx"),
    ]
    done = script("export_nn.py", *files, *options)
    assert done.returncode == 0, done.stderr
    written = json.loads((folder / "model" / "lwtnn-network.json").read_text())
    assert json.loads((tmp_path / "a.json").read_text()) == written
    assert [node["type"] for node in written["nodes"]] == [
        *("input", "input_sequence", "time_distributed", "time_distributed", "sum"),
        *("concatenate", "feed_forward", "feed_forward"),
    ]


def all_places(values: np.ndarray) -> np.ndarray:
    return np.pad(values, [(0, 0), (0, 40 - values.shape[1])])


def test_a_batch_holds_the_tracks_of_its_jets(folder: Path) -> None:
    """In small pools as in one: each jet once an epoch, with its tracks in their order."""
    jets = open_jets([folder / "jets.h5"])
    held = HeldOut([(0, 1000)])
    found = survey_tracks(jets, ["dr"], held)
    reader = TrackReader(jets, (), held, of_tracks=found)
    with h5py.File(folder / "jets.h5") as file:
        labels, tracks = file["jets"]["HadronConeExclExtendedTruthLabelID"], file["tracks"][:]
    used = np.isin(labels, (0, 4, 5)) & (np.arange(len(labels)) >= 1000)
    i = found.variables.inputs[0]
    expected = np.where(tracks["valid"], (tracks["dr"] + i.offset) * i.scale, 0)[used]
    for memory in (None, 20_000):
        shuffled = ShuffledJets(reader, 1, memory)
        batches = [shuffled.batch(0, i, 4)[0] for i in range(4 * shuffled.n_pools)]
        needed = [int(batch["valid"].sum(axis=1).max()) for batch in batches]
        n_places = [batch["tracks"].shape[1] for batch in batches]
        assert n_places == [8 * math.ceil(n / 8) for n in needed]
        rows = np.concatenate([all_places(batch["tracks"][..., 0]) for batch in batches])
        valid = np.concatenate([all_places(batch["valid"][..., 0]) for batch in batches])
        order, wanted = (np.lexsort(x.T) for x in (rows, expected))
        np.testing.assert_allclose(rows[order], expected[wanted], atol=1e-5)
        assert valid.sum() == tracks["valid"][used].sum()
        assert not np.array_equal(rows, expected)


def test_no_other_batch_has_as_many_places_as_the_first() -> None:
    """Keras would take a number that the first two batches share for that of all."""
    n_tracks = np.array([3, 7, 8, 2, 9, 0])
    jets = JetsWithTracks(
        np.empty((6, 0), np.float32),
        np.zeros(6, np.uint8),
        tracks=np.ones((n_tracks.sum(), 1), np.float32),
        n_tracks=n_tracks,
    )
    keras = SimpleNamespace(utils=SimpleNamespace(PyDataset=object))
    batches = in_order(keras, jets, 2)
    found = [batches[i][0] for i in range(len(batches))]
    assert [values["tracks"].shape for values in found] == [(2, 9, 1), (2, 8, 1), (2, 16, 1)]
    for values in found:
        np.testing.assert_array_equal(values["tracks"], values["valid"])
    np.testing.assert_array_equal(
        [v["valid"].sum(axis=(1, 2)) for v in found], [[3, 7], [8, 2], [9, 0]]
    )


def test_chunks_of_tracks_without_a_wanted_jet_are_not_decompressed(folder: Path) -> None:
    with h5py.File(folder / "jets.h5") as file:
        chunk = file["tracks"].chunks[0]
        names = ["tracks/valid", "tracks/dr"]
        read = with_tracks(file["jets"], "tracks", names, lambda rows: np.array(rows) > chunk)
        found, expected = read(range(2 * chunk)), file["tracks"][: 2 * chunk]
    assert not found["tracks/valid"][:chunk].any()
    assert expected["valid"][:chunk].any()
    for name in names:
        field = expected[name.removeprefix("tracks/")]
        np.testing.assert_array_equal(found[name][chunk:], field[chunk:])


def _no_tracks(file: Any) -> None:
    del file["tracks"]


def _fewer_rows(file: Any) -> None:
    rows = file["tracks"][:-1]
    del file["tracks"]
    file["tracks"] = rows


def _flat(file: Any) -> None:
    rows = file["tracks"][:, 0]
    del file["tracks"]
    file["tracks"] = rows


def _no_flag(file: Any) -> None:
    rows = file["tracks"][:][["dr", "ptfrac"]]
    del file["tracks"]
    file["tracks"] = rows


def _cut_rows(file: Any) -> None:
    rows = file["tracks"][:]
    del file["tracks"]
    file.create_dataset("tracks", data=rows, chunks=(100, 20))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_no_tracks, "there is no such dataset; dump the jets with --tracks"),
        (_fewer_rows, " rows for "),
        (_flat, " is not a two-dimensional compound dataset (one row of up to 1,000 tracks per"),
        (_no_flag, "no field valid that is true for tracks, and false for padding"),
        (_cut_rows, "are cut into pieces; make it again: h5repack -l tracks:CHUNK=100x40"),
    ],
)
def test_what_is_no_table_of_tracks_is_told(
    change: Any, message: str, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "jets.h5"
    path.write_bytes((folder / "jets.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(UserError) as caught:
        read_track_file(open_jets([path]).files[0])
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "association", "message"),
    [
        (["--tracks", "3"], b"GhostTrack of X", "n_max of its tracks is 3, but 40 in {}"),
        (
            ["--tracks", "--track-selection", "none"],
            b"GhostTrack of X",
            "selection of its tracks is none, but r22default in {}",
        ),
        (
            ["--tracks"],
            b"BTagTrackToJetAssociator of BTagging_AntiKt4EMTopo",
            "association of its tracks is BTagTrackToJetAssociator, but GhostTrack in {}",
        ),
    ],
)
def test_files_must_have_the_same_tracks(
    options: list[str], association: bytes, message: str, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.h5"
    assert not make_sample([str(tmp_path / "s.root"), "--events", "50", "--seed", "7"])
    assert dump(*options, "-o", other, "--", tmp_path / "s.root") == 0
    with h5py.File(other, "r+") as file:
        file["tracks"].attrs["association"] = np.bytes_(association)
    jets = open_jets([folder / "jets.h5", other])
    with pytest.raises(UserError) as caught:
        next(jets.batches(["tracks/dr"]))
    said = message.format(folder / "jets.h5")
    assert str(caught.value) == f"{other}: {said}; dump the files with the same options"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--tracks", "10"],
            "has room for 10 tracks per jet, but the network was trained with 40; dump them with "
            "--tracks 40",
        ),
        (
            ["--tracks", "--track-selection", "none"],
            "its tracks passed the selection none, but the network was trained on r22default; dump "
            "them with --track-selection r22default",
        ),
    ],
)
def test_tracks_unlike_those_of_the_training_are_refused(
    options: list[str], message: str, folder: Path, tmp_path: Path
) -> None:
    trained = network.load(*(folder / "model" / name for name in NETWORK))
    path = tmp_path / "jets.h5"
    assert dump(*options, "-o", path, "--", folder / "sample.root") == 0
    with pytest.raises(UserError) as caught:
        find_discriminants(open_jets([path]), [trained], USUAL)
    assert str(caught.value) == f"{path}: {message}"


def test_tracks_of_another_association_are_refused(folder: Path, tmp_path: Path) -> None:
    trained = network.load(*(folder / "model" / name for name in NETWORK))
    path = tmp_path / "jets.h5"
    path.write_bytes((folder / "jets.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        file["tracks"].attrs["association"] = np.bytes_(b"BTagTrackToJetAssociator of X")
    with pytest.raises(UserError) as caught:
        find_discriminants(open_jets([path]), [trained], USUAL)
    assert str(caught.value) == (
        f"{path}: its tracks are those of BTagTrackToJetAssociator, but the network was trained on "
        "GhostTrack; dump them with --track-association GhostTrack"
    )


def changed(folder: Path, target: Path, change: Callable[[Any, Any], Any]) -> Path:
    """Copy the jets, with other tracks: what `change` makes of theirs, and of the labels."""
    target.write_bytes((folder / "jets.h5").read_bytes())
    with h5py.File(target, "r+") as file:
        attributes = dict(file["tracks"].attrs)
        rows = change(file["tracks"][:], file["jets"]["HadronConeExclExtendedTruthLabelID"])
        del file["tracks"]
        file.create_dataset("tracks", data=rows).attrs.update(attributes)
    return target


def test_tracks_alone_of_jets_that_pass_a_cut(folder: Path, tmp_path: Path) -> None:
    """Only jets with labels that are known and of more than 40 GeV count."""
    jets, model = tmp_path / "jets.h5", tmp_path / "model"
    options = ["--variables", "default", "pt", "-o", jets]
    assert dump("--tracks", *options, "--", folder / "sample.root") == 0
    cut = ("--where", "pt > 40e3")
    done = script("train_tracks.py", jets, "--tracks-only", *cut, "-e", "1", "-o", model)
    assert done.returncode == 0, done.stderr
    trained = network.load(*(model / name for name in NETWORK))
    assert trained.inputs == ()
    with h5py.File(jets) as file:
        rows, tracks = file["jets"][:], file["tracks"][:]
    used = (rows["pt"] > 40e3) & np.isin(rows["HadronConeExclExtendedTruthLabelID"], (0, 4, 5))
    valid = tracks["valid"][used]
    said = f"tracks of these jets: {valid.sum():,}, {valid.sum() / used.sum():.1f} per jet, "
    assert said in done.stdout
    nn_file = ("--nn-file", model / "lwtnn-network.json")
    assert dump("--tracks", *nn_file, *options, "--", folder / "sample.root") == 0
    files = [model / name for name in NETWORK]
    assert script("validate_nn.py", jets, "-o", tmp_path, "--nn", *files).returncode == 0
    done = script("export_nn.py", *files, "--onnx-athena", tmp_path / "a.onnx")
    assert (done.returncode, (tmp_path / "a.onnx").exists()) == (2, False)
    assert done.stderr == (
        f"export_nn.py: error: {files[0]}: takes tracks alone, but Athena's SaltModel always has "
        "jet_features; train with --inputs\n"
    )


def test_tracks_without_an_input_take_the_mean_of_those_of_light_jets(
    folder: Path, tmp_path: Path
) -> None:
    """NaN and infinite ones; jets with them get scores that are numbers."""

    def spoil(tracks: Any, labels: Any) -> Any:
        tracks["dr"][tracks["valid"] & (np.arange(40) == 1)] = np.nan
        tracks["dr"][tracks["valid"] & (np.arange(40) == 2)] = np.inf
        tracks["dr"][tracks["valid"] & (np.arange(40) == 3)] = 0  # no logarithm
        return tracks

    path = changed(folder, tmp_path / "jets.h5", spoil)
    options = ("--track-inputs", "dr_log", "ptfrac", "-e", "1")
    done = script("train_tracks.py", path, *options, "-o", tmp_path / "model")
    assert done.returncode == 0, done.stderr
    trained = network.load(*(tmp_path / "model" / name for name in NETWORK))
    assert trained.tracks
    assert trained.training
    (found, _) = trained.tracks.variables.inputs
    with h5py.File(path) as file:
        labels, tracks = file["jets"]["HadronConeExclExtendedTruthLabelID"], file["tracks"][:]
    light = (labels == 0) & ~trained.training.files[0].held_out.mask(0, len(labels))
    dr = tracks["dr"][light][tracks["valid"][light]].astype(float)
    assert found.default == pytest.approx(np.log(dr[np.isfinite(dr) & (dr > 0)]).mean())
    for batch in open_jets([path]).batches(trained.fields):
        assert np.isfinite(trained.scores(batch)).all()


def test_a_flavour_without_tracks_can_be_trained_on(folder: Path, tmp_path: Path) -> None:
    def cut(tracks: Any, labels: Any) -> Any:
        tracks["valid"] &= (labels != 0)[:, np.newaxis]
        return tracks

    path = changed(folder, tmp_path / "jets.h5", cut)
    done = script("train_tracks.py", path, "-e", "1", "-o", tmp_path / "model")
    assert done.returncode == 0, done.stderr


def test_tracks_in_half_precision_give_nearly_the_same(folder: Path, tmp_path: Path) -> None:
    def halve(tracks: Any, labels: Any) -> Any:
        usual = {name: tracks.dtype[name] for name in tracks.dtype.names}
        half = {name: "f2" if kind.kind == "f" else kind for name, kind in usual.items()}
        with np.errstate(over="ignore"):
            return tracks.astype(np.dtype(list(half.items())))

    trained = network.load(*(folder / "model" / name for name in NETWORK))
    found, expected = (
        np.concatenate([trained.scores(b) for b in open_jets([path]).batches(trained.fields)])
        for path in (changed(folder, tmp_path / "half.h5", halve), folder / "jets.h5")
    )
    assert np.abs(found - expected).max() < 2e-3


def test_jets_without_tracks_are_no_sample(folder: Path, tmp_path: Path) -> None:
    def empty(tracks: Any, labels: Any) -> Any:
        tracks["valid"] = False
        return tracks

    path = changed(folder, tmp_path / "jets.h5", empty)
    done = script("train_tracks.py", path, "-o", tmp_path / "model")
    assert done.returncode == 2
    assert done.stderr == (
        f"train_tracks.py: error: {path}: no jet has any tracks; train_nn.py needs none\n"
    )
    assert not (tmp_path / "model").exists()


def test_more_places_than_in_the_training_change_nothing(folder: Path, tmp_path: Path) -> None:
    trained = network.load(*(folder / "model" / name for name in NETWORK))
    path = tmp_path / "jets.h5"
    assert dump("--tracks", "60", "-o", path, "--", folder / "sample.root") == 0
    more, usual = (
        np.concatenate([trained.scores(batch) for batch in jets.batches(trained.fields)])
        for jets in (open_jets([path]), open_jets([folder / "jets.h5"]))
    )
    np.testing.assert_array_equal(more, usual)


def test_a_file_of_the_training_is_known_by_its_jets_and_tracks(
    folder: Path, tmp_path: Path
) -> None:
    trained = network.load(*(folder / "model" / name for name in NETWORK))
    jets = open_jets([folder / "jets.h5"])
    assert 0 < unseen_jets(jets, trained).n_jets < 0.3 * jets.n_jets
    other = tmp_path / "without.h5"
    assert dump("-o", other, folder / "sample.root") == 0
    with pytest.raises(UserError, match="there is no such dataset; dump the jets with --tracks"):
        find_discriminants(open_jets([other]), [trained], USUAL)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["dr_exp"], "--track-inputs: no field 'dr_exp'; the fields are: dr, valid_too"),
        (["dr", "dr"], "--track-inputs: dr is given twice"),
        (["valid"], "--track-inputs: no field 'valid'; the fields are: dr, valid_too"),
    ],
)
def test_track_inputs_must_be_there(names: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        choose_track_inputs(names, ["tracks/valid", "tracks/dr", "tracks/valid_too"])
    assert str(caught.value) == message


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jets = tmp_path / "jets.h5"
    jets.touch()
    args = parse_track_training("", ["--track-inputs", "dr_log", "d0", str(jets)])
    assert (args.track_inputs, args.jets) == (["dr_log", "d0"], [jets])
    assert (args.hidden, args.track_hidden, args.tracks_only) == ([32], [32, 32], False)
    args = parse_track_training("", [str(jets), "--track-hidden", "8", "--hidden", "4", "2"])
    assert (args.hidden, args.track_hidden) == ([4, 2], [8])
    for words, message in (
        (["--track-hidden", "0"], "argument --track-hidden: 0 is not at least 1"),
        (
            ["--tracks-only", "--inputs", "a"],
            "argument --tracks-only: not allowed with argument --inputs",
        ),
    ):
        with pytest.raises(SystemExit):
            parse_track_training("", [str(jets), *words])
        assert message in capsys.readouterr().err
