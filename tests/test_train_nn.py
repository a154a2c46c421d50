"""The training reaches the optimum, is reproducible, and leaves all files or none."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.inputs import prepare
from btagging.jets import held_out
from btagging.jets.stream import open_jets
from btagging.large_import import large_import
from btagging.network import network
from btagging.network.dense import evaluate
from btagging.network.training_record import TrainingRecord
from btagging.output import write_files
from btagging.training import best_epoch, keras_import, saving, schedule, survey
from btagging.training.input_choice import choose
from btagging.training.keras_model import as_network
from btagging.training_cli import parse_training as parse
from sklearn.linear_model import LogisticRegression

SCRIPT = Path(__file__).parents[1] / "local-sw" / "train_nn.py"
LABEL = "HadronConeExclExtendedTruthLabelID"


def run(*arguments: Any, environment: Any = None) -> Any:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Train on 30,000 jets sorted by label: the worst order."""
    folder = tmp_path_factory.mktemp("trained")
    rows = toy.jets(30_000)
    rows = rows[np.argsort(rows[LABEL], kind="stable")]
    toy.write(folder / "jets.h5", rows)
    done = run(folder / "jets.h5", "-o", folder / "model")
    assert done.returncode == 0, done.stderr
    return folder, done


def test_what_it_prints(trained: Any) -> None:
    folder, done = trained
    labels = toy.jets(30_000)[LABEL]
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "read 30,000 jets (synthetic: toy)",
        f"left out jets with label 15: {np.sum(labels == 15):,}",
        f"left out jets with label 44: {np.sum(labels == 44):,}",
    ]
    assert lines[3].startswith("training: ")
    assert lines[4].startswith("held-out: ")
    assert lines[5].startswith("input rnnip_log_ratio: (x ")
    assert lines[6].startswith("input jf_sig_log1p: (x ")
    # Keras prints two lines per epoch where there is no terminal.
    assert lines[7:31:2] == [f"Epoch {i}/12" for i in range(1, 13)]
    assert all(re.search(r"- loss: 0\.\d+ - val_loss: 0\.\d+$", line) for line in lines[8:31:2])
    assert lines[31] == "kept epoch 12 of 12"
    files = "nn.weights.h5 architecture.json variables.json lwtnn-network.json history.json"
    written = [*files.split(), "loss.png", "loss.pdf"]
    assert lines[32:] == [f"wrote {folder / 'model' / name}" for name in written]
    assert sorted(path.name for path in (folder / "model").iterdir()) == sorted(written)
    assert done.stderr == ""


def test_it_reaches_the_optimum(trained: Any) -> None:
    """Within 0.0002 of scikit-learn's cross-entropy; also for a file sorted by label."""
    folder, _ = trained
    found = network.load(folder / "model" / "architecture.json", folder / "model" / "nn.weights.h5")
    with h5py.File(folder / "jets.h5") as file:
        rows = file["jets"][:]
    known = np.isin(rows[LABEL], [0, 4, 5])
    held = held_out.choose(len(rows), 1).mask(0, len(rows))[known]
    x, y = prepare(found.inputs, rows[known]), np.searchsorted([0, 4, 5], rows[LABEL][known])
    best = LogisticRegression(C=np.inf, tol=1e-7, max_iter=500).fit(x[~held], y[~held])
    for chosen in held, ~held:
        ours, theirs = (
            -np.log(p[np.arange(chosen.sum()), y[chosen]]).mean()
            for p in (evaluate(found.layers, x[chosen]), best.predict_proba(x[chosen]))
        )
        assert abs(ours - theirs) < 2e-4
    history = json.loads((folder / "model" / "history.json").read_text())
    validation = evaluate(found.layers, x[held])
    assert history["val_loss"][-1] == pytest.approx(
        -np.log(validation[np.arange(held.sum()), y[held]]).mean(), abs=1e-5
    )


def test_same_seed_same_bytes(trained: Any, tmp_path: Path) -> None:
    folder, _ = trained
    done = run(folder / "jets.h5", "-o", tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("nn.weights.h5", "architecture.json", "variables.json", "lwtnn-network.json"):
        assert (folder / "model" / name).read_bytes() == (tmp_path / name).read_bytes()


class Model:
    """Stands for Keras's, and writes weights until the disk is full."""

    def __init__(self, kernel: Any, error: Any = None) -> None:
        self.layers = [self]
        self.name, self.activation = "flavours", np.tanh
        self.get_weights = lambda: [np.full((1, 3), kernel), np.zeros(3)]
        self._error = error

    def writers(self, folder: Path) -> Any:
        """Say how to write it."""
        return saving.writers(
            folder,
            as_network(self, choose(["pt"], ["pt"]), folder / saving.ARCHITECTURE),
            architecture="{}",
            save_weights=self.save_weights,
            history={},
            record=TrainingRecord(1, (), ()),
        )

    def save_weights(self, path: Path) -> Any:
        """Write some of them."""
        path.write_text("half")
        if self._error:
            raise self._error


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            Model(1.0, OSError(28, "No space left on device")),
            "{}: cannot be written (No space left on device); choose another place with -o",
        ),
        (Model(np.nan), "layer flavours has no finite weights; try fewer --hidden layers"),
    ],
)
def test_a_failed_run_leaves_the_old_model(tmp_path: Path, model: Model, message: str) -> None:
    weights = tmp_path / "nn.weights.h5"
    weights.write_text("old")
    with pytest.raises(UserError) as caught:
        write_files(model.writers(tmp_path))
    assert str(caught.value) == message.format(weights)
    assert weights.read_text() == "old"
    assert list(tmp_path.iterdir()) == [weights]


def test_unwritable_output(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file")
    with pytest.raises(UserError) as caught:
        write_files(Model(1.0).writers(tmp_path / "model"))
    assert str(caught.value) == (
        f"{tmp_path / 'model' / 'nn.weights.h5'}: cannot be written (File exists); "
        "choose another place with -o"
    )


@pytest.mark.parametrize(
    ("line", "jets", "inputs", "hidden"),
    [
        ("a.h5 b.h5", ["a.h5", "b.h5"], None, []),
        ("--inputs pt eta a.h5", ["a.h5"], ["pt", "eta"], []),
        ("a.h5 --inputs pt eta", ["a.h5"], ["pt", "eta"], []),
        ("--inputs pt data/jets b.h5", ["data/jets", "b.h5"], ["pt"], []),
        ("a.h5 --inputs pt b.h5 --hidden 8 4 c.h5", ["a.h5", "b.h5", "c.h5"], ["pt"], [8, 4]),
        ("--hidden 16 16 a.h5 -e 2", ["a.h5"], None, [16, 16]),
        ("-e 2 a.h5", ["a.h5"], None, []),
    ],
)
def test_arguments(
    line: Any, jets: Any, inputs: Any, hidden: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for path in jets:
        Path(path).touch()
    args = parse("", line.split())
    assert args.jets == [Path(path) for path in jets]
    assert (args.inputs, args.hidden) == (inputs, hidden)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "the following arguments are required: JETS.h5"),
        ("--inputs pt", "the following arguments are required: JETS.h5"),
        ("--inputs a.h5", "argument --inputs: expected at least one field"),
        ("-e 0 a.h5", "argument -e/--epochs: 0 is not at least 1"),
        ("a.h5 --hidden 8 0", "argument --hidden: 0 is not at least 1"),
        ("a.h5 --hidden -8", "argument --hidden: -8 is not at least 1"),
        ("a.h5 --hidden 8 1001", "argument --hidden: at most 49 layers of 1000 can be read again"),
        (
            f"a.h5 --hidden {'8 ' * 50}",
            "argument --hidden: at most 49 layers of 1000 can be read again",
        ),
        ("a.h5 --seed -1", "argument --seed: -1 is not in 0 to 4294967295"),
    ],
)
def test_wrong_arguments(line: Any, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("", line.split())
    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(f": error: {message}")


def test_a_mistyped_file() -> None:
    with pytest.raises(UserError) as caught:
        parse("", ["outptu.h5"])
    assert str(caught.value) == "outptu.h5: no such file; atlas-sw/dump-xaod makes one"


def test_too_few_of_a_flavour(tmp_path: Path) -> None:
    rows = toy.jets(5000)
    rows = np.concatenate([rows[rows[LABEL] != 4], rows[rows[LABEL] == 4][:9]])
    jets = open_jets([toy.write(tmp_path / "a.h5", rows)])
    with pytest.raises(UserError) as caught:
        survey.survey(jets, choose(None, jets.fields), held_out.choose(jets.n_jets, 1))
    assert str(caught.value) == (
        f"{tmp_path / 'a.h5'}: 9 c-jets (label 4) are too few to train on; at least 10 are needed"
    )


def labels(n_known: Any, held_out_known: Any) -> Any:
    """Make 2000 jets of which some are no taus, all or none of these in the held-out blocks."""
    rows = toy.jets(2000)
    held = held_out.choose(2000, 1).mask(0, 2000)
    rows[LABEL] = 15
    places = np.flatnonzero(held == held_out_known)[: 3 * n_known]
    rows[LABEL][places] = np.resize([0, 4, 5], len(places))
    return rows


@pytest.mark.parametrize("held_out_known", [False, True])
def test_labelled_jets_on_one_side_only(tmp_path: Path, held_out_known: Any) -> None:
    rows = labels(20, held_out_known)
    path = toy.write(tmp_path / "a.h5", rows)
    jets = open_jets([path])
    with pytest.raises(UserError) as caught:
        survey.survey(jets, choose(None, jets.fields), held_out.choose(2000, 1))
    assert str(caught.value) == f"{path}: " + (
        "0 light jets (label 0), besides 20 that are held out, are too few to train on; at least "
        "10 are needed"
        if held_out_known
        else "none of the 60 labelled jets is among the held-out ones, so that the training could "
        "not be checked; take more jets, or another --seed"
    )


@pytest.mark.parametrize("name", ["few_labels.h5", "no_b_in_training.h5"])
def test_too_few_labels(cases_dir: Path, tmp_path: Path, name: str) -> None:
    done = run(cases_dir / "jets" / name, "-o", tmp_path / "model")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"train_nn.py: error: {cases_dir / 'jets' / name}: ")


def test_what_a_transform_loses_is_counted(tmp_path: Path) -> None:
    """50 jets have a NaN, 70 others a significance of -999, which has no logarithm."""
    rows = toy.jets(5000)
    known = np.flatnonzero(np.isin(rows[LABEL], [0, 4, 5]))
    rows["jf_sig"][known[:50]] = np.nan
    rows["jf_sig"][known[50:120]] = -999
    rows["jf_sig"][rows[LABEL] == 15] = -999  # these are not trained on
    jets = open_jets([toy.write(tmp_path / "a.h5", rows)])
    found = survey.survey(jets, choose(["jf_sig_log1p"], jets.fields), held_out.choose(5000, 1))
    assert found.unknown == ((50, 70),)
    text = survey.summary(jets, found)
    assert text.endswith(" if unknown; 50 jets have no jf_sig; 70 have no log1p of jf_sig")


def test_more_inputs_than_can_be_read_again() -> None:
    names = [f"x{i}" for i in range(1001)]
    with pytest.raises(UserError) as caught:
        choose(names, names)
    assert str(caught.value) == "--inputs: 1,001 are more than 1000; choose some"


def test_a_folder_that_cannot_be_made_stops_before_the_training(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file")
    done = run(toy.write(tmp_path / "a.h5", toy.jets(5000)), "-o", tmp_path / "model")
    assert done.returncode == 2
    assert "epoch" not in done.stdout
    assert done.stderr == (
        f"train_nn.py: error: {tmp_path / 'model'}: cannot be written (File exists); choose "
        "another place with -o\n"
    )


def test_what_is_read_stops_before_the_training(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "history.json", toy.jets(5000))
    done = run(path, "-o", tmp_path)
    assert done.returncode == 2
    assert "epoch" not in done.stdout
    assert done.stderr == (
        f"train_nn.py: error: {path}: is an input of this call; choose another -o\n"
    )


def test_the_users_settings_of_keras_and_matplotlib_do_not_matter(
    trained: Any, tmp_path: Path
) -> None:
    """Neither half precision nor a backend of notebooks: the bytes are the same."""
    folder, _ = trained
    settings = {"floatx": "float16", "epsilon": 1e-3, "dtype_policy": "mixed_float16"}
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "tensorflow", **settings}))
    notebook = "module://matplotlib_inline.backend_inline"
    own = {"KERAS_HOME": str(tmp_path), "MPLBACKEND": notebook}
    done = run(folder / "jets.h5", "-o", tmp_path, environment=os.environ | own)
    assert (done.returncode, done.stderr) == (0, "")
    for name in saving.MODEL:
        assert (folder / "model" / name).read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize(
    ("losses", "training_loss", "kept"),
    [
        ([0.5, 0.4, 0.41], 0.3, 2),  # clearly worse than the best, and than the training
        ([0.5, 0.4, 0.403], 0.3, 3),  # no more than the usual ups and downs
        ([0.5, 0.4, 0.41], 0.45, 3),  # easier jets are held out, which are not learnt by heart
        ([0.5, 0.4, 0.3], 0.1, 3),
        ([0.5, 0.4, 0.4], 0.1, 3),
    ],
)
def test_which_epoch_is_kept(losses: Any, training_loss: Any, kept: Any) -> None:
    history = {"loss": [0.7, 0.6, training_loss], "val_loss": losses}
    assert best_epoch.kept_epoch(history) == kept
    why = ": its held-out cross-entropy was the lowest" if kept < 3 else ""
    assert best_epoch.summary(history) == f"kept epoch {kept} of 3{why}"


def test_a_constant_input_stops_before_keras(tmp_path: Path) -> None:
    rows = toy.jets(5000)
    rows["jf_sig"] = 0
    done = run(toy.write(tmp_path / "a.h5", rows), "-o", tmp_path / "model")
    assert done.returncode == 2
    assert done.stderr == (
        f"{SCRIPT.name}: error: input jf_sig_log1p: it is 0 for all training jets; leave it out\n"
    )
    assert not (tmp_path / "model").exists()


def test_what_keras_does_without_is_there_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that was loaded before stays visible; one that was not can be loaded later."""
    loaded = sys.modules["sklearn"]
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    with keras_import._hidden("pandas", "sklearn"):
        assert sys.modules["pandas"] is None
        assert sys.modules["sklearn"] is loaded
    assert "pandas" not in sys.modules
    assert sys.modules["sklearn"] is loaded


def test_a_large_import_is_none_of_the_garbage_collectors_business() -> None:
    before = gc.get_freeze_count()
    with large_import():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before
    gc.unfreeze()


def test_without_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(UserError) as caught:
        keras_import.import_keras()
    assert str(caught.value) == (
        "Keras cannot be imported (import of keras halted; None in sys.modules); install it: "
        "pip install keras tensorflow"
    )


@pytest.mark.parametrize(
    ("n_jets", "epochs", "size"),
    [(400, 20, 32), (24_000, 12, 1024), (112_000, 3, 1024), (800_000, 2, 8192), (10**8, 1, 16384)],
)
def test_batches_grow_with_the_sample(n_jets: int, epochs: Any, size: Any) -> None:
    """Some 200 to 350 steps are enough, but a batch stays between 32 and 16384 jets."""
    assert schedule.SINGLE.default_epochs(n_jets) == epochs
    assert schedule.SINGLE.batch_size(n_jets, epochs) == size


def test_hidden_layers_are_trained_longer() -> None:
    assert schedule.HIDDEN.default_epochs(112_000) == 10
    assert schedule.HIDDEN.batch_size(112_000, 10) == 1024


def test_fewer_epochs_take_as_many_steps() -> None:
    assert schedule.SINGLE.batch_size(112_000, 1) == 512
    assert schedule.SINGLE.batch_size(112_000, 100) == 1024


def test_the_weights_can_be_looked_at(trained: Any) -> None:
    """The tutorial says that `h5ls` shows the weights: 2 times 3 of them, and 3 offsets."""
    folder, _ = trained
    with h5py.File(folder / "model" / "nn.weights.h5") as file:
        assert file["layers/dense/vars/0"].shape == (2, 3)
        assert file["layers/dense/vars/1"].shape == (3,)
