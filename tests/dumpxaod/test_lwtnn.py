"""An lwtnn file in, scores out: against numbers worked out by hand, against Keras, and fuzzed."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dumpxaod.errors import UserError
from dumpxaod.lwtnn.checked_json import MAX_BYTES
from dumpxaod.lwtnn.network import BLOCK, Network
from dumpxaod.lwtnn.reader import read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lwtnn_graph import DL1, dense, graph, tutorial, variable, write

NAN, INF = float("nan"), float("inf")


def load(folder: Path, content: Any) -> Network:
    return read(write(folder / "net.json", content))[0]


# exp(-1) = 0.3678794412, sigmoid(1) = 0.7310585786, tanh(1) = 0.7615941560
@pytest.mark.parametrize(
    ("activation", "x", "expected"),
    [
        ("linear", [-1.5, 2], [-1.5, 2]),
        ("sigmoid", [0, 1, -1, -1000, 1000], [0.5, 0.7310585786, 0.2689414214, 0, 1]),
        ("rectified", [-2, 0, 3], [0, 0, 3]),
        ("tanh", [0, 1, -1, 1000], [0, 0.7615941560, -0.7615941560, 1]),
        ("hard_sigmoid", [-2.5, -1, 0, 1, 2.5, 9], [0, 0.3, 0.5, 0.7, 1, 1]),
        ("abs", [-2, 3], [2, 3]),
        ("elu", [-1, 0, 2, 1000], [-0.6321205588, 0, 2, 1000]),
        ({"function": "elu", "alpha": 2}, [-1, 2], [-1.2642411177, 2]),
        ({"function": "leakyrelu", "alpha": 0.1}, [-2, 0, 3], [-0.2, 0, 3]),
        ({"function": "swish", "alpha": 1}, [0, 1, -1], [0, 0.7310585786, -0.2689414214]),
        ({"function": "swish", "alpha": 0.5}, [2], [1.4621171573]),
        ({"function": "rectified", "alpha": 0}, [-2, 3], [0, 3]),
    ],
)
def test_activations_follow_their_formulas(
    activation: Any, x: list[float], expected: list[float], tmp_path: Path
) -> None:
    network = load(tmp_path, graph([variable("a")], [dense([[1]], [0], activation)], ["p"]))
    assert network.evaluate(np.array(x)[:, None])[:, 0] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([0, 0, 0], [1 / 3, 1 / 3, 1 / 3]),
        ([0, np.log(2), np.log(5)], [1 / 8, 2 / 8, 5 / 8]),
        ([1000, 1000, -1000], [0.5, 0.5, 0]),
    ],
)
def test_softmax_does_not_overflow(x: list[float], expected: list[float], tmp_path: Path) -> None:
    layers = [dense(np.eye(3), [0, 0, 0], "softmax")]
    network = load(tmp_path, graph([variable(n) for n in "abc"], layers, ["pu", "pc", "pb"]))
    assert network.evaluate(np.array([x]))[0] == pytest.approx(expected, abs=1e-12)


def test_weights_have_one_row_an_output(tmp_path: Path) -> None:
    """(1, 10) gives 1 + 2*10 + 0.1, 3 + 4*10 + 0.2, 5 + 6*10 + 0.3."""
    layers = [dense([[1, 2], [3, 4], [5, 6]], [0.1, 0.2, 0.3])]
    network = load(tmp_path, graph([variable("a"), variable("b")], layers, ["x", "y", "z"]))
    assert network.evaluate(np.array([[1, 10]]))[0] == pytest.approx([21.1, 43.2, 65.3])


def test_normalization_adds_the_bias_first(tmp_path: Path) -> None:
    layers = [{"architecture": "normalization", "weights": [2, 3], "bias": [10, -1]}]
    network = load(tmp_path, graph([variable("a"), variable("b")], layers, ["x", "y"]))
    assert network.evaluate(np.array([[1, 2]]))[0].tolist() == [22, 3]


@pytest.mark.parametrize("missing", [NAN, INF, -INF])
def test_what_is_not_finite_is_replaced_before_it_is_scaled(missing: float, tmp_path: Path) -> None:
    """Without a default it goes on as it is, as with lwtnn's own NanReplacer."""
    variables = [variable("a", 1, 2, default=3), variable("b", 1, 2)]
    network = load(tmp_path, graph(variables, [dense(np.eye(2), [0, 0])], ["x", "y"]))
    assert network.evaluate(np.array([[missing, 4]]))[0].tolist() == [8, 10]
    result = network.evaluate(np.array([[4, missing]]))[0]
    assert not np.isfinite(result).any()  # 0 * NaN and 0 * inf are NaN for the other output too


OLD_CONVERTER = """{
  "inputs": [{"name": "node_0", "variables": [
      {"default": 0.5, "name": "variable_0", "offset": 0, "scale": 1},
      {"name": "variable_1", "offset": -1, "scale": 2}]}],
  "input_sequences": [],
  "layers": [
    {"activation": "rectified", "architecture": "dense", "bias": [0, -10],
     "components": {}, "sublayers": [], "weights": [1, 1, 1, 1]},
    {"architecture": "normalization", "bias": [1, 1], "weights": [2, 2]},
    {"activation": {"alpha": 1.0, "function": "elu"}, "architecture": "dense", "bias": [],
     "weights": []},
    {"activation": "linear", "architecture": "dense", "bias": [], "weights": [1, 1]}],
  "miscellaneous": {"made": "long ago"},
  "nodes": [
    {"layer_index": 1, "name": "batch_normalization_1", "sources": [2], "type": "feed_forward"},
    {"layer_index": 3, "name": "out", "sources": [4], "type": "feed_forward"},
    {"layer_index": 0, "name": "dense_1", "sources": [3], "type": "feed_forward"},
    {"name": "input_1", "size": 2, "sources": [0], "type": "input"},
    {"layer_index": 2, "name": "elu_1", "sources": [0], "type": "feed_forward"}],
  "outputs": {"out_0": {"labels": ["out_0"], "node_index": 1}}
}"""


def test_files_of_old_converters_are_read(tmp_path: Path) -> None:
    """Nodes in any order, layers without weights, plain activations, keys that mean nothing.

    (1, 4) is prepared to (1, 6), summed to 7 and -3, rectified to 7 and 0, normalised to 16
    and 2, left so by elu, and summed to 18.
    """
    path = tmp_path / "old.json"
    path.write_text(OLD_CONVERTER)
    network, _ = read(path)
    assert network.evaluate(np.array([[1, 4], [NAN, 4]])).tolist() == [[18], [17]]


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "net.json", tutorial("a"))
    assert read(path)[1] == hashlib.sha256(path.read_bytes()).hexdigest()


@given(st.integers(1, 20), st.integers(1, 40), st.integers(1, 6), st.data())
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_jet_gets_the_same_bits_in_any_company(
    tmp_path: Path, n_inputs: int, n_jets: int, n_outputs: int, data: st.DataObject
) -> None:
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    layers = [
        dense(random.normal(size=(5, n_inputs)), random.normal(size=5), "tanh"),
        dense(random.normal(size=(n_outputs, 5)), random.normal(size=n_outputs), "softmax"),
    ]
    variables = [variable(f"v{i}") for i in range(n_inputs)]
    network = load(tmp_path, graph(variables, layers, [f"p{i}" for i in range(n_outputs)]))
    x = random.normal(size=(n_jets, n_inputs))
    cut = data.draw(st.integers(0, n_jets))
    before = x.copy()
    whole = network.evaluate(x)
    parts = np.concatenate([network.evaluate(x[:cut]), network.evaluate(x[cut:])])
    assert whole.shape == (n_jets, n_outputs)
    assert whole.tobytes() == parts.tobytes()
    assert x.tobytes() == before.tobytes()


def test_many_jets_are_worked_on_in_blocks(tmp_path: Path) -> None:
    network = load(tmp_path, tutorial("a"))
    x = np.zeros((BLOCK + 1, 1))
    x[-1] = 1
    scores = network.evaluate(x)
    assert np.array_equal(scores[:-1], np.tile(scores[0], (BLOCK, 1)))
    assert scores[-1].tolist() == network.evaluate(np.ones((1, 1)))[0].tolist()


def change(path: str, value: Any) -> Callable[[], Any]:
    """Make the tutorial's network with another value at a path such as layers/0/bias."""

    def make() -> Any:
        content = tutorial("a", "b")
        *way, last = [int(key) if key.isdigit() else key for key in path.split("/")]
        place: Any = content
        for key in way:
            place = place[key]
        if value is ...:
            del place[last]
        else:
            place[last] = value
        return content

    return make


KNOWN = "linear, sigmoid, rectified, softmax, tanh, hard_sigmoid, abs, elu, leakyrelu, swish"
SECOND = {"type": "feed_forward", "layer_index": 0, "sources": [1]}
MISTAKES: dict[str, tuple[Callable[[], Any], str]] = {
    "a list": (lambda: [1], "file: [1] is not an object"),
    "a Keras architecture": (
        lambda: {"class_name": "Sequential"},
        "no lwtnn graph, for it has no nodes; train_nn.py writes one",
    ),
    "no inputs": (change("inputs", ...), "file: has no inputs"),
    "no sequences": (change("input_sequences", ...), "file: has no input_sequences"),
    "sequences": (change("input_sequences", [{}]), "sequence: has no name"),
    "two inputs": (change("inputs", [{}, {}]), "2 inputs; exactly one is supported"),
    "input": (change("inputs/0", 7), "input: 7 is not an object"),
    "no variables": (change("inputs/0/variables", []), "input: has no variables"),
    "variable": (change("inputs/0/variables/1", None), "variable: None is not an object"),
    "bad name": (change("inputs/0/variables/1/name", "x\ny"), "input: 'x\\ny' is not a name"),
    "same name": (change("inputs/0/variables/1/name", "a"), "input: a occurs 2 times"),
    "no offset": (
        change("inputs/0/variables/1/offset", ...),
        "variable b: offset is None, not a finite number",
    ),
    "scale": (
        change("inputs/0/variables/1/scale", "two"),
        "variable b: scale is 'two', not a finite number",
    ),
    "default": (
        change("inputs/0/variables/1/default", True),
        "variable b: default is True, not a finite number",
    ),
    "two outputs": (
        change("outputs/other", {"labels": ["x"], "node_index": 1}),
        "2 outputs; exactly one is supported",
    ),
    "labels": (change("outputs/flavour/labels", ["pu"]), "output: 1 labels for 3 numbers"),
    "same label": (
        change("outputs/flavour/labels", ["pu", "pb", "pb"]),
        "output: pb occurs 2 times",
    ),
    "output's node": (
        change("outputs/flavour/node_index", 2),
        "node 2: does not exist, there are 2 nodes",
    ),
    "negative node": (
        change("outputs/flavour/node_index", -1),
        "node -1: does not exist, there are 2 nodes",
    ),
    "a bool for a node": (
        change("outputs/flavour/node_index", True),
        "output: node_index is True, not an integer",
    ),
    "circle": (change("nodes/1/sources", [1]), "the nodes form a cycle"),
    "two sources": (
        change("nodes/1/sources", [0, 0]),
        "node 1: sources are [0, 0], not one index",
    ),
    "lstm node": (
        change("nodes/1/type", "lstm"),
        "node 1: type 'lstm' is not one of input, input_sequence, feed_forward, "
        "time_distributed, sum, concatenate, add",
    ),
    "size": (change("nodes/0/size", 3), "input node: size is 3, but there are 2 variables"),
    "which input": (
        change("nodes/0/sources", [1]),
        "input node: takes input 1, but there is only input 0",
    ),
    "branch": (
        lambda: change("nodes", [*tutorial("a", "b")["nodes"], SECOND])(),
        "only 2 of 3 nodes lead to the output",
    ),
    "layer index": (
        change("nodes/1/layer_index", 1),
        "node 1: layer 1 does not exist",
    ),
    "unused layer": (change("nodes/1/type", "concatenate"), "no node uses layer 0"),
    "no layer": (change("nodes/1/layer_index", ...), "node 1: has no layer_index"),
    "lstm": (
        change("layers/0/architecture", "lstm"),
        "layer 0: architecture 'lstm' is not dense, normalization, maxout or highway",
    ),
    "weights": (
        change("layers/0/weights", [1, 2, 3]),
        "layer 0: 3 weights are not a multiple of 2 inputs",
    ),
    "bias": (change("layers/0/bias", [1, 2]), "layer 0: 2 biases for 3 outputs"),
    "NaN": (
        change("layers/0/weights", [1, 2, NAN, 4, 5, 6]),
        "layer 0: weights[2] is nan, not a finite number",
    ),
    "huge": (
        change("layers/0/bias", [0, 0, 10**400]),
        f"layer 0: bias[2] is 1{'0' * 17}...{'0' * 19}, not a finite number",
    ),
    "no activation": (
        change("layers/0/activation", ...),
        f"layer 0: activation is None; there are {KNOWN}",
    ),
    "activation": (
        change("layers/0/activation", "gelu"),
        f"layer 0: activation is 'gelu'; there are {KNOWN}",
    ),
    "no alpha": (
        change("layers/0/activation", "swish"),
        "layer 0: alpha of swish is None, not a finite number",
    ),
    "normalization": (
        change("layers/0/architecture", "normalization"),
        "layer 0: 6 weights and 3 biases for 2 inputs",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_reported_with_their_location(mistake: str, tmp_path: Path) -> None:
    make, message = MISTAKES[mistake]
    with pytest.raises(UserError) as told:
        load(tmp_path, make())
    assert str(told.value) == f"{tmp_path / 'net.json'}: {message}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON (Expecting value: line 1 column 1 (char 0))"),
        (
            b"\x89HDF\r\n",
            "not JSON ('utf-8' codec can't decode byte 0x89 in position 0: invalid start byte)",
        ),
        (b"[" * 1_000_000, "nested too deeply for an lwtnn network"),
        (b'{"a":' * 1_000_000, "nested too deeply for an lwtnn network"),
        (b'{"a": 1, "a": 2}', "a key occurs twice in one object, among ['a']"),
        (
            b" " * (MAX_BYTES + 1),
            "more than 20,000,000 bytes are too many for an lwtnn network",
        ),
    ],
)
def test_what_is_no_json_is_reported(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_bytes(content)
    with pytest.raises(UserError) as told:
        read(path)
    assert str(told.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.json", "cannot be read (No such file or directory)"),
        (".", "is a folder, a device or a pipe, not a file"),
    ],
)
def test_unreadable_files_are_reported(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as told:
        read(tmp_path / name)
    assert str(told.value) == f"{tmp_path / name}: {reason}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def mutate(content: Any, data: st.DataObject) -> Any:
    """Replace, leave out or repeat something at a random place."""
    if not isinstance(content, dict | list) or not content or data.draw(st.integers(0, 6)) == 0:
        return data.draw(JSON | st.sampled_from([-1, 0, 1, 2, 10**9, "dense", "input", [], {}]))
    if isinstance(content, dict):
        key = data.draw(st.sampled_from(sorted(content)))
        rest = {k: v for k, v in content.items() if k != key}
        leave_out = data.draw(st.integers(0, 9)) == 0
        return rest if leave_out else {**rest, key: mutate(content[key], data)}
    where = data.draw(st.integers(0, len(content) - 1))
    again = data.draw(st.integers(0, 2))
    return [*content[:where], *[mutate(content[where], data)] * again, *content[where + 1 :]]


def assert_one_line_or_a_network(path: Path) -> None:
    """Read a file, which must give one short line or a network that can be evaluated."""
    try:
        network, _ = read(path)
    except UserError as error:
        line = str(error).removeprefix(f"{path}: ")
        ok = len(line) < 300 and len(line.splitlines()) == 1
    else:
        x = np.ones((3, len(network.variables)))
        ok = network.evaluate(x).shape == (3, len(network.labels))
    assert ok


@given(st.data())
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_spoilt_file_gives_one_line_or_a_network(tmp_path: Path, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from([json.loads(OLD_CONVERTER), tutorial("a", "b"), DL1]))
    for _ in range(data.draw(st.integers(1, 3))):
        content = mutate(copy.deepcopy(content), data)
    assert_one_line_or_a_network(write(tmp_path / "net.json", content))


@given(st.integers(0, len(OLD_CONVERTER) - 1), st.binary(max_size=3), st.integers(0, 20))
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_spoilt_bytes_give_one_line_or_a_network(
    tmp_path: Path, where: int, new: bytes, n_old: int
) -> None:
    text = OLD_CONVERTER.encode()
    path = tmp_path / "net.json"
    path.write_bytes(text[:where] + new + text[where + n_old :])
    assert_one_line_or_a_network(path)


N_JETS = 10_000
# Keras's name, the same in lwtnn, and what the sums must be scaled by: Keras 3's hard_sigmoid
# is relu6(x + 3) / 6, which is lwtnn's clip(0.2 x + 0.5) of 5/6 x.
PEERS = {
    "linear": ("linear", 1),
    "sigmoid": ("sigmoid", 1),
    "relu": ("rectified", 1),
    "softmax": ("softmax", 1),
    "tanh": ("tanh", 1),
    "hard_sigmoid": ("hard_sigmoid", 5 / 6),
    "elu": ({"function": "elu", "alpha": 1.0}, 1),
    "leaky_relu": ({"function": "leakyrelu", "alpha": 0.2}, 1),
    "silu": ({"function": "swish", "alpha": 1.0}, 1),
}


@pytest.fixture(scope="module")
def keras() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    module = pytest.importorskip("keras")
    module.utils.set_random_seed(1)
    return module


def jets() -> np.ndarray[Any, Any]:
    """Two inputs of which some are NaN or infinite."""
    x = np.random.default_rng(5).normal([1, 2], [3, 4], (N_JETS, 2))
    x[::7, 0], x[::11, 1], x[::13, 0] = NAN, INF, -INF
    return x


def converted(layer: Any) -> dict[str, Any]:
    """Write a Keras layer as lwtnn has it, a BatchNormalization as normalization."""
    if "batch" in layer.name:
        gamma, beta, mean, variance = (w.astype(float) for w in layer.get_weights())
        weights = gamma / np.sqrt(variance + layer.epsilon)
        return {
            "architecture": "normalization",
            "weights": weights.tolist(),
            "bias": (beta / weights - mean).tolist(),
        }
    name, factor = PEERS[layer.activation.__name__]
    kernel, bias = (w.astype(float) * factor for w in layer.get_weights())
    return dense(kernel.T, bias.tolist(), name)


def largest_difference(keras: Any, layers: list[Any], folder: Path) -> float:
    """Compare with Keras, whose inputs are prepared here by a loop over the inputs."""
    model = keras.Sequential([keras.Input((2,)), *layers])
    random = np.random.default_rng(1)
    for layer in model.layers:  # biases begin at 0, and the averages of an untrained layer at 0
        low = 0.5 if "batch" in layer.name else -1
        layer.set_weights([random.uniform(low, 1, w.shape) for w in layer.get_weights()])
    prepared: list[Any] = []
    variables: list[Any] = []
    for x, (offset, scale, default) in zip(jets().T, [(-1, 0.4, 1.0), (-2, 0.3, 2.5)], strict=True):
        prepared.append((np.where(np.abs(x) < 1e9, x, default) + offset) * scale)
        variables.append(variable(f"v{len(variables)}", offset, scale, default=default))
    theirs = np.asarray(model(np.stack(prepared, axis=1).astype("float32")))
    labels = ["pu", "pc", "pb"]
    network = load(folder, graph(variables, [converted(la) for la in model.layers], labels))
    ours = network.evaluate(jets())
    assert theirs.std(axis=0).min() > 1e-3  # it tells jets apart
    return float(np.abs(ours - theirs).max())


def test_logistic_regression_agrees_with_keras(keras: Any, tmp_path: Path) -> None:
    layers = [keras.layers.Dense(3, activation="softmax")]
    assert largest_difference(keras, layers, tmp_path) < 2e-6


@pytest.mark.parametrize("activation", PEERS)
def test_deep_networks_agree_with_keras(activation: str, keras: Any, tmp_path: Path) -> None:
    layers = [
        keras.layers.Dense(16, activation=activation),
        keras.layers.Dense(16, activation=activation),
        keras.layers.Dense(3, activation="softmax"),
    ]
    if activation == "softmax":  # it would squeeze everything to nearly the same
        layers[1] = keras.layers.Dense(16)
    assert largest_difference(keras, layers, tmp_path) < 1e-5


def test_batch_normalization_agrees_with_keras(keras: Any, tmp_path: Path) -> None:
    layers = [
        keras.layers.BatchNormalization(name="batch"),
        keras.layers.Dense(3, activation="softmax"),
    ]
    assert largest_difference(keras, layers, tmp_path) < 2e-6
