"""Networks that sum over tracks: Keras, and all that computes the same without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from btagging.errors import UserError
from btagging.export import lwtnn as lwtnn_export
from btagging.export import onnx as onnx_export
from btagging.inputs import Input
from btagging.network import network
from btagging.network.network import Network
from btagging.performance.validation import keras_inputs
from btagging.training import keras_import, keras_model
from dumpxaod.lwtnn import reader as lwtnn_file
from numpy.typing import NDArray

onnxruntime = pytest.importorskip("onnxruntime")

N_JETS, N_MAX = 10_000, 40
OF_JET = [
    Input("rnnip", "rnnip", "identity", 1.0, 0.3, -0.7),
    Input("jf_log1p", "jf", "log1p", -0.5, 2.0, 0.25),
]
OF_TRACK = [
    Input("d0_symlog", "tracks/d0", "symlog", 0.25, 0.75, 0.5),
    Input("dr_log", "tracks/dr", "log", 3.0, 0.5, -3.5),
    Input("hits", "tracks/hits", "identity", -8.0, 0.3, 8.0),
]


@pytest.fixture(scope="module")
def keras() -> Any:
    return keras_import.import_keras()


@pytest.fixture(scope="module")
def jets() -> dict[str, NDArray[Any]]:
    """Draw jets with 0 to 40 tracks, some of whose inputs are unknown; NaN is the padding."""
    rng = np.random.default_rng(3)
    places = (N_JETS, N_MAX)
    valid = np.arange(N_MAX) < rng.integers(0, N_MAX + 1, N_JETS)[:, np.newaxis]
    tracks = {"d0": rng.normal(0, 20, places), "dr": rng.exponential(0.1, places)}
    for values in tracks.values():
        values[~valid | (rng.uniform(size=places) < 0.01)] = np.nan
    tracks["dr"][valid & (rng.uniform(size=places) < 0.01)] = 0
    hits = np.where(valid, rng.integers(4, 15, places), 255).astype(np.uint8)
    rnnip = np.where(rng.uniform(size=N_JETS) < 0.02, np.nan, rng.normal(size=N_JETS))
    return {
        "rnnip": rnnip.astype(np.float32),
        "jf": rng.exponential(5, N_JETS).astype(np.float32),
        "tracks/valid": valid,
        "tracks/hits": hits,
        **{f"tracks/{name}": values.astype(np.float32) for name, values in tracks.items()},
    }


def model_of(keras: Any, style: str) -> Any:
    """Build a model, in one of the ways in which it may be put together."""
    layer = keras.layers
    keras.utils.set_random_seed(5)
    tracks, valid = keras.Input((None, 3), name="tracks"), keras.Input((None, 1), name="valid")
    jet = keras.Input((2,), name="jets")
    x = layer.Dense(8, activation="relu", bias_initializer="random_normal")(tracks)
    if style == "other layers":
        x = layer.BatchNormalization()(x)
        x = layer.Dropout(0.1)(x)
        x = layer.Activation("tanh")(x)
    x = layer.Dense(6, activation="elu", bias_initializer="random_normal")(x)
    both = [x, valid] if style == "valid last" else [valid, x]
    x = layer.Dot(axes=1)(both)
    x = layer.Reshape((6,))(x) if style == "valid last" else layer.Flatten()(x)
    if style == "jets last":
        x = layer.Concatenate()([x, jet])
    elif style != "no jets":
        x = layer.Concatenate()([jet, x])
    if style == "other layers":
        x = layer.BatchNormalization()(x)
    x = layer.Dense(7, activation="relu", bias_initializer="random_normal")(x)
    y = layer.Dense(3, activation="softmax")(x)
    inputs = [tracks, valid] if style == "no jets" else [jet, tracks, valid]
    model = keras.Model(inputs, y)
    for some in model.layers:
        if some.__class__.__name__ == "BatchNormalization":
            some.set_weights([np.abs(w) + 0.1 * i for i, w in enumerate(some.get_weights())])
    return model


def save(
    folder: Path, model: Any, change: Callable[[dict[str, Any]], object] = lambda _: None
) -> tuple[Path, Path]:
    with_jets = any(layer.name == "jets" for layer in model.layers)
    variables = {
        "inputs": [vars(i) for i in OF_JET] if with_jets else [],
        "outputs": ["pu", "pc", "pb"],
        "tracks": {
            "inputs": [vars(i) for i in OF_TRACK],
            "n_max": N_MAX,
            "selection": "r22default",
        },
    }
    change(variables)
    (folder / "variables.json").write_text(json.dumps(variables))
    (folder / "architecture.json").write_text(model.to_json())
    model.save_weights(folder / "nn.weights.h5")
    return folder / "architecture.json", folder / "nn.weights.h5"


STYLES = ["jets first", "jets last", "no jets", "valid last", "other layers"]


def raw(trained: Network, jets: dict[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Compute what the caller of lwtnn or ONNX gives: transformed, not normalised."""
    assert trained.tracks
    of_jet = [i.transformed(jets) for i in trained.inputs]
    of_track = [i.transformed(jets) for i in trained.tracks.variables.inputs]
    x = np.stack(of_jet, axis=1) if of_jet else np.empty((N_JETS, 0))
    return x.astype(np.float32), np.stack(of_track, axis=2).astype(np.float32)


def lwtnn_scores(
    trained: Network,
    jets: dict[str, NDArray[Any]],
    folder: Path,
    change: Callable[[dict[str, Any]], object] = lambda _: None,
) -> NDArray[np.float64]:
    graph = lwtnn_export.as_lwtnn(trained)
    change(graph)
    (folder / "lwtnn.json").write_text(json.dumps(graph))
    found, _ = lwtnn_file.read(folder / "lwtnn.json")
    x, tracks = raw(trained, jets)
    valid = jets["tracks/valid"]
    return found.evaluate(x, tracks[valid], np.nonzero(valid)[0])


@pytest.mark.parametrize("style", STYLES)
def test_everything_agrees_with_keras(
    style: str, keras: Any, jets: dict[str, NDArray[Any]], tmp_path: Path
) -> None:
    """On 10,000 jets with 0 to 40 tracks, to less than 2e-6."""
    model = model_of(keras, style)
    files = save(tmp_path, model)
    trained = network.load(*files)
    given = keras_inputs(trained, jets)
    expected = model.predict_on_batch(given)
    again = keras.models.model_from_json(keras_model.allowed_architecture(*files))
    again.load_weights(files[1])
    x, tracks = raw(trained, jets)
    feed = {"track_features": tracks, "valid": jets["tracks/valid"]}
    feed |= {"jet_features": x} if trained.inputs else {}
    session = onnxruntime.InferenceSession(onnx_export.as_onnx(trained).SerializeToString())
    computed = {
        "keras": again.predict_on_batch(given),
        "numpy": trained.scores(jets),
        "lwtnn": lwtnn_scores(trained, jets, tmp_path),
        "onnx": session.run(["scores"], feed)[0],
    }
    model.save(tmp_path / "model.keras")
    archive = tmp_path / "model.keras", tmp_path / "model.keras"
    computed["archive"] = network.load(*archive).scores(jets)
    differences = {name: np.abs(found - expected).max() for name, found in computed.items()}
    assert max(differences.values()) < 2e-6, differences
    assert expected.std(axis=0).min() > 0.01  # the jets differ at all


def test_athena_onnx_takes_one_jet_with_any_number_of_tracks(
    keras: Any, jets: dict[str, NDArray[Any]], tmp_path: Path
) -> None:
    """In SaltModel's layout, with a scalar per class."""
    trained = network.load(*save(tmp_path, model_of(keras, "jets last")))
    model = onnx_export.as_athena_onnx(trained, "nn")
    session = onnxruntime.InferenceSession(model.SerializeToString())
    assert [(i.name, i.shape) for i in session.get_inputs()] == [
        ("jet_features", [1, 2]),
        ("track_features", ["n_tracks", 3]),
    ]
    config = json.loads(model.metadata_props[0].value)
    assert config["input_sequences"][0]["name"] == "tracks_r22default_sd0sort"
    names = [v["name"] for v in config["input_sequences"][0]["variables"]]
    assert names == ["d0_symlog", "dr_log", "hits"]
    expected, valid = trained.scores(jets), jets["tracks/valid"]
    x, tracks = raw(trained, jets)
    empty = int(np.flatnonzero(~valid.any(axis=1))[0])
    for i in (*range(50), empty):
        feed = {"jet_features": x[[i]], "track_features": tracks[i][valid[i]]}
        found = session.run(["nn_pu", "nn_pc", "nn_pb"], feed)
        assert np.shape(found) == (3,)
        np.testing.assert_allclose(found, expected[i], atol=2e-6)


def test_athena_needs_an_input_from_jets(keras: Any, tmp_path: Path) -> None:
    trained = network.load(*save(tmp_path, model_of(keras, "no jets")))
    with pytest.raises(UserError, match=r"takes tracks alone, .* always has jet_features"):
        onnx_export.as_athena_onnx(trained, "nn")


def test_the_order_of_the_tracks_means_nothing(
    keras: Any, jets: dict[str, NDArray[Any]], tmp_path: Path
) -> None:
    """Neither in NumPy nor in Keras; padding may stand between the tracks."""
    model = model_of(keras, "jets first")
    trained = network.load(*save(tmp_path, model))
    order = np.random.default_rng(1).permuted(np.tile(np.arange(N_MAX), (N_JETS, 1)), axis=1)
    mixed = {
        name: np.take_along_axis(values, order, axis=1) if values.ndim == 2 else values
        for name, values in jets.items()
    }
    np.testing.assert_allclose(trained.scores(mixed), trained.scores(jets), rtol=0, atol=1e-12)
    before, after = (model.predict_on_batch(keras_inputs(trained, some)) for some in (jets, mixed))
    np.testing.assert_allclose(after, before, rtol=0, atol=2e-6)


def test_padding_means_nothing(keras: Any, jets: dict[str, NDArray[Any]], tmp_path: Path) -> None:
    """Whatever stands in the places without a track."""
    trained = network.load(*save(tmp_path, model_of(keras, "jets first")))
    valid = jets["tracks/valid"]
    other = {
        name: np.where(valid, values, 7).astype(values.dtype)
        if values.ndim == 2 and name != "tracks/valid"
        else values
        for name, values in jets.items()
    }
    assert np.array_equal(trained.scores(other), trained.scores(jets))
    for found, expected in zip(
        keras_inputs(trained, other).values(), keras_inputs(trained, jets).values(), strict=True
    ):
        assert np.array_equal(found, expected)


def _swap_inputs(graph: dict[str, Any]) -> None:
    variables = graph["input_sequences"][0]["variables"]
    variables[0], variables[1] = variables[1], variables[0]


def _swap_parts(graph: dict[str, Any]) -> None:
    node = next(node for node in graph["nodes"] if node["type"] == "concatenate")
    node["sources"].reverse()


@pytest.mark.parametrize("mistake", [_swap_inputs, _swap_parts])
def test_a_wrong_order_of_inputs_shows(
    mistake: Any, keras: Any, jets: dict[str, NDArray[Any]], tmp_path: Path
) -> None:
    trained = network.load(*save(tmp_path, model_of(keras, "jets first")))
    found = lwtnn_scores(trained, jets, tmp_path, mistake)
    assert np.abs(found - trained.scores(jets)).max() > 0.01


def test_a_forgotten_mask_shows(keras: Any, jets: dict[str, NDArray[Any]], tmp_path: Path) -> None:
    """Padding that is normalised like a track is none that is 0."""
    trained = network.load(*save(tmp_path, model_of(keras, "jets first")))
    leaked = {**jets, "tracks/valid": np.ones_like(jets["tracks/valid"])}
    assert np.abs(trained.scores(leaked) - trained.scores(jets)).max() > 0.01


def test_tracks_beyond_those_of_the_training_are_cut(
    keras: Any, jets: dict[str, NDArray[Any]], tmp_path: Path
) -> None:
    """In the order of the file; with fewer places than in the training, the cut is unknown."""

    def fewer(variables: dict[str, Any]) -> None:
        variables["tracks"]["n_max"] = 5

    trained = network.load(*save(tmp_path, model_of(keras, "jets first"), fewer))
    first = {name: v[:, :5] if v.ndim == 2 else v for name, v in jets.items()}
    assert np.array_equal(trained.scores(jets), trained.scores(first))
    last = {name: v[:, ::-1] if v.ndim == 2 else v for name, v in jets.items()}
    assert np.abs(trained.scores(last) - trained.scores(jets)).max() > 0.01
    with pytest.raises(UserError, match=r"up to 4 tracks, .* with up to 5; dump .* --tracks 5"):
        trained.scores({name: v[:, :4] if v.ndim == 2 else v for name, v in jets.items()})


def _layers(description: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [layer for layer in description["config"]["layers"] if layer["class_name"] == kind]


def _axes(description: dict[str, Any]) -> None:
    _layers(description, "Dot")[0]["config"]["axes"] = 2


def _normalize(description: dict[str, Any]) -> None:
    _layers(description, "Dot")[0]["config"]["normalize"] = True


def _mean(description: dict[str, Any]) -> None:
    _layers(description, "Dot")[0]["class_name"] = "GlobalAveragePooling1D"


def _lambda(description: dict[str, Any]) -> None:
    _layers(description, "Dense")[0]["class_name"] = "Lambda"


def _softmax_over_tracks(description: dict[str, Any]) -> None:
    layer = _layers(description, "Dense")[0]
    layer["class_name"], layer["config"]["axis"] = "Softmax", 1


def _aside(description: dict[str, Any]) -> None:
    layers = description["config"]["layers"]
    layers.append({**_layers(description, "InputLayer")[0], "name": "other"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_axes, "layer 'dot': only axes=1 without normalize sums over tracks"),
        (_normalize, "layer 'dot': only axes=1 without normalize sums over tracks"),
        (
            _mean,
            "layer 'dot' is a GlobalAveragePooling1D, not the sum over the tracks, which is a "
            "Dot(axes=1) of the valid flags and the tracks",
        ),
        (_lambda, "layer 'dense' is a keras.layers.Lambda; allowed of keras.layers are: "),
        (_softmax_over_tracks, "layer 'dense': axis 1 is that of the tracks"),
        (_aside, "layer 'other' is not on the way to the output"),
    ],
)
def test_other_architectures_are_refused(
    change: Any, message: str, keras: Any, tmp_path: Path
) -> None:
    keras.utils.clear_session()
    files = save(tmp_path, model_of(keras, "jets first"))
    description = json.loads(files[0].read_text())
    for kind in ("dot", "dense"):  # the first of a kind may have been counted
        for layer in _layers(description, kind.capitalize())[:1]:
            assert layer["name"] == kind
    change(description)
    files[0].write_text(json.dumps(description))
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value).startswith(f"{files[0]}: {message}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.pop("tracks"), "0 inputs of tracks, but {}/architecture.json has 3"),
        (
            lambda v: v["tracks"]["inputs"].pop(),
            "2 inputs of tracks, but {}/architecture.json has 3",
        ),
        (
            lambda v: v["tracks"].update(n_max=0),
            "too many tracks, or inputs of each, or none; train again",
        ),
        (
            lambda v: v["tracks"].update(n_max=True),
            "tracks must have a list of inputs, the number "
            "n_max and the texts selection and association; train again",
        ),
        (lambda v: v["tracks"].update(selection="a b"), "'a b' is no selection; train again"),
        (lambda v: v["tracks"].update(association="a b"), "'a b' is no association; train again"),
        (
            lambda v: v["tracks"]["inputs"][0].update(field="jf"),
            "'jf' is no field of tracks; train again",
        ),
    ],
)
def test_variables_must_fit(change: Any, message: str, keras: Any, tmp_path: Path) -> None:
    files = save(tmp_path, model_of(keras, "jets first"), change)
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == f"{tmp_path}/variables.json: {message.format(tmp_path)}"
