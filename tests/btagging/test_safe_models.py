"""A stranger's model is data: nothing in it runs, and nothing outside it is read."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from btagging.errors import UserError
from btagging.network import network
from networks import BIAS, KERNEL, TUTORIAL, dense, layer, sequential, write

ALLOWED = (
    "Dense, BatchNormalization, Activation, ReLU, LeakyReLU, ELU, Softmax, Dropout, "
    "AlphaDropout, GaussianDropout, GaussianNoise, ActivityRegularization"
)


def refusal(files: tuple[Path, Path]) -> str:
    with pytest.raises(UserError) as caught:
        network.load(*files)
    message = str(caught.value)
    assert "\n" not in message
    return message


def of_module(module: str, kind: str) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": {"name": "bad", "units": 3}}


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (of_module("keras.layers", "Lambda"), "keras.layers.Lambda"),
        (of_module("os", "system"), "os.system"),
        (of_module("keras.layers", "TFSMLayer"), "keras.layers.TFSMLayer"),
        (of_module("keras.layers", "TorchModuleWrapper"), "keras.layers.TorchModuleWrapper"),
        (of_module("os", "Dense"), "os.Dense"),
        (of_module("evil", "Dropout"), "evil.Dropout"),
        (of_module("keras.layers", "LSTM"), "keras.layers.LSTM"),
        (of_module("keras", "Sequential"), "keras.Sequential"),
    ],
)
def test_layers_not_on_the_list(tmp_path: Path, bad: dict[str, Any], named: str) -> None:
    files = write(tmp_path, sequential(bad, dense("flavours", 3)))
    assert refusal(files) == (
        f"{files[0]}: layer 'bad' is a {named}; allowed of keras.layers are: {ALLOWED}"
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (dense("bad", 3, "os.system"), "activation 'os.system' is not supported"),
        (dense("bad", 3, "gelu"), "activation 'gelu' is not supported"),
        (
            dense("bad", 3, activation={"class_name": "Lambda"}),
            "activation {'class_name': 'Lambda'} is not supported",
        ),
        (dense("bad", -1), "units must be 1 to 1000"),
        (dense("bad", 10**9), "units must be 1 to 1000"),
        (dense("bad", "3"), "units '3' is not supported"),
        (dense("bad", True), "units True is not supported"),
        (
            layer("ReLU", "bad", max_value=6.0, negative_slope=0, threshold=0),
            "max_value 6.0 is not supported",
        ),
        (
            layer("ReLU", "bad", max_value=None, negative_slope=0, threshold=1),
            "threshold 1 is not supported",
        ),
        (layer("Softmax", "bad", axis=0), "axis 0 is not supported"),
    ],
)
def test_options_not_on_the_list(tmp_path: Path, config: dict[str, Any], message: str) -> None:
    files = write(tmp_path, sequential(config, dense("flavours", 3)))
    assert refusal(files) == f"{files[0]}: layer 'bad': {message}"


def functional(
    layers: list[dict[str, Any]], inputs: list[Any], outputs: list[Any]
) -> dict[str, Any]:
    config = {"layers": layers, "input_layers": inputs, "output_layers": outputs}
    return {"module": "keras", "class_name": "Functional", "config": config}


def called(entry: dict[str, Any], *before: str, **kwargs: object) -> dict[str, Any]:
    """Put a layer behind others, as a functional model writes it."""
    name = entry["config"]["name"]
    tensors = [{"config": {"keras_history": [other, 0, 0]}} for other in before]
    calls = [{"args": tensors, "kwargs": kwargs}] if before else []
    return {**entry, "name": name, "inbound_nodes": calls}


JETS = called(layer("InputLayer", "jets", batch_shape=[None, 2]))
OUT = dense("flavours", 3, "softmax")


@pytest.mark.parametrize(
    ("ends", "order"),
    [(("jets", "flavours"), 1), (("jets", "flavours"), -1)],
    ids=["in order", "backwards"],
)
@pytest.mark.parametrize("nested", [False, True])
def test_functional_models(tmp_path: Path, ends: tuple[str, str], order: int, nested: bool) -> None:
    first, last = ([[name, 0, 0]] if nested else [name, 0, 0] for name in ends)
    layers = [JETS, called(OUT, "jets", mask=None)][::order]
    found = network.load(*write(tmp_path, functional(layers, first, last)))
    np.testing.assert_array_equal(found.layers[0].kernel, KERNEL)


@pytest.mark.parametrize(
    ("layers", "inputs", "outputs", "message"),
    [
        (
            [JETS, called(OUT, "jets")],
            [["jets", 0, 0]] * 2,
            ["flavours", 0, 0],
            "2 inputs; only one is allowed",
        ),
        (
            [JETS, called(OUT, "jets")],
            ["jets", 0, 0],
            [["flavours", 0, 0]] * 2,
            "2 outputs; only one is allowed",
        ),
        (
            [JETS, called(OUT, "jets", "jets")],
            ["jets", 0, 0],
            ["flavours", 0, 0],
            "layer 'flavours' is not called once, on one tensor",
        ),
        (
            [JETS, called(OUT, "jets", training=True)],
            ["jets", 0, 0],
            ["flavours", 0, 0],
            "layer 'flavours' is called with {'training': True}",
        ),
        (
            [JETS, called(dense("aside", 3), "jets"), called(OUT, "jets")],
            ["jets", 0, 0],
            ["flavours", 0, 0],
            "layer 'aside' is not on one straight chain",
        ),
        (
            [JETS, called(OUT, "flavours")],
            ["jets", 0, 0],
            ["flavours", 0, 0],
            "layer 'jets' is not on one straight chain",
        ),
    ],
)
def test_no_straight_chain(
    tmp_path: Path,
    layers: list[dict[str, Any]],
    inputs: list[Any],
    outputs: list[Any],
    message: str,
) -> None:
    files = write(tmp_path, functional(layers, inputs, outputs))
    assert refusal(files) == f"{files[0]}: {message}"


REMEDY = "write one with model.to_json()"
CLASSES = "only Sequential and Functional are allowed"
NO_LIST = "TypeError: list indices must be integers or slices, not str"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deeply for the JSON of a model"),
        ('{"a":' * 100_000, "nested too deeply for the JSON of a model"),
        ("[]", "a JSON list, not the JSON of a model"),
        (
            "{",
            "not JSON (Expecting property name enclosed in double quotes: line 1 column 2 "
            "(char 1)); write it again",
        ),
        (
            "\udcff",
            "not JSON ('utf-8' codec can't decode byte 0xff in position 0: invalid start byte); "
            "write it again",
        ),
        ('{"units": 1e999}', "not JSON (1e999 is no number); write it again"),
        ('{"a": 1, "a": 2}', "not JSON (a key is there twice among a, a); write it again"),
        ('{"units": ' + "9" * 5000 + "}", "not JSON (a number of 5,000 digits); write it again"),
        (" " * 10_000_001, "10,000,001 bytes are too many for the JSON of a model"),
        ("{}", f"not a Keras 3 architecture (KeyError: 'class_name'); {REMEDY}"),
        (
            '{"class_name": "Sequential", "config": []}',
            f"not a Keras 3 architecture ({NO_LIST}); {REMEDY}",
        ),
        ('{"class_name": "Lambda", "config": {}}', f"a model of class 'Lambda'; {CLASSES}"),
    ],
)
def test_broken_architectures(tmp_path: Path, text: str, message: str) -> None:
    files = write(tmp_path)
    files[0].write_bytes(text.encode("utf-8", "surrogateescape"))
    assert refusal(files) == f"{files[0]}: {message}"


def test_too_many_layers(tmp_path: Path) -> None:
    files = write(tmp_path, sequential(*[dense(f"d{i}", 3) for i in range(51)]))
    assert refusal(files) == f"{files[0]}: 51 layers are more than 50"


@pytest.mark.parametrize("shape", [[None, 10**9], [None, 2, 2], [None, None], [None, -1]])
def test_absurd_inputs(tmp_path: Path, shape: list[int | None]) -> None:
    architecture = copy.deepcopy(TUTORIAL)
    architecture["config"]["layers"][0]["config"]["batch_shape"] = shape
    files = write(tmp_path, architecture)
    assert refusal(files) == (
        f"{files[0]}: inputs of shape {shape}; allowed is [null, n], n up to 1000"
    )


def test_a_variance_below_zero(tmp_path: Path) -> None:
    """It would make every score NaN, in silence."""
    bn = layer("BatchNormalization", "bn", axis=-1, epsilon=0.001, center=False, scale=False)
    weights = {
        "layers/batch_normalization/vars/0": np.zeros(2),
        "layers/batch_normalization/vars/1": np.array([1.0, -1.0]),
        "layers/dense/vars/0": KERNEL,
        "layers/dense/vars/1": BIAS,
    }
    files = write(tmp_path, sequential(bn, dense("flavours", 3)), weights=weights)
    assert refusal(files) == (
        f"{files[1]}: layer 'bn' multiplies with NaN or infinity; train it again"
    )


def test_external_link(tmp_path: Path) -> None:
    """Another file's content must not come in as weights."""
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["secret"] = KERNEL
    files = write(tmp_path, weights={"layers/dense/vars/1": BIAS})
    with h5py.File(files[1], "a") as file:
        file["layers/dense/vars/0"] = h5py.ExternalLink(other, "/secret")
    assert refusal(files) == f"{files[1]}: /layers/dense/vars: 0 is a link, which is not allowed"


def test_soft_link(tmp_path: Path) -> None:
    files = write(tmp_path)
    with h5py.File(files[1], "a") as file:
        file["more"] = h5py.SoftLink("/layers")
    assert refusal(files) == f"{files[1]}: /: more is a link, which is not allowed"


def test_external_storage(tmp_path: Path) -> None:
    raw = tmp_path / "raw.bin"
    raw.write_bytes(KERNEL.tobytes())
    files = write(tmp_path, weights={"layers/dense/vars/1": BIAS})
    with h5py.File(files[1], "a") as file:
        file.create_dataset(
            "layers/dense/vars/0", (2, 3), "f8", external=[(str(raw), 0, KERNEL.nbytes)]
        )
    assert refusal(files) == (
        f"{files[1]}: /layers/dense/vars/0 is stored outside the file, which is not allowed"
    )


def test_virtual_dataset(tmp_path: Path) -> None:
    layout = h5py.VirtualLayout((2, 3), "f8")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "secret", (2, 3))
    files = write(tmp_path, weights={"layers/dense/vars/1": BIAS})
    with h5py.File(files[1], "a") as file:
        file.create_virtual_dataset("layers/dense/vars/0", layout)
    assert refusal(files) == (
        f"{files[1]}: /layers/dense/vars/0 is stored outside the file, which is not allowed"
    )


def test_shape_bomb(tmp_path: Path) -> None:
    """A small file promises 8 EB; it is refused by its shape, before anything is read."""
    files = write(tmp_path, weights={"layers/dense/vars/1": BIAS})
    with h5py.File(files[1], "a") as file:
        file.create_dataset("layers/dense/vars/0", (10**9, 10**9), "f8", chunks=(64, 64))
    assert refusal(files) == (
        f"{files[1]}: /layers/dense/vars/0 takes 8,000,000,000,000,000,000 bytes, more than "
        "8,000,000; train again"
    )


def test_groups_without_end(tmp_path: Path) -> None:
    files = write(tmp_path)
    with h5py.File(files[1], "a") as file:
        file["layers/dense/again"] = file["layers"]  # a hard link upwards
    message = "more than 500 groups and arrays; write it again"
    assert refusal(files) == f"{files[1]}: {message}"


def test_nothing_of_keras_is_imported(tmp_path: Path) -> None:
    """Reading and scoring never gets near the code that builds classes by name."""
    files = write(tmp_path)
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2] / "local-sw")!r})
from pathlib import Path
from btagging.network import network
network.load(*map(Path, {list(map(str, files))!r})).discriminant()
print(json if (json := [m for m in sys.modules if m in ("keras", "tensorflow")]) else "none")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "none\n"


def test_what_does_not_matter_is_not_looked_at(tmp_path: Path) -> None:
    """Initialisers and the like are over once there are weights; Keras never gets to see them."""
    architecture = copy.deepcopy(TUTORIAL)
    architecture["config"]["layers"][1]["config"]["kernel_initializer"] = of_module("os", "system")
    architecture["compile_config"] = of_module("os", "system")
    assert json.dumps(architecture).count("os") >= 2
    assert len(network.load(*write(tmp_path, architecture)).layers) == 1
