"""Networks in the files of others: Keras 2, archives, normalisation layers, whole models."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import export_nn
import h5py
import keras
import make_hist
import make_roc_curves
import numpy as np
import pytest
import toy
import validate_nn
from btagging.errors import UserError
from btagging.network import network
from btagging.training.keras_model import allowed_architecture, weights_file
from networks import BIAS, KERNEL, VARIABLES, layer, sequential, write
from networks import dense as described

JETS = {"rnnip_log_ratio": np.array([-1.0, 0.5, 3.0]), "jf_sig": np.array([0.0, 5.0, 2.0])}
# What VARIABLES make of them.
X = np.stack([(JETS["rnnip_log_ratio"] + 1) / 2, (np.log1p(JETS["jf_sig"]) - 0.5) * 2], axis=1)


def softmax(x: Any) -> Any:
    powers = np.exp(x)
    return powers / powers.sum(axis=1, keepdims=True)


def refusal(*files: Path) -> str:
    with pytest.raises(UserError) as caught:
        network.load(files[0], files[1])
    return str(caught.value)


def keras2(*layers: Any, kind: str = "Sequential", **config: Any) -> dict[str, Any]:
    config = {"name": "toy", "layers": list(layers), **config}
    return {"class_name": kind, "config": config, "keras_version": "2.15.0"}


def old(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **config}}


INPUT = old("InputLayer", "jets", batch_input_shape=[None, 2])
DENSE = {"units": 3, "activation": "softmax", "use_bias": True}


@pytest.mark.parametrize(
    "architecture",
    [
        keras2(INPUT, old("Dense", "flavours", **DENSE)),
        keras2(old("Dense", "flavours", batch_input_shape=[None, 2], **DENSE)),
        {
            **keras2(),
            "config": [old("Dense", "flavours", batch_input_shape=[None, 2], **DENSE)],
        },
        keras2(
            {**INPUT, "name": "jets", "inbound_nodes": []},
            {
                **old("Dense", "flavours", **DENSE),
                "name": "flavours",
                "inbound_nodes": [[["jets", 0, 0, {}]]],
            },
            kind="Model",
            input_layers=[["jets", 0, 0]],
            output_layers=[["flavours", 0, 0]],
        ),
    ],
    ids=["sequential", "without an input layer", "list of layers", "functional"],
)
def test_layouts_of_keras_2(tmp_path: Path, architecture: Any) -> None:
    found = network.load(*write(tmp_path, architecture)).scores(JETS)
    np.testing.assert_allclose(found, softmax(X @ KERNEL + BIAS), rtol=1e-12)


def test_names_of_options_in_keras_2(tmp_path: Path) -> None:
    """LeakyReLU has an alpha there, and batch normalisation a list of axes."""
    norm = {"axis": [1], "epsilon": 1e-3, "center": True, "scale": True}
    architecture = keras2(
        INPUT,
        old("Dense", "a", units=3, activation="linear", use_bias=True),
        old("LeakyReLU", "b", alpha=0.25),
        old("BatchNormalization", "c", **norm),
    )
    arrays = [np.array([1.0, 2, 3]), np.array([0.5, 0, 1]), np.zeros(3), np.ones(3)]
    weights = {f"layers/batch_normalization/vars/{i}": x for i, x in enumerate(arrays)}
    weights |= {"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS}
    found = network.load(*write(tmp_path, architecture, weights=weights)).scores(JETS)
    x = X @ KERNEL + BIAS
    x = np.where(x > 0, x, 0.25 * x)
    np.testing.assert_allclose(found, x / np.sqrt(1.001) * arrays[0] + arrays[1], rtol=1e-12)


def test_hard_sigmoid_of_keras_2_is_another(tmp_path: Path) -> None:
    options = {"units": 3, "activation": "hard_sigmoid", "use_bias": True}
    files = write(tmp_path, keras2(INPUT, old("Dense", "flavours", **options)))
    assert refusal(*files) == (
        f"{files[0]}: layer 'flavours' has the hard_sigmoid of Keras 2, which in Keras 3 is "
        "another function; it is not supported"
    )


def test_a_case_of_keras_2_in_both_plots(tmp_path: Path, cases_dir: Path) -> None:
    """Keras 3 loads what is allowed of it, and gives the same scores."""
    folder = cases_dir / "models" / "keras2_model"
    files = folder / "architecture.json", folder / "nn.weights.h5"
    trained = network.load(*files)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 4))
    model = keras.models.model_from_json(allowed_architecture(*files))
    model.load_weights(files[1])
    found = trained.scores({f"v{i}": column for i, column in enumerate(x.T)})
    np.testing.assert_allclose(found, model.predict_on_batch(x), atol=1e-6)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Save a model of Keras, with a normalisation layer and an optimizer, in all ways."""
    folder = tmp_path_factory.mktemp("keras")
    keras.utils.set_random_seed(1)
    normalisation = keras.layers.Normalization()
    normalisation.adapt(np.random.default_rng(1).normal(3, 2, (100, 2)))
    model = keras.Sequential(
        [
            keras.Input((2,)),
            normalisation,
            keras.layers.Dense(4, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.ones((8, 2)), np.zeros(8), verbose=0)
    model.save(folder / "model.keras")
    model.save(folder / "whole.h5")
    model.save_weights(folder / "nn.weights.h5")
    (folder / "architecture.json").write_text(model.to_json())
    (folder / "variables.json").write_text(json.dumps(VARIABLES))
    return folder, model


@pytest.mark.parametrize("files", [("model.keras",) * 2, ("architecture.json", "nn.weights.h5")])
def test_normalisation_layers_and_archives(
    trained: tuple[Path, Any], files: tuple[str, str]
) -> None:
    """Both give Keras's scores, and are exported with them."""
    folder, model = trained
    found = network.load(folder / files[0], folder / files[1]).scores(JETS)
    np.testing.assert_allclose(found, model.predict_on_batch(X), atol=1e-6)


def statistics(**options: Any) -> Any:
    options = {"axis": [-1], "invert": False, "mean": None, "variance": None, **options}
    return sequential(layer("Normalization", "n", **options), described("flavours", 3, "softmax"))


def normalised(tmp_path: Path, architecture: Any, **arrays: Any) -> tuple[Path, Path]:
    weights = {"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS}
    weights |= {f"layers/normalization/vars/{i}": x for i, x in enumerate(arrays.values())}
    return write(tmp_path, architecture, weights=weights)


@pytest.mark.parametrize(
    ("options", "arrays", "mean", "variance"),
    [
        ({}, {"m": [1.0, 2.0], "v": [4.0, 0.25], "n": 7}, [1, 2], [4, 0.25]),
        ({}, {"m": [1.0, 2.0], "v": [4.0, 0.0], "n": 7.0}, [1, 2], [4, 1e-14]),
        ({"axis": None}, {"m": 1.0, "v": 4.0, "n": 7}, 1, 4),
        ({"axis": []}, {"m": 1.0, "v": 4.0, "n": 7}, 1, 4),
        ({"mean": [1, 2.0], "variance": [[4.0, 9]]}, {}, [1, 2], [4, 9]),
        ({"mean": 3, "variance": 2.5}, {}, 3, 2.5),
    ],
)
def test_where_the_mean_and_the_variance_are(
    tmp_path: Path, options: dict[str, Any], arrays: dict[str, Any], mean: Any, variance: Any
) -> None:
    """In the weights or in the architecture; a variance of 0 counts as that of an epsilon."""
    files = normalised(tmp_path, statistics(**options), **arrays)
    found = network.load(*files).scores(JETS)
    x = (X - mean) / np.sqrt(variance)
    expected = softmax((x @ KERNEL + BIAS) - (x @ KERNEL + BIAS).max(axis=1, keepdims=True))
    np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"invert": True}, "layer 'n': invert True is not supported"),
        ({"axis": [0]}, "layer 'n': axis [0] is not supported"),
        *(
            (
                {"mean": mean, "variance": variance},
                "layer 'n': mean and variance must be one number each, or one for each of its 2 "
                "inputs",
            )
            for mean, variance in [([1, 2, 3], [1, 2, 3]), (["a", "b"], [1, 2]), (1, None)]
        ),
    ],
)
def test_normalisations_that_are_refused(
    tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    files = normalised(tmp_path, statistics(**options))
    assert refusal(*files) == f"{files[0]}: {reason}"


def test_a_negative_variance(tmp_path: Path) -> None:
    files = normalised(tmp_path, statistics(mean=1, variance=-1))
    assert refusal(*files) == (
        f"{files[1]}: layer 'n' multiplies with NaN or infinity; train it again"
    )


@pytest.mark.parametrize("place", ["before", "after"])
def test_an_archive_alone_in_the_scripts(
    tmp_path: Path, trained: tuple[Path, Any], place: str
) -> None:
    """It is one word in place of two, before or after the files."""
    path = toy.write(tmp_path / "jets.h5", toy.jets(3000))
    option = ["--nn", str(trained[0] / "model.keras")]
    args = [*option, str(path)] if place == "before" else [str(path), *option]
    make_hist.main([*args, "-o", str(tmp_path), "--format", "png"])
    assert (tmp_path / "nn.png").exists()
    make_roc_curves.main([*args, "-o", str(tmp_path), "--format", "png"])
    assert "nn" in json.loads((tmp_path / "roc.json").read_text())["discriminants"]


def test_an_archive_is_exported_and_validated(tmp_path: Path, trained: tuple[Path, Any]) -> None:
    folder, model = trained
    archive = folder / "model.keras"
    export_nn.main([str(archive), "--lwtnn", str(tmp_path / "lwtnn.json")])
    assert json.loads((tmp_path / "lwtnn.json").read_text())["outputs"]["nn"]["labels"] == [
        "pu",
        "pc",
        "pb",
    ]
    again = keras.models.model_from_json(allowed_architecture(archive, archive))
    with weights_file(archive) as path:
        again.load_weights(path)
    np.testing.assert_array_equal(again.predict_on_batch(X), model.predict_on_batch(X))
    rows = toy.jets(200)
    scored = np.zeros(200, [*rows.dtype.descr, *((f"nn_{p}", "f4") for p in ("pu", "pc", "pb"))])
    for name in rows.dtype.names or ():
        scored[name] = rows[name]
    for i, values in enumerate(
        network.load(archive, archive)
        .scores({name: rows[name] for name in rows.dtype.names or ()})
        .T
    ):
        scored[("nn_pu", "nn_pc", "nn_pb")[i]] = values
    jets = toy.write(tmp_path / "a.h5", np.resize(scored, 2048))
    assert validate_nn.main([str(jets), "--nn", str(archive), "-o", str(tmp_path)]) == 0


def test_whole_models_are_called_so(tmp_path: Path, trained: tuple[Path, Any]) -> None:
    path = trained[0] / "whole.h5"
    reason = (
        f"{path}: a whole Keras model in HDF5, which is not supported; load it with Keras and save "
        "it with model.save('model.keras')"
    )
    assert refusal(path, path) == reason
    assert refusal(trained[0] / "architecture.json", path) == reason
    jets = toy.write(tmp_path / "jets.h5", toy.jets(3000))
    for args in ([str(jets), "--nn", str(path)], ["--nn", str(path), str(jets)]):
        with pytest.raises(UserError) as caught:
            make_roc_curves.main([*args, "-o", str(tmp_path)])
        assert str(caught.value) == reason


def test_weights_of_keras_2_in_their_old_layout(tmp_path: Path) -> None:
    files = write(tmp_path)
    with h5py.File(files[1], "w") as file:
        file.attrs["layer_names"] = [b"flavours"]
        file.create_group("flavours").attrs["weight_names"] = [b"flavours/kernel:0"]
    assert refusal(*files) == (
        f"{files[1]}: weights in the old layout of Keras 2; load them with Keras 2 and save them "
        "with model.save_weights('nn.weights.h5')"
    )


def archive(path: Path, method: int = zipfile.ZIP_STORED, **members: Any) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    (path.parent / "variables.json").write_text(json.dumps(VARIABLES))
    return path


def small_weights() -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["layers/dense/vars/0"], file["layers/dense/vars/1"] = KERNEL, BIAS
    return content.getvalue()


CONFIG: dict[str, Any] = {
    "config.json": json.dumps(sequential(described("flavours", 3, "softmax")))
}
WEIGHTS: dict[str, Any] = {"model.weights.h5": small_weights()}


def test_a_compressed_archive(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.keras", zipfile.ZIP_DEFLATED, **CONFIG, **WEIGHTS)
    np.testing.assert_array_equal(network.load(path, path).layers[0].kernel, KERNEL)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        (WEIGHTS, "no config.json in it; write it with model.save('model.keras')"),
        (CONFIG, "no model.weights.h5 in it; write it with model.save('model.keras')"),
        (
            {"config.json": bytes(50_000_000), **WEIGHTS},
            "config.json has more than 10,000,000 bytes; save the model again",
        ),
        (
            {**CONFIG, "model.weights.h5": bytes(50_000_000)},
            "model.weights.h5 has more than 10,000,144 bytes; save the model again",
        ),
        (
            {**CONFIG, **{f"{i}": b"" for i in range(100)}},
            "more than 100 files are too many for a model",
        ),
    ],
)
def test_archives_that_are_refused(tmp_path: Path, members: dict[str, Any], reason: str) -> None:
    """No more of a file in it is decompressed than a network needs."""
    path = archive(tmp_path / "a.keras", zipfile.ZIP_DEFLATED, **members)
    assert refusal(path, path) == f"{path}: {reason}"


def test_an_archive_that_is_damaged(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.keras", **CONFIG, **WEIGHTS)
    content = bytearray(path.read_bytes())
    content[60] ^= 255
    path.write_bytes(content)
    assert refusal(path, path).startswith(f"{path}: damaged (")
    path.write_bytes(content[:300])
    assert refusal(path, path).startswith(f"{path}: damaged (")
    path.write_bytes(b"\x89HDF\r\n")
    assert refusal(path, path) == (
        f"{path}: no archive of Keras; write one with model.save('model.keras')"
    )


def test_an_archive_without_the_meaning_of_its_inputs(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.keras", **CONFIG, **WEIGHTS)
    (tmp_path / "variables.json").unlink()
    assert refusal(path, path) == (
        f"{tmp_path}/variables.json: no such file; local-sw/train_nn.py writes it"
    )
