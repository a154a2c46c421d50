"""The order of the layers in a Keras model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from btagging.errors import shown

MAX_LAYERS = 50


class UnsupportedError(Exception):
    """Why a model cannot be used."""


def in_order(kind: str, config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sort the layers of a model of class `kind` in order of evaluation, the input first.

    Raises
    ------
    UnsupportedError
        If they are not a single chain, or too many.
    KeyError, TypeError, IndexError
        If the layout is another.
    """
    if kind not in ("Sequential", "Functional", "Model"):
        raise UnsupportedError(
            f"a model of class {shown(repr(kind))}; only Sequential and Functional are allowed"
        )
    n_layers = len(config["layers"]) - 1  # less the input
    if n_layers > MAX_LAYERS:
        raise UnsupportedError(f"{n_layers:,} layers are more than {MAX_LAYERS}")
    if kind == "Sequential":
        return list(config["layers"])
    layers = {layer["name"]: layer for layer in config["layers"]}
    start = only_end(config["input_layers"], "inputs")
    chain = [only_end(config["output_layers"], "outputs")]
    while chain[-1] != start and len(chain) <= len(layers):
        chain += tensors(layers[chain[-1]], 1)
    aside = [name for name in layers if name not in chain]
    if aside or len(chain) != len(config["layers"]):
        raise UnsupportedError(
            f"layer {shown(repr((aside or chain)[0]))} is not on one straight chain"
        )
    return [layers[name] for name in reversed(chain)]


def only_end(ends: Sequence[Any], what: str) -> str:
    """Name the only input or output layer, in either of Keras's two layouts.

    Raises
    ------
    UnsupportedError
        If there are several.
    """
    if isinstance(ends[0], str):
        return ends[0]
    if len(ends) != 1:
        raise UnsupportedError(f"{len(ends)} {what}; only one is allowed")
    return str(ends[0][0])


def tensors(layer: Mapping[str, Any], n: int) -> tuple[str, ...]:
    """Name the `n` layers from which a layer takes its tensors.

    Raises
    ------
    UnsupportedError
        If it takes another number of them, is called more than once, or with options.
    """
    name, calls = shown(repr(layer["name"])), layer["inbound_nodes"]
    found = calls[0]["args"] if len(calls) == 1 else []
    if n > 1 and found and isinstance(found[0], list):
        found = found[0]
    if len(found) != n or not all(isinstance(tensor, dict) for tensor in found):
        number = {1: "one tensor", 2: "two tensors"}[n]
        raise UnsupportedError(f"layer {name} is not called once, on {number}")
    if any(calls[0]["kwargs"].values()):  # such as training=True: other values than in use
        raise UnsupportedError(f"layer {name} is called with {shown(calls[0]['kwargs'])}")
    return tuple(str(tensor["config"]["keras_history"][0]) for tensor in found)
