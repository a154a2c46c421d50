"""The lwtnn files of others, against an evaluation in plain loops and numbers by hand."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dumpxaod.errors import UserError
from dumpxaod.lwtnn.network import Network
from dumpxaod.lwtnn.reader import read
from lwtnn_graph import DL1, dense, graph, variable, write

ROWS = [[0.0, 0.0], [1.0, -0.5], [3.0, 2.0], [-4.0, 7.25], [0.5, math.nan], [2.0, math.inf]]


def load(folder: Path, content: Any) -> Network:
    return read(write(folder / "net.json", content))[0]


def refusal(folder: Path, content: Any) -> str:
    with pytest.raises(UserError) as caught:
        load(folder, content)
    return str(caught.value).removeprefix(f"{folder}/net.json: ")


# An evaluation without NumPy: a row of lwtnn's matrix makes one output.
def product(layer: dict[str, Any], x: Sequence[float]) -> list[float]:
    weights, bias = ([float(value) for value in layer[key]] for key in ("weights", "bias"))
    rows = [weights[i : i + len(x)] for i in range(0, len(weights), len(x))]
    return [
        sum(w * value for w, value in zip(row, x, strict=True)) + b
        for row, b in zip(rows, bias, strict=True)
    ]


def activated(name: str, x: Sequence[float]) -> list[float]:
    if name == "softmax":
        total = sum(map(math.exp, x))
        return [math.exp(value) / total for value in x]
    function: dict[str, Callable[[float], float]] = {
        "linear": lambda v: v,
        "rectified": lambda v: max(v, 0),
        "tanh": math.tanh,
        "sigmoid": lambda v: 1 / (1 + math.exp(-v)),
    }
    return [function[name](value) for value in x]


def through(layer: dict[str, Any], x: Sequence[float]) -> list[float]:
    match layer["architecture"]:
        case "maxout":
            pieces = [product(piece, x) for piece in layer["sublayers"]]
            return [max(values) for values in zip(*pieces, strict=True)]
        case "highway":
            parts = layer["components"]
            gate = activated("sigmoid", product(parts["carry"], x))
            other = activated(layer["activation"], product(parts["t"], x))
            return [g * o + (1 - g) * v for g, o, v in zip(gate, other, x, strict=True)]
        case "normalization":
            pairs = zip(x, layer["bias"], layer["weights"], strict=True)
            return [(value + float(b)) * float(w) for value, b, w in pairs]
    return activated(layer["activation"], product(layer, x))


def by_hand(content: dict[str, Any], row: Sequence[float]) -> list[float]:
    x = []
    for value, v in zip(row, content["inputs"], strict=True):
        default = content.get("defaults", {}).get(v["name"])
        known = float(default) if default is not None and not math.isfinite(value) else value
        x.append((known + float(v["offset"])) * float(v["scale"]))
    for layer in content["layers"]:
        x = through(layer, x)
    return x


def test_a_network_like_dl1(tmp_path: Path) -> None:
    """Sequential, with maxout, highway and normalization, and numbers written as texts."""
    network = load(tmp_path, DL1)
    assert network.labels == ("light", "charm", "bottom")
    assert [v.default for v in network.variables] == [None, 1.5]
    expected = [by_hand(DL1, row) for row in ROWS]
    np.testing.assert_allclose(network.evaluate(np.array(ROWS)), expected, rtol=1e-13)


def test_the_sequential_form_is_a_graph(tmp_path: Path) -> None:
    """Bit by bit the same as the graph that lwtnn's sequential2graph.py makes of it."""
    variables = [{**DL1["inputs"][0]}, {**DL1["inputs"][1], "default": "1.5"}]
    same = load(tmp_path, graph(variables, DL1["layers"], DL1["outputs"]))
    x = np.array(ROWS)
    assert np.array_equal(load(tmp_path, DL1).evaluate(x), same.evaluate(x))


def test_a_layer_that_sees_the_inputs_besides(tmp_path: Path) -> None:
    """Of (1, 2) the hidden layer makes 3, and again 3: 1 + 2 * 2 + 3 * 3."""
    layers = [dense([[1, 1]], [0]), dense([[1]], [0]), dense([[1, 2, 3]], [0])]
    content = graph([variable("a"), variable("b")], layers, ["p"])
    content["nodes"][3:] = [
        {"type": "concatenate", "sources": [0, 2]},
        {"type": "feed_forward", "layer_index": 2, "sources": [3]},
    ]
    content["outputs"]["flavour"]["node_index"] = 4
    assert load(tmp_path, content).evaluate(np.array([[1.0, 2.0]])).tolist() == [[14]]


def test_whole_numbers_written_as_texts(tmp_path: Path) -> None:
    content = graph([variable("a")], [dense([["2"]], ["1"])], ["p"])
    content["nodes"] = [
        {"type": "input", "size": "1", "sources": ["0"]},
        {"type": "feed_forward", "layer_index": "0", "sources": ["0"]},
    ]
    content["outputs"]["flavour"]["node_index"] = "1"
    assert load(tmp_path, content).evaluate(np.array([[3.0]]))[0, 0] == 7


def test_maxout_takes_the_largest_of_its_pieces(tmp_path: Path) -> None:
    """(1, 2): of 1 + 2 and -2 * 1 + 7 it is 5; of 10 and 3 * 1 - 2 it is 10."""
    pieces = [
        {"weights": [1, 1, 0, 0], "bias": [0, 10]},
        {"weights": [-2, 0, 3, 0], "bias": [7, -2]},
    ]
    layers = [{"architecture": "maxout", "sublayers": pieces}]
    network = load(tmp_path, graph([variable("a"), variable("b")], layers, ["x", "y"]))
    assert network.evaluate(np.array([[1, 2]]))[0].tolist() == [5, 10]


@pytest.mark.parametrize(("bias", "expected"), [(-1000, [3, -2]), (1000, [6, 0]), (0, [4.5, -1])])
def test_highway_lets_its_input_pass(bias: float, expected: list[float], tmp_path: Path) -> None:
    """(3, -2): all of it, none of it, and the mean of it and of the rectified (6, -4)."""
    layers = [
        {
            "architecture": "highway",
            "activation": "rectified",
            "components": {
                "t": {"weights": [2, 0, 0, 2], "bias": [0, 0]},
                "carry": {"weights": [0, 0, 0, 0], "bias": [bias, bias]},
            },
        }
    ]
    network = load(tmp_path, graph([variable("a"), variable("b")], layers, ["x", "y"]))
    assert network.evaluate(np.array([[3, -2]]))[0] == pytest.approx(expected)


def test_a_jet_gets_the_same_bits_in_any_company(tmp_path: Path) -> None:
    network = load(tmp_path, DL1)
    x = np.random.default_rng(1).normal(size=(1000, 2))
    alone = np.concatenate([network.evaluate(x[i : i + 1]) for i in range(len(x))])
    assert np.array_equal(network.evaluate(x), alone)


def changed(path: str, value: Any) -> dict[str, Any]:
    """Give the network another value at a path such as layers/0/bias; None leaves it out."""
    content = copy.deepcopy(DL1)
    *way, last = [int(key) if key.isdigit() else key for key in path.split("/")]
    place: Any = content
    for key in way:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return content


PIECE = "layers/0/sublayers/1"
GATE = "layers/1/components/carry"


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("inputs/0/scale", "2,5", "variable a: scale is '2,5', not a finite number"),
        ("inputs/0/scale", "1_0", "variable a: scale is '1_0', not a finite number"),
        ("inputs/0/scale", "nan", "variable a: scale is 'nan', not a finite number"),
        ("inputs/0/scale", "1e999", "variable a: scale is '1e999', not a finite number"),
        ("inputs/0/scale", None, "variable a: scale is None, not a finite number"),
        ("inputs/0", 7, "file: input 7 is not an object"),
        ("defaults/b", "x", "variable b: default is 'x', not a finite number"),
        ("defaults", [], "file: defaults is [], not an object"),
        ("outputs", ["a"], "output: 1 labels for 3 numbers"),
        ("layers", {}, "file: layers is {}, not a list"),
        ("layers/0/sublayers", [], "layer 0: has no sublayers"),
        ("layers/0/sublayers", None, "layer 0: has no sublayers"),
        ("layers/0/activation", "tanh", "layer 0: activation is 'tanh', which lwtnn ignores here"),
        (
            PIECE,
            {"weights": [1, 1], "bias": [1]},
            "layer 0: sublayer 1 has 1 outputs, but sublayer 0 has 2",
        ),
        (f"{PIECE}/weights", [], "layer 0: sublayer 1: has no weights or no biases"),
        (f"{PIECE}/bias", [], "layer 0: sublayer 1: has no weights or no biases"),
        (f"{PIECE}/bias", [1], "layer 0: sublayer 1: 1 biases for 2 outputs"),
        (f"{PIECE}/bias/1", "x", "layer 0: sublayer 1: bias[1] is 'x', not a finite number"),
        ("layers/1/activation", "softmax", "layer 1: a highway layer takes no softmax"),
        ("layers/1/components", None, "layer 1: has no components"),
        (GATE, None, "layer 1: has no carry"),
        (f"{GATE}/weights", [], "layer 1: component carry: has no weights or no biases"),
        (
            GATE,
            {"weights": [1, 1], "bias": [1]},
            "layer 1: component carry: 1 outputs for 2 inputs",
        ),
        (
            "layers/2/architecture",
            "gru",
            "layer 2: architecture 'gru' is not dense, normalization, maxout or highway",
        ),
    ],
)
def test_mistakes_are_reported_with_their_location(
    path: str, value: Any, reason: str, tmp_path: Path
) -> None:
    assert refusal(tmp_path, changed(path, value)) == reason
