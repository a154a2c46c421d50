"""From a derivation with tracks over the training to the scores in the dumper, and back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from btagging.errors import UserError
from btagging.jets.held_out import HeldOut
from btagging.jets.stream import open_jets
from btagging.jets.tracks import read_track_file
from btagging.network import network
from btagging.performance.unseen_jets import unseen_jets
from btagging.training.input_choice import choose_track_inputs
from btagging.training.shuffling import ShuffledJets
from btagging.training.track_reader import TrackReader
from btagging.training.track_survey import survey_tracks
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
    """On the jets that were held out of its training."""
    files = [folder / "model" / name for name in NETWORK]
    for name in "make_roc_curves.py", "make_hist.py":
        done = script(name, folder / "jets.h5", "-o", folder / "plots", "--nn", *files)
        assert done.returncode == 0, done.stderr
        assert "held-out jets: the network was trained on the others" in done.stdout
    assert (folder / "plots" / "nn.png").exists()


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
    expected = expected[:, : found.most]
    for memory in (None, 20_000):
        shuffled = ShuffledJets(reader, 1, memory)
        batches = [shuffled.batch(0, i, 4)[0] for i in range(4 * shuffled.n_pools)]
        rows = np.concatenate([batch["tracks"][..., 0] for batch in batches])
        valid = np.concatenate([batch["valid"][..., 0] for batch in batches])
        order, wanted = (np.lexsort(x.T) for x in (rows, expected))
        np.testing.assert_allclose(rows[order], expected[wanted], atol=1e-5)
        assert valid.sum() == tracks["valid"][used].sum()
        assert not np.array_equal(rows, expected)


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


def test_files_must_have_the_same_tracks(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    assert not make_sample([str(tmp_path / "s.root"), "--events", "50", "--seed", "7"])
    assert dump("--tracks", "3", "-o", other, tmp_path / "s.root") == 0
    jets = open_jets([folder / "jets.h5", other])
    with pytest.raises(UserError, match=r"up to 3 tracks per jet, .* up to 40, r22default; dump"):
        next(jets.batches(["tracks/dr"]))


def test_a_file_of_the_training_is_known_by_its_jets_and_tracks(
    folder: Path, tmp_path: Path
) -> None:
    trained = network.load(*(folder / "model" / name for name in NETWORK))
    jets = open_jets([folder / "jets.h5"])
    assert 0 < unseen_jets(jets, trained).n_jets < 0.3 * jets.n_jets
    other = tmp_path / "without.h5"
    assert dump("-o", other, folder / "sample.root") == 0
    with pytest.raises(UserError, match="there is no such dataset; dump the jets with --tracks"):
        unseen_jets(open_jets([other]), trained)


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
