"""lwtnn graphs that sum over tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dumpxaod.errors import UserError
from dumpxaod.lwtnn.network import BLOCK, Network
from dumpxaod.lwtnn.reader import read
from lwtnn_graph import dense, variable, write

NAN = float("nan")


def deep_sets() -> dict[str, Any]:
    """Sum the significances and 10 dr over tracks; pt in GeV goes in besides."""
    return {
        "inputs": [{"name": "jets", "variables": [variable("pt", scale=0.001, default=0)]}],
        "input_sequences": [
            {
                "name": "tracks_r22default_sd0sort",
                "variables": [variable("sd0", default=7), variable("dr", scale=10)],
            }
        ],
        "nodes": [
            {"type": "input_sequence", "size": 2, "sources": [0]},
            {"type": "time_distributed", "layer_index": 0, "sources": [0]},
            {"type": "sum", "sources": [1]},
            {"type": "input", "size": 1, "sources": [0]},
            {"type": "concatenate", "sources": [3, 2]},
            {"type": "feed_forward", "layer_index": 1, "sources": [4]},
        ],
        "layers": [
            dense([[1, 0], [0, 1]], [0, 0], "rectified"),
            dense([[0, 1, 0], [1, 0, 0], [0, 0, 1]], [0, 0, 0]),
        ],
        "outputs": {"nn": {"labels": ["pb", "pc", "pu"], "node_index": 5}},
    }


def load(folder: Path, content: Any) -> Network:
    return read(write(folder / "net.json", content))[0]


JETS = np.array([[50e3], [20e3], [NAN]])
TRACKS = np.array([[3, 0.1], [-1, 0.2], [2, 0.3], [NAN, 0.5]])
JET = np.array([0, 0, 0, 2])


def test_the_sum_is_over_the_tracks_of_each_jet(tmp_path: Path) -> None:
    """Of 3, -1 and 2 the second is rectified away; a jet without tracks has the sum 0.

    What is not finite becomes the default, for tracks as for jets.
    """
    found = load(tmp_path, deep_sets()).evaluate(JETS, TRACKS, JET)
    np.testing.assert_allclose(found, [[5, 50, 6], [0, 20, 0], [7, 0, 5]])


def test_the_minimal_case(cases_dir: Path) -> None:
    network, _ = read(cases_dir / "models" / "lwtnn_deepsets_minimal.json")
    found = network.evaluate(JETS[:2], TRACKS[:3], JET[:3])
    np.testing.assert_allclose(found, [[5, 50, 6], [0, 20, 0]])


def test_without_a_default_nan_reaches_every_output_of_its_jet_alone(tmp_path: Path) -> None:
    content = deep_sets()
    del content["input_sequences"][0]["variables"][0]["default"]
    found = load(tmp_path, content).evaluate(JETS, TRACKS, JET)
    assert np.isnan(found).tolist() == [[False] * 3, [False] * 3, [True] * 3]


def test_add_and_several_sums(tmp_path: Path) -> None:
    """One layer may serve two nodes, and a sum may be added to another."""
    content = deep_sets()
    content["nodes"][4:] = [
        {"type": "sum", "sources": [0]},
        {"type": "add", "sources": [2, 4]},
        {"type": "concatenate", "sources": [3, 5]},
        {"type": "feed_forward", "layer_index": 1, "sources": [6]},
    ]
    content["outputs"]["nn"]["node_index"] = 7
    found = load(tmp_path, content).evaluate(JETS[:2], TRACKS[:3], JET[:3])
    np.testing.assert_allclose(found, [[5 + 4, 50, 6 + 6], [0, 20, 0]])


def test_tracks_alone_are_enough(tmp_path: Path) -> None:
    content = deep_sets()
    content["inputs"] = []
    content["nodes"][3:] = [{"type": "feed_forward", "layer_index": 1, "sources": [2]}]
    content["layers"][1] = dense([[1, 1]], [0.5])
    content["outputs"]["nn"] = {"labels": ["x"], "node_index": 3}
    found = load(tmp_path, content).evaluate(np.empty((2, 0)), TRACKS[:3], JET[:3])
    np.testing.assert_allclose(found, [[11.5], [0.5]])


def test_jets_get_the_same_bits_in_any_company(tmp_path: Path) -> None:
    """Many jets are worked on in blocks."""
    network = load(tmp_path, deep_sets())
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 40, BLOCK // 40)
    jet = np.repeat(np.arange(len(counts)), counts)
    x, tracks = rng.normal(size=(len(counts), 1)), rng.normal(size=(len(jet), 2))
    found = network.evaluate(x, tracks, jet)
    for i in (0, 1, 4321, len(counts) - 1):
        alone = network.evaluate(x[[i]], tracks[jet == i], jet[jet == i] * 0)
        assert alone.tobytes() == found[i].tobytes()


def change(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *keys, last = (int(key) if key.isdecimal() else key for key in path.split("."))
    place: Any = content
    for key in keys:
        place = place[key]
    place[last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("input_sequences", [{}, {}], "2 input_sequences; exactly one is supported"),
        ("input_sequences.0.variables", [], "sequence: has no variables"),
        ("input_sequences.0.n_max", 0, "sequence: n_max is 0, not 1 to 1000"),
        ("input_sequences.0.n_max", "x", "sequence: n_max is 'x', not an integer"),
        ("input_sequences.0.association", 3, "sequence: association is 3, not a string"),
        (
            "input_sequences.0.association",
            "a\n",
            "sequence: association: 'a\\n' is not a name",
        ),
        (
            "nodes.1.type",
            "sequence",
            "node 1: type 'sequence' is not one of input, input_sequence, feed_forward, "
            "time_distributed, sum, concatenate, add",
        ),
        ("nodes.1.sources", [3], "node 1: time_distributed cannot take numbers of jets"),
        ("nodes.4.sources", [3, 1], "node 4: concatenate cannot take numbers of tracks"),
        ("nodes.2.sources", [0, 1], "node 2: sources are [0, 1], not one index"),
        ("nodes.1.sources", [5], "the nodes form a cycle"),
        ("nodes.0.size", 3, "input_sequence node: size is 3, but there are 2 variables"),
        ("nodes.0.sources", [1], "input_sequence node: takes input 1, but there is only input 0"),
        ("nodes.1.layer_index", 2, "node 1: layer 2 does not exist"),
        ("nodes.2.sources", [9], "node 9: does not exist, there are 6 nodes"),
        ("nodes.4", {"type": "add", "sources": [3, 2]}, "node 4: adds [1, 2] numbers"),
        (
            "outputs.nn.node_index",
            1,
            "output: its node gives numbers of tracks, not of jets; it needs a sum",
        ),
        ("outputs.nn.node_index", 2, "no input node leads to the output"),
        ("outputs.nn.labels", ["a"], "output: 1 labels for 3 numbers"),
        (
            "nodes.4",
            {"type": "concatenate", "sources": [2] * 500_001},
            "node 4: 1,000,002 numbers are more than 1,000,000",
        ),
        ("nodes", [{}] * 201, "201 nodes are more than 200"),
    ],
)
def test_mistakes_are_reported_with_their_location(
    path: str, value: Any, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, change(deep_sets(), path, value))
    assert str(caught.value) == f"{tmp_path}/net.json: {reason}"


def places(content: Any, path: str = "") -> list[str]:
    """List the paths of everything in an object."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for key, value in items:
        found.append(f"{path}{key}")
        if isinstance(value, dict | list):
            found += places(value, f"{path}{key}.")
    return found


@pytest.mark.parametrize("value", [None, -1, 2, 1e300, "x", [], {}, [[]], True])
def test_a_spoilt_file_gives_one_line_or_a_network(value: Any, tmp_path: Path) -> None:
    """Whatever stands in whatever place."""
    for path in places(deep_sets()):
        lines, network = 1, None
        try:
            network, _ = read(write(tmp_path / "net.json", change(deep_sets(), path, value)))
        except UserError as error:
            lines = len(str(error).splitlines())
        assert lines == 1
        if network:
            x = np.ones((2, len(network.variables)))
            n_inputs = len(network.tracks.variables) if network.tracks else 0
            found = network.evaluate(x, np.ones((3, n_inputs)), np.array([0, 0, 1]))
            assert found.shape == (2, len(network.labels))
