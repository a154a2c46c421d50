"""The order of the layers in a Keras model that sums over tracks.

One chain leads from the tracks to a `Dot` with the valid flags, which is the sum over the real
tracks. Another leads from there to the outputs; it may begin with a `Concatenate` of the sums and
the inputs from jets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from btagging.errors import shown
from btagging.network.layer_order import MAX_LAYERS, UnsupportedError, only_end, tensors

SUM = "Dot"
_FLAT = ("Flatten", "Reshape")

Config = Mapping[str, Any]


@dataclass(frozen=True)
class TrackOrder:
    """The layers' descriptions in Keras's layout.

    Parameters
    ----------
    tracks, rest
        The layers before the sum, input first, and those after it.
    valid
        The input with the flags.
    jets
        The input that is concatenated with the sums, if any.
    jets_first
        Whether it comes before the sums.
    """

    tracks: tuple[Config, ...]
    valid: Config
    jets: Config | None
    jets_first: bool
    rest: tuple[Config, ...]


def sums_tracks(kind: Any, config: Config) -> bool:
    """Tell whether a model sums over tracks: only those have several inputs."""
    if kind not in ("Functional", "Model"):
        return False
    inputs = [layer for layer in config["layers"] if layer["class_name"] == "InputLayer"]
    return len(inputs) > 1 and any(len(i["config"]["batch_shape"]) == 3 for i in inputs)


def in_track_order(config: Config) -> TrackOrder:
    """Find the two chains.

    Raises
    ------
    UnsupportedError
        If the layers are joined in another way, or too many.
    KeyError, TypeError, IndexError
        If the layout is another.
    """
    layers = {layer["name"]: layer for layer in config["layers"]}
    if len(layers) > MAX_LAYERS or len(layers) != len(config["layers"]):
        raise UnsupportedError(f"{len(layers):,} layers are too many, or have the same names")
    rest, end = _back(layers, only_end(config["output_layers"], "outputs"))
    jets, jets_first = None, False
    if end["class_name"] == "Concatenate":
        jets, branch, jets_first = _beside(layers, end)
        rest = [end, *rest]
    else:
        branch = end
    if branch["class_name"] in _FLAT:
        if len(branch["config"].get("target_shape", "1")) != 1:
            raise UnsupportedError(f"layer {shown(repr(branch['name']))} does not flatten the sum")
        rest = [branch, *rest]
        (name,) = tensors(branch, 1)
        branch = layers[name]
    tracks, valid = _summed(layers, branch)
    used = [*tracks, valid, branch, *rest, *([jets] if jets else [])]
    if len(used) != len(layers):
        aside = next(name for name in layers if not any(layer["name"] == name for layer in used))
        raise UnsupportedError(f"layer {shown(repr(aside))} is not on the way to the output")
    flat = any(layer["class_name"] in _FLAT for layer in rest)
    if not flat and len(valid["config"]["batch_shape"]) == 3:
        raise UnsupportedError("the sum over the tracks is not flattened; put a Flatten after it")
    after = [layer for layer in rest if layer["class_name"] not in (*_FLAT, "Concatenate")]
    return TrackOrder(tuple(tracks), valid, jets, jets_first, tuple(after))


def _back(layers: Mapping[str, Config], name: str) -> tuple[list[Config], Config]:
    """Go back from a layer to the next one that is not a link of a chain."""
    chain: list[Config] = []
    while layers[name]["class_name"] not in (SUM, "Concatenate", "InputLayer", *_FLAT):
        chain.insert(0, layers[name])
        (name,) = tensors(layers[name], 1)
        if len(chain) > len(layers):
            raise UnsupportedError("the layers form a circle")
    return chain, layers[name]


def _beside(layers: Mapping[str, Config], layer: Config) -> tuple[Config, Config, bool]:
    """Split a concatenation: the input from jets, the other layer, whether jets come first."""
    if layer["config"]["axis"] not in (-1, 1):
        raise UnsupportedError(f"layer {shown(repr(layer['name']))}: axis must be -1")
    first, second = (layers[name] for name in tensors(layer, 2))
    jets_first = first["class_name"] == "InputLayer"
    jets, branch = (first, second) if jets_first else (second, first)
    if jets["class_name"] != "InputLayer":
        raise UnsupportedError("only an input may be concatenated with the sum over the tracks")
    return jets, branch, jets_first


def _summed(layers: Mapping[str, Config], layer: Config) -> tuple[list[Config], Config]:
    """Split a sum: the layers before it, and the input with the flags."""
    name = shown(repr(layer["name"]))
    if layer["class_name"] != SUM:
        raise UnsupportedError(
            f"layer {name} is a {shown(layer['class_name'])}, not the sum over the tracks, which "
            "is a Dot(axes=1) of the valid flags and the tracks"
        )
    axes = layer["config"]["axes"]
    if axes not in (1, [1, 1]) or layer["config"]["normalize"] is not False:
        raise UnsupportedError(f"layer {name}: only axes=1 without normalize sums over tracks")
    both = [layers[found] for found in tensors(layer, 2)]
    flags = [i for i in both if i["class_name"] == "InputLayer" and _is_flag(i)]
    if len(flags) != 1:
        raise UnsupportedError(
            f"layer {name}: one of the two must be the input with the valid flags, of shape "
            "[null, tracks, 1]"
        )
    features = both[1 - both.index(flags[0])]
    chain, first = _back(layers, features["name"])
    if first["class_name"] != "InputLayer":
        raise UnsupportedError(f"layer {shown(repr(first['name']))} stands before the sum")
    return [first, *chain], flags[0]


def _is_flag(layer: Config) -> bool:
    shape: Sequence[Any] = layer["config"]["batch_shape"]
    return len(shape) == 2 or (len(shape) == 3 and shape[2] == 1)
