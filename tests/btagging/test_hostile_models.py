"""Hostile variants of a model's files: each is taken as it stands, or refused in a short line."""

from __future__ import annotations

import copy
import json
import os
import random
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from btagging.errors import UserError
from btagging.network import network
from networks import BIAS, KERNEL, TUTORIAL, VARIABLES, dense, layer, sequential, write

DEEP = json.loads("[" * 400 + "]" * 400)
VALUES: tuple[Any, ...] = (
    *(True, False, None, 0, 1, -1, 1.0, 0.0, 1e308, -1e-308, 10**17, 3.5),
    *("", "softmax", "\x1b[31mred\n", "\u202e", "\x00", "x" * 200_000, "../../x", "1"),
    *([], {}, [None, 2], {"name": "jets"}, DEEP, list(range(5000)), {str(i): i for i in range(99)}),
)


def nodes(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the paths of all values in a JSON tree."""
    yield path
    if isinstance(tree, dict | list):
        for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from nodes(child, (*path, key))


def vary(tree: Any, rng: random.Random) -> Any:
    """Replace, remove or repeat one value."""
    result = copy.deepcopy(tree)
    *way, last = rng.choice([path for path in nodes(result) if path])
    parent = result
    for key in way:
        parent = parent[key]
    match rng.randrange(4):
        case 0:
            del parent[last]
        case 1 if isinstance(parent, list):
            parent.extend([parent[last]] * rng.choice([1, 60, 20_000]))
        case _:
            parent[last] = rng.choice(VALUES)
    return result


def called(entry: dict[str, Any], *before: str) -> dict[str, Any]:
    tensors = [{"config": {"keras_history": [other, 0, 0]}} for other in before]
    calls = [{"args": tensors, "kwargs": {}}] if before else []
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": calls}


FUNCTIONAL = {
    "class_name": "Functional",
    "config": {
        "layers": [
            called(layer("InputLayer", "jets", batch_shape=[None, 2], dtype="float32")),
            called(dense("flavours", 3, "softmax", dtype="float32"), "jets"),
        ],
        "input_layers": ["jets", 0, 0],
        "output_layers": ["flavours", 0, 0],
    },
}
SEQUENTIAL = sequential(
    layer("BatchNormalization", "bn", axis=-1, epsilon=0.1, center=True, scale=True),
    dense("flavours", 3),
    layer("ReLU", "relu", max_value=None, negative_slope=0.0, threshold=0.0),
    layer("ELU", "elu", alpha=1.0),
    layer("Softmax", "softmax", axis=-1),
)
ARRAYS = {
    **{f"layers/batch_normalization/vars/{i}": np.array([1.0, 2.0]) for i in range(4)},
    "layers/dense/vars/0": KERNEL,
    "layers/dense/vars/1": BIAS,
}
TRAINED = {
    **VARIABLES,
    "training": {
        "seed": 1,
        "fields": ["jf_sig"],
        "files": [
            {
                "digest": "ab",
                "jets": 9,
                "uuid": "ef",
                "derivations": ["cd"],
                "held_out": [[0, 2], [5, 6]],
            }
        ],
    },
}


def outcome(files: tuple[Path, Path]) -> None:
    """Load; what is refused must be refused at once, in one short line without escapes."""
    start, message = time.monotonic(), ""
    try:
        network.load(*files)
    except UserError as error:
        message = str(error)
    assert message == "" or message.isprintable()
    assert len(message) < 1500
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("architecture", [TUTORIAL, FUNCTIONAL, SEQUENTIAL])
@pytest.mark.parametrize("seed", range(int(os.environ.get("HOSTILE_SEEDS", "1"))))
def test_variants_of_the_json(tmp_path: Path, architecture: dict[str, Any], seed: int) -> None:
    rng = random.Random(seed)
    weights = ARRAYS if architecture is SEQUENTIAL else None
    for _ in range(40):
        outcome(write(tmp_path, vary(architecture, rng), TRAINED, weights))
        outcome(write(tmp_path, architecture, vary(TRAINED, rng), weights))


LARGE = {"maxshape": (None, None), "compression": "gzip"}


def store(path: Path, **options: Any) -> None:
    """Put the kernel of the tutorial's network into a file in another way."""
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        return file.create_dataset("layers/dense/vars/0", **options)


@pytest.mark.parametrize(
    "options",
    [
        {"data": KERNEL, "chunks": (1, 3)},
        {"data": KERNEL, "chunks": (2, 2), "compression": "gzip", "shuffle": True},
        {"data": KERNEL, "chunks": True, "compression": 9, "fletcher32": True},
    ],
)
def test_plain_ways_to_store_an_array(tmp_path: Path, options: dict[str, Any]) -> None:
    files = write(tmp_path)
    store(files[1], **options)
    np.testing.assert_array_equal(network.load(*files).layers[0].kernel, KERNEL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {**LARGE, "data": KERNEL, "chunks": (2000, 2000)},
            "takes 32,000,000 bytes, more than 8,000,000; train again",
        ),
        ({"data": KERNEL, "compression": "lzf"}, "has the HDF5 filters [32000]; train again"),
        ({"shape": (2, 3), "dtype": "f8"}, "was never written; train again"),
        (
            {"shape": (2, 3), "dtype": "f8", "chunks": (1, 3)},
            "has parts that were never written; train again",
        ),
        (
            {"data": np.zeros((200, 200)), "chunks": (1, 1)},
            "has 40,000 chunks, more than 10,000; train again",
        ),
    ],
)
def test_strange_ways_to_store_an_array(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    files = write(tmp_path)
    store(files[1], **options)
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == f"{files[1]}: /layers/dense/vars/0 {message}"


def test_a_chunk_that_decompresses_to_more_than_it_has(tmp_path: Path) -> None:
    """HDF5 itself would decompress all of it: 300 MB, out of 300 kB."""
    files = write(tmp_path)
    store(files[1], shape=(2, 3), dtype="f8", chunks=(200, 200), **LARGE)
    with h5py.File(files[1], "a") as file:
        bomb = zlib.compress(bytes(300_000_000), 9)
        file["layers/dense/vars/0"].id.write_direct_chunk((0, 0), bomb)
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == (
        f"{files[1]}: /layers/dense/vars/0 decompresses to more than 320,000 bytes; train again"
    )


@pytest.mark.parametrize("name", ["architecture.json", "variables.json", "nn.weights.h5"])
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path, name: str) -> None:
    files = write(tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(UserError) as caught:
        network.load(*files)
    reason = "is a folder, a device or a pipe, not a file"
    assert str(caught.value) == f"{tmp_path / name}: {reason}"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("architecture.json", "the JSON of a model"),
        ("variables.json", "the JSON of a model"),
        ("nn.weights.h5", "these layers"),
    ],
)
def test_a_sparse_file_of_6_gb_is_not_read(tmp_path: Path, name: str, what: str) -> None:
    files = write(tmp_path)
    os.truncate(tmp_path / name, 6 * 10**9)
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == (f"{tmp_path / name}: 6,000,000,000 bytes are too many for {what}")


@pytest.mark.parametrize(
    "dtype", ["mixed_float16", "float16", "bfloat16", "mixed_bfloat16", "int8"]
)
def test_other_precisions_are_refused_by_name(tmp_path: Path, dtype: str) -> None:
    """They are a thousand times further from Keras's own numbers than single precision."""
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": dtype}}
    files = write(tmp_path, sequential(dense("flavours", 3, "softmax", dtype=policy)))
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == (
        f"{files[0]}: 'flavours' computes with dtype '{dtype}'; train it with float32"
    )


def test_keras_2_is_called_by_its_name(tmp_path: Path) -> None:
    files = write(tmp_path, {**TUTORIAL, "keras_version": "2.15.0"})
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == (
        f"{files[0]}: written by Keras 2.15.0; load it there, and save it with Keras 3"
    )


@pytest.mark.parametrize(("option", "value"), [("use_bias", 1.0), ("use_bias", 1), ("units", 3.0)])
def test_what_equals_an_allowed_value_is_not_it(tmp_path: Path, option: str, value: float) -> None:
    files = write(
        tmp_path,
        sequential({**dense("a", 3), "config": {**dense("a", 3)["config"], option: value}}),
    )
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == f"{files[0]}: layer 'a': {option} {value} is not supported"


def test_ten_thousand_layers(tmp_path: Path) -> None:
    """Functional models with many layers would take a time that grows with their square."""
    layers = [called(layer("InputLayer", "l0", batch_shape=[None, 2]))]
    layers += [called(dense(f"l{i}", 3), f"l{i - 1}") for i in range(1, 10_001)]
    config = {"layers": layers, "input_layers": ["l0", 0, 0], "output_layers": ["l10000", 0, 0]}
    files = write(tmp_path, {"class_name": "Functional", "config": config})
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == f"{files[0]}: 10,000 layers are more than 50"
