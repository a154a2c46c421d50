"""A network is judged on jets that it was not trained on, and only files of one training count."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import make_hist
import make_roc_curves
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.export import lwtnn as lwtnn_export
from btagging.jets import held_out
from btagging.jets.identity import digest
from btagging.jets.stream import open_jets
from btagging.network import network, variables
from btagging.network.json_file import signed
from btagging.network.training_record import TrainingRecord
from btagging.output import write_files
from btagging.performance.compared import find_discriminants
from btagging.ratios import USUAL
from btagging.training import saving
from btagging.training.input_choice import choose
from btagging.training.keras_import import import_keras
from btagging.training.keras_model import as_network
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import VARIABLES, write
from numpy.lib.recfunctions import append_fields

pytest.importorskip("keras", reason="Keras is not installed")
N = 9000
LABEL = "HadronConeExclExtendedTruthLabelID"
TRAIN = Path(__file__).parents[2] / "local-sw" / "train_nn.py"
DERIVATION = json.dumps([{"path": "a.root", "uuid": "0815"}])


def save(folder: Path, jets: Any, seed: int = 1) -> Any:
    """Save an untrained network that remembers that it was trained on some jets."""
    inputs = choose(None, jets.fields, jets.sources)
    record = TrainingRecord.of(jets, inputs, held_out.choose(jets.n_jets, seed), seed)
    folder.mkdir()
    keras = import_keras()
    keras.utils.set_random_seed(seed)
    softmax = keras.layers.Dense(3, activation="softmax", name="flavours")
    first = keras.Input((len(inputs),), name="jets")
    model = keras.Sequential([first, softmax], name="btagging")
    files = saving.writers(
        folder,
        as_network(model, inputs, folder / saving.ARCHITECTURE),
        architecture=model.to_json(),
        save_weights=model.save_weights,
        history={},
        record=record,
    )
    write_files(files)
    return folder / "architecture.json", folder / "nn.weights.h5"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two files of jets, and a network that was trained on both."""
    folder = tmp_path_factory.mktemp("trained")
    rows = toy.jets(N)
    toy.write(folder / "a.h5", rows[:5321], inputs=DERIVATION)
    toy.write(folder / "b.h5", rows[5321:])
    toy.write(folder / "other.h5", toy.jets(2000, seed=2))
    return folder, save(folder / "model", open_jets([folder / "a.h5", folder / "b.h5"]))


def rows_of(jets: Any, size: Any = 4096) -> Any:
    return np.concatenate([batch["jf_sig"] for batch in jets.batches(["jf_sig"], size)])


def unseen(files: Any, paths: Any) -> Any:
    path = files[0].with_name(variables.NAME)
    training = variables.read(path).training
    assert training
    return training.unseen(open_jets(paths))


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, 7000), order=st.permutations(["a.h5", "b.h5", "other.h5"]))
def test_only_held_out_jets_are_read(trained: Any, size: Any, order: Any) -> None:
    """Of files of the training; of other files all. Neither order nor batches matter."""
    folder, files = trained
    mask = held_out.choose(N, 1).mask(0, N)
    rows = toy.jets(N)["jf_sig"]
    wanted = {
        "a.h5": rows[:5321][mask[:5321]],
        "b.h5": rows[5321:][mask[5321:]],
        "other.h5": toy.jets(2000, seed=2)["jf_sig"],
    }
    jets = unseen(files, [folder / name for name in order])
    expected = np.concatenate([wanted[name] for name in order])
    np.testing.assert_array_equal(rows_of(jets, size), expected)
    assert jets.n_jets == len(expected)


def test_the_same_jets_are_known_in_any_place_and_form(trained: Any, tmp_path: Path) -> None:
    """Copied, compressed in another way, and in other chunks."""
    folder, files = trained
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file.create_dataset("jets", data=toy.jets(N)[:5321], chunks=(100,), compression="lzf")
    found = unseen(files, [tmp_path / "c.h5"])
    np.testing.assert_array_equal(rows_of(found), rows_of(unseen(files, [folder / "a.h5"])))


def test_a_jet_more_or_another_makes_another_file(tmp_path: Path) -> None:
    rows = toy.jets(N)
    changed = rows.copy()
    changed["jf_sig"][-1] += 1
    found = {
        digest(open_jets([toy.write(tmp_path / f"{i}.h5", some)]).files[0], [LABEL, "jf_sig"])
        for i, some in enumerate([rows, rows[:-1], changed, rows[::-1]])
    }
    assert len(found) == 4
    assert all(len(text) == 64 for text in found)


def test_fields_that_were_not_used_do_not_matter(tmp_path: Path) -> None:
    """So scored jets are known as those of the training, though they have more fields."""
    rows = toy.jets(N)
    files = save(tmp_path / "model", open_jets([toy.write(tmp_path / "a.h5", rows)]))
    scored = append_fields(rows, ["nn_pb"], [rows["jf_sig"]], usemask=False)
    more = toy.write(tmp_path / "scored.h5", scored)
    assert unseen(files, [more]).n_jets == held_out.choose(N, 1).n_jets


@pytest.mark.parametrize("order", [slice(None, -1), slice(None, None, -1)])
@pytest.mark.parametrize("mark", [{"uuid": "ab"}, {"inputs": DERIVATION}])
def test_another_selection_of_the_same_derivation(tmp_path: Path, order: Any, mark: Any) -> None:
    """Nobody can tell which of these jets the network has seen."""
    rows = toy.jets(N)
    path = toy.write(tmp_path / "a.h5", rows, uuid="ab", inputs=DERIVATION)
    files = save(tmp_path / "model", open_jets([path]))
    other = toy.write(tmp_path / "b.h5", rows[order], **mark)
    with pytest.raises(UserError) as caught:
        unseen(files, [other])
    assert str(caught.value) == (
        f"{other}: comes from a derivation that the network was trained on, but is "
        "another selection of jets, so that held-out jets cannot be told; use the file of the "
        "training, or --all-jets"
    )
    arguments = [str(other), "--nn", *map(str, files), "-o", str(tmp_path / "plots")]
    make_hist.main([*arguments, "--all-jets", "--format", "png"])


def test_the_plots_use_held_out_jets_and_say_so(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, files = trained
    arguments = [str(folder / "a.h5"), "-n", *map(str, files), "-o", str(tmp_path)]
    n_held = held_out.choose(N, 1).part(0, 5321).n_jets
    said = f"used {n_held:,} held-out jets: the network was trained on the others (--all-jets for"
    for script in make_hist, make_roc_curves:
        script.main([*arguments, "--format", "svg"])
        first, second, *_ = capsys.readouterr().out.splitlines()
        assert first == "read 5,321 jets (synthetic: toy)"
        assert second == f"{said} all)"
    table = json.loads((tmp_path / "roc.json").read_text())
    assert table["held_out"]
    assert sum(table["jets"].values()) + sum(table["left_out"].values()) == n_held
    make_roc_curves.main([*arguments, "--all-jets", "--format", "svg"])
    assert "held-out" not in capsys.readouterr().out
    table = json.loads((tmp_path / "roc.json").read_text())
    assert not table["held_out"]
    assert sum(table["jets"].values()) + sum(table["left_out"].values()) == 5321


def test_a_network_without_a_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jets = toy.write(tmp_path / "a.h5", toy.jets(N))
    files = write(tmp_path / "model")
    make_hist.main([str(jets), "-n", *map(str, files), "-o", str(tmp_path), "--format", "png"])
    assert capsys.readouterr().out.splitlines()[0] == (
        f"{tmp_path}/model/variables.json does not say which jets the network was trained on: "
        "all are used"
    )


def test_a_network_is_drawn_without_any_tagger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = toy.jets(N)[["jf_sig", "HadronConeExclExtendedTruthLabelID"]]
    rows.dtype.names = ("x", "HadronConeExclExtendedTruthLabelID")
    jets = toy.write(tmp_path / "a.h5", rows)
    done = subprocess.run(
        [sys.executable, str(TRAIN), str(jets), "--inputs", "x", "-o", tmp_path / "model"]
    )
    assert done.returncode == 0
    files = [str(tmp_path / "model" / name) for name in ("architecture.json", "nn.weights.h5")]
    for script in make_hist, make_roc_curves:
        script.main([str(jets), "-n", *files, "-o", str(tmp_path / "plots")])
    assert {path.stem for path in (tmp_path / "plots").iterdir()} == {"nn", "roc"}


def test_an_overtrained_network(cases_dir: Path, tmp_path: Path) -> None:
    """All jets of the training gave 251 ± 144 at 90%, where others give 14.5 ± 2.0."""
    jets = cases_dir / "jets" / "overtrain_train.h5"
    inputs = ["rnnip_log_ratio", "jf_sig_log1p", *(f"n{i}" for i in range(20))]
    command = [sys.executable, str(TRAIN), str(jets), "--inputs", *inputs, "--hidden", "64", "64"]
    done = subprocess.run([*command, "-o", tmp_path], capture_output=True, text=True, check=True)
    (said,) = (line for line in done.stdout.splitlines() if line.startswith("kept"))
    history = json.loads((tmp_path / "history.json").read_text())
    losses = history["val_loss"]
    best = 1 + int(np.argmin(losses))
    assert said == f"kept epoch {best} of 20: its held-out cross-entropy was the lowest"
    assert history["kept_epoch"] == best
    found = {}
    for name in "train", "test":
        arguments = [str(jets.with_name(f"overtrain_{name}.h5")), "-o", str(tmp_path), "-n"]
        make_roc_curves.main([*arguments, *(str(tmp_path / f) for f in saving.MODEL)])
        table = json.loads((tmp_path / "roc.json").read_text())
        found[name] = table["discriminants"]["nn"]["working_points"][-1]
        assert table["held_out"] == (name == "train")
    train, test = found["train"], found["test"]
    error = np.hypot(train["light_rejection_error"], test["light_rejection_error"])
    assert abs(train["light_rejection"] - test["light_rejection"]) < 2 * error


@pytest.mark.parametrize("name", ["architecture.json", "nn.weights.h5", "variables.json"])
def test_files_of_two_trainings(trained: Any, tmp_path: Path, name: str) -> None:
    """They fit each other in every shape, and would give smooth and plausible nonsense."""
    _, (architecture, _) = trained
    shutil.copytree(architecture.parent, tmp_path / "model")
    jets = open_jets([toy.write(tmp_path / "a.h5", toy.jets(N))])
    files = save(tmp_path / "other", jets, seed=2)
    if name == "architecture.json":  # those of two trainings are the same but for what they are
        files[0].write_text(files[0].read_text().replace("softmax", "sigmoid"))
    shutil.copy(files[0].with_name(name), tmp_path / "model" / name)
    wrong = "nn.weights.h5" if name == "variables.json" else name
    with pytest.raises(UserError) as caught:
        network.load(*(tmp_path / "model" / name for name in saving.MODEL))
    assert str(caught.value) == (
        f"{tmp_path}/model/{wrong}: not of the same training as {tmp_path}/model/variables.json, "
        "or damaged; give the files that one training wrote"
    )


def test_all_files_carry_the_fingerprint(trained: Any) -> None:
    _, files = trained
    read = {path.name: json.loads(path.read_text()) for path in files[0].parent.glob("*.json")}
    fingerprint = read["variables.json"]["sha256"]
    assert read["lwtnn-network.json"]["fingerprint"] == fingerprint
    assert read["history.json"]["fingerprint"] == fingerprint
    assert network.load(*files).fingerprint == fingerprint
    again = lwtnn_export.as_text(network.load(*files))
    assert again == files[0].with_name(lwtnn_export.FILE).read_text()


def test_the_digest_of_an_object_by_hand() -> None:
    """SHA-256 of {"a":[1,0.5],"b":"é"}, written without spaces, sorted, and in ASCII."""
    assert signed({"b": "é", "a": [1, 0.5], "sha256": "old"}) == {
        "b": "é",
        "a": [1, 0.5],
        "sha256": "ec71ccdcff0cf96fd30274c1403ad8674082333204143cf117a1aa4e0a953ed0",
    }


@pytest.mark.parametrize("name", ["architecture.json", "nn.weights.h5", "variables.json"])
def test_flipped_bits(trained: Any, tmp_path: Path, name: str) -> None:
    """None of 60 is taken, but where it changes the layout of variables.json only."""
    _, (architecture, weights) = trained
    shutil.copytree(architecture.parent, tmp_path / "model")
    files = [tmp_path / "model" / path.name for path in (architecture, weights)]
    content = (tmp_path / "model" / name).read_bytes()
    expected = network.load(*files)
    rng = np.random.default_rng(1)
    for position in rng.integers(len(content), size=60):
        damaged = bytearray(content)
        damaged[position] ^= 1 << rng.integers(8)
        (tmp_path / "model" / name).write_bytes(damaged)
        found = None
        with contextlib.suppress(UserError):
            found = network.load(*files)
        assert found is None or (name == "variables.json" and found.inputs == expected.inputs)


def test_a_variable_may_be_made_by_hand(tmp_path: Path) -> None:
    """Without digests and without a memory, as in the files of other tools."""
    assert network.load(*write(tmp_path, variables=VARIABLES)).fingerprint == ""


def test_fields_mean_what_they_meant_in_the_training(tmp_path: Path) -> None:
    """Whether a double was rounded changes nothing; a file that is silent is taken."""
    sources = {"rnnip_log_ratio.source": "log(rnnip_pb / rnnip_pu), rounded from double to float"}
    rows = toy.jets(N)
    path = toy.write(tmp_path / "a.h5", rows, **sources)
    save(tmp_path / "model", open_jets([path]))
    trained = network.load(*(tmp_path / "model" / name for name in saving.MODEL))
    for source in ("log(rnnip_pb / rnnip_pu)", ""):
        other = toy.write(tmp_path / "b.h5", rows, **{"rnnip_log_ratio.source": source})
        assert len(find_discriminants(open_jets([other]), [trained], USUAL)) == 3
    other = toy.write(tmp_path / "b.h5", rows, **{"rnnip_log_ratio.source": "log(x_pb / x_pu)"})
    with pytest.raises(UserError) as caught:
        find_discriminants(open_jets([other]), [trained], USUAL)
    assert str(caught.value) == (
        f"{other}: field 'rnnip_log_ratio' was made from log(x_pb / x_pu), but the network was "
        "trained on log(rnnip_pb / rnnip_pu); train it again"
    )
