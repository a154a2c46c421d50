"""What is exported computes what Keras does: lwtnn's JSON and ONNX, for every layer allowed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from btagging.errors import UserError
from btagging.export import lwtnn as lwtnn_export
from btagging.export import onnx as onnx_export
from btagging.inputs import prepare
from btagging.jets.stream import Batch
from btagging.network import network
from btagging.training import keras_import, keras_model
from dumpxaod.lwtnn import reader as lwtnn_file
from networks import BIAS, KERNEL, VARIABLES, dense, sequential, write
from numpy.typing import NDArray

try:
    import onnx
    import onnxruntime

    HAS_ONNX = True
except ImportError:
    HAS_ONNX = False
needs_onnx = pytest.mark.skipif(not HAS_ONNX, reason="onnx and onnxruntime are not installed")


@pytest.fixture(scope="module")
def keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    return pytest.importorskip("keras", reason="Keras is not installed")


@pytest.fixture(scope="module")
def jets() -> Batch:
    """10,000 jets, some of them without one input or the other."""
    rng = np.random.default_rng(5)
    rnnip = rng.normal(0, 4, 10_000)
    rnnip[::50], rnnip[1::50], rnnip[2::50] = np.nan, np.inf, -np.inf
    significance = rng.exponential(8, 10_000)
    significance[3::50], significance[4::50], significance[5::50] = np.nan, np.inf, -2
    return {
        "rnnip_log_ratio": rnnip.astype(np.float32),
        "jf_sig": significance.astype(np.float32),
    }


def keras_loaded(architecture: Path, weights: Path) -> Any:
    """Load a network as `validate_nn.py` does."""
    keras = keras_import.import_keras()
    model = keras.models.model_from_json(keras_model.allowed_architecture(architecture, weights))
    model.load_weights(weights)
    return model


def layers_of(keras: Any, kind: str) -> list[Any]:
    """Build two hidden layers of one kind, 16 wide."""
    layers = keras.layers
    special = {
        "batch normalisation": lambda: [layers.Dense(16), layers.BatchNormalization()],
        "normalisation after relu": lambda: [
            layers.Dense(16, activation="relu"),
            layers.BatchNormalization(center=False, scale=False),
        ],
        "ELU": lambda: [layers.Dense(16), layers.ELU(alpha=0.3)],
        "LeakyReLU": lambda: [layers.Dense(16), layers.LeakyReLU(negative_slope=0.05)],
        "ReLU": lambda: [layers.Dense(16), layers.ReLU()],
        "leaky ReLU": lambda: [layers.Dense(16), layers.ReLU(negative_slope=0.1)],
        "two activations": lambda: [
            layers.Dense(16, activation="tanh"),
            layers.Activation("relu"),
            layers.Softmax(),
        ],
        "noise": lambda: [
            layers.GaussianNoise(0.5),
            layers.Dense(16, activation="relu", use_bias=False),
            layers.Dropout(0.5),
            layers.AlphaDropout(0.1),
            layers.GaussianDropout(0.1),
        ],
        "normalised inputs": lambda: [layers.BatchNormalization(), layers.Dense(16)],
    }
    if kind in special:
        return [*special[kind](), *special[kind]()]
    return [layers.Dense(16, activation=kind) for _ in range(2)]


KINDS = [
    *("linear", "relu", "softmax", "sigmoid", "tanh", "hard_sigmoid"),
    *("elu", "leaky_relu", "silu", "swish", "ELU", "LeakyReLU", "ReLU", "leaky ReLU"),
    *("batch normalisation", "normalisation after relu", "normalised inputs"),
    *("two activations", "noise"),
]


def save(folder: Path, model: Any) -> tuple[Path, Path]:
    """Save a model as Keras does it, with weights of a trained one's size."""
    rng = np.random.default_rng(7)
    model.set_weights(
        [np.abs(w) if "variance" in v.path else w
         for v, w in ((v, rng.normal(0, 0.5, v.shape)) for v in model.weights)]
    )  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "architecture.json").write_text(model.to_json())
    (folder / "variables.json").write_text(json.dumps(VARIABLES))
    model.save_weights(folder / "nn.weights.h5")
    return folder / "architecture.json", folder / "nn.weights.h5"


def raw_inputs(trained: network.Network, jets: Batch) -> NDArray[np.float32]:
    """Compute what the caller of lwtnn or ONNX gives: transformed, not normalised."""
    return np.stack([i.transformed(jets) for i in trained.inputs], axis=1).astype(np.float32)


def largest_differences(files: tuple[Path, Path], model: Any, jets: Batch) -> dict[str, float]:
    trained = network.load(*files)
    x = prepare(trained.inputs, jets).astype(np.float32)
    expected = model.predict_on_batch(x).astype(np.float64)
    raw = raw_inputs(trained, jets)
    lwtnn = files[0].with_name("lwtnn.json")
    lwtnn.write_text(lwtnn_export.as_text(trained))
    found, _ = lwtnn_file.read(lwtnn)
    computed = {
        "numpy": trained.scores(jets),
        "keras": keras_loaded(*files).predict_on_batch(x),
        "lwtnn": found.evaluate(raw),
    }
    if HAS_ONNX:
        session = onnxruntime.InferenceSession(onnx_export.as_onnx(trained).SerializeToString())
        (computed["onnx"],) = session.run(["scores"], {"jet_features": raw})
    return {name: np.abs(values - expected).max() for name, values in computed.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("style", ["sequential", "functional"])
def test_everything_agrees_with_keras(
    keras: Any, jets: Batch, tmp_path: Path, kind: str, style: str
) -> None:
    keras.utils.set_random_seed(1)
    layers = [*layers_of(keras, kind), keras.layers.Dense(3, activation="softmax")]
    x = keras.Input((2,))
    if style == "functional":
        y = x
        for layer in layers:
            y = layer(y)
        model = keras.Model(x, y)
    else:
        model = keras.Sequential([x, *layers])
    differences = largest_differences(save(tmp_path, model), model, jets)
    assert max(differences.values()) < 1e-5, differences


def test_the_tutorials_network_agrees_with_keras(keras: Any, jets: Batch, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    differences = largest_differences(save(tmp_path, model), model, jets)
    assert max(differences.values()) < 2e-6, differences


def test_lwtnn_by_hand(tmp_path: Path) -> None:
    """The matrix is transposed: a row of three numbers of each input becomes three of two."""
    described = lwtnn_export.as_lwtnn(network.load(*write(tmp_path)))
    assert described == {
        "inputs": [
            {
                "name": "jets",
                "variables": [
                    {"name": "rnnip_log_ratio", "offset": 1.0, "scale": 0.5, "default": -1.0},
                    {"name": "jf_sig_log1p", "offset": -0.5, "scale": 2.0, "default": 0.5},
                ],
            }
        ],
        "input_sequences": [],
        "nodes": [
            {"type": "input", "size": 2, "sources": [0]},
            {"type": "feed_forward", "layer_index": 0, "sources": [0]},
        ],
        "layers": [
            {
                "architecture": "dense",
                "weights": [1.0, 0.5, 0.0, -0.5, -1.0, 2.0],
                "bias": [0.25, -0.5, 0.0],
                "activation": "softmax",
            }
        ],
        "outputs": {"nn": {"labels": ["pu", "pc", "pb"], "node_index": 1}},
    }


@pytest.mark.parametrize(
    ("keras_name", "written"),
    [
        ("relu", "rectified"),
        ("elu", {"function": "elu", "alpha": 1.0}),
        ("leaky_relu", {"function": "leakyrelu", "alpha": 0.2}),
        ("swish", {"function": "swish", "alpha": 1.0}),
    ],
)
def test_lwtnn_activations(tmp_path: Path, keras_name: str, written: str | dict[str, Any]) -> None:
    files = write(tmp_path, sequential(dense("flavours", 3, keras_name)))
    (layer,) = lwtnn_export.as_lwtnn(network.load(*files))["layers"]
    assert layer["activation"] == written


def test_lwtnn_hard_sigmoid_is_rescaled(tmp_path: Path) -> None:
    """Lwtnn's is 0.2 x + 0.5 where Keras's is x / 6 + 0.5."""
    files = write(tmp_path, sequential(dense("flavours", 3, "hard_sigmoid")))
    (layer,) = lwtnn_export.as_lwtnn(network.load(*files))["layers"]
    np.testing.assert_allclose(0.2 * np.array(layer["weights"]), KERNEL.T.ravel() / 6)
    np.testing.assert_allclose(0.2 * np.array(layer["bias"]), BIAS / 6)


@needs_onnx
def test_onnx_is_for_old_runtimes(tmp_path: Path) -> None:
    model = onnx_export.as_onnx(network.load(*write(tmp_path)))
    assert model.ir_version == 7
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 13)]
    assert {entry.key: json.loads(entry.value) for entry in model.metadata_props} == {
        "inputs": ["rnnip_log_ratio", "jf_sig_log1p"],
        "outputs": ["pu", "pc", "pb"],
    }


@needs_onnx
def test_onnx_for_athena(jets: Batch, tmp_path: Path) -> None:
    """One jet in, one scalar per class out, and the names in the metadata."""
    trained = network.load(*write(tmp_path))
    model = onnx_export.as_athena_onnx(trained, "matt")
    (entry,) = model.metadata_props
    assert entry.key == "gnn_config"
    found = json.loads(entry.value)
    assert found["onnx_model_version"] == "v1"
    assert (found["input_sequences"], found["nodes"], found["layers"]) == ([], [], [])
    assert [v["name"] for v in found["inputs"][0]["variables"]] == [
        "rnnip_log_ratio",
        "jf_sig_log1p",
    ]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("jet_features", [1, 2])]
    assert [(o.name, o.shape) for o in session.get_outputs()] == [
        ("matt_pu", []),
        ("matt_pc", []),
        ("matt_pb", []),
    ]
    raw, expected = raw_inputs(trained, jets), trained.scores(jets)
    for i in range(100):
        scores = session.run(None, {"jet_features": raw[[i]]})
        assert [score.shape for score in scores] == [()] * 3
        np.testing.assert_allclose(scores, expected[i], atol=2e-6)


@pytest.mark.parametrize("name", ["my_nn", "my-nn", "", "é"])
def test_names_that_athena_would_split(tmp_path: Path, name: str) -> None:
    trained = network.load(*write(tmp_path))
    with pytest.raises(UserError) as caught:
        onnx_export.as_athena_onnx(trained, name)
    assert str(caught.value) == (
        f"{name!r} cannot name a model in Athena, which splits the names of outputs at _ and -; "
        "take letters and digits"
    )


def script(*arguments: object) -> None:
    import export_nn

    export_nn.main([str(argument) for argument in arguments])


@needs_onnx
def test_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = write(tmp_path)
    written = [tmp_path / name for name in ("a.json", "b.onnx", "c.onnx")]
    script(*files, "--lwtnn", written[0], "--onnx", written[1], "--onnx-athena", written[2])
    assert capsys.readouterr().out == "".join(f"wrote {path}\n" for path in written)
    assert lwtnn_file.read(written[0])[0].labels == ("pu", "pc", "pb")
    assert onnx.load(written[1]).graph.output[0].name == "scores"
    assert onnx.load(written[2]).graph.output[0].name == "nn_pu"


def test_script_without_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script(*write(tmp_path))
    assert capsys.readouterr().out == f"wrote {tmp_path / 'lwtnn-network.json'}\n"


def test_script_writes_all_or_nothing(tmp_path: Path) -> None:
    """A name that Athena does not take leaves no other file behind either."""
    files = write(tmp_path)
    with pytest.raises(UserError):
        script(*files, "--lwtnn", tmp_path / "a.json", "--onnx-athena", "c.onnx", "--name", "a_b")
    assert not (tmp_path / "a.json").exists()


def test_script_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        script(*write(tmp_path), "--lwtnn", tmp_path / "variables.json" / "a.json")
    reason = "cannot be written (File exists); choose another place with -o"
    assert str(caught.value) == f"{tmp_path}/variables.json/a.json: {reason}"


def test_without_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(UserError) as caught:
        onnx_export.as_onnx(network.load(*write(tmp_path)))
    assert str(caught.value) == "onnx is not installed; install it: pip install onnx"


@pytest.mark.parametrize(
    ("version", "files"),
    [
        ("3.3.3", ("architecture.json", "nn.weights.h5")),
        ("2.15.0", ("architecture.json", "nn.weights.h5")),
        ("2.15.0", ("model.keras", "model.keras")),
    ],
)
def test_files_of_an_old_keras(version: str, files: tuple[str, str]) -> None:
    """What an old Keras wrote is read as it was scored there."""
    folder = Path(__file__).parents[1] / "fixtures" / f"keras-{version}"
    trained = network.load(folder / files[0], folder / files[1])
    expected = json.loads((folder / "scores.json").read_text())
    jets = {name: np.array(expected[name], np.float32) for name in trained.fields}
    np.testing.assert_allclose(trained.scores(jets), expected["scores"], atol=2e-6)
