"""Read a Keras architecture JSON as data: nothing in it is ever run or looked up by name.

Keras itself builds any class that the file names, except those on a list of what is forbidden.
`layer_options` is a list of what is allowed instead. The layout is that of `model.to_json()` in
Keras 3.3 to 3.15; that of Keras 2 is converted to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from btagging.errors import UserError, shown
from btagging.network.json_file import parse_json
from btagging.network.keras2 import as_keras3, is_keras2
from btagging.network.layer_options import MAX_UNITS, Layer, check_dtype, read_layers, widths
from btagging.network.layer_order import UnsupportedError, in_order
from btagging.network.track_order import in_track_order, sums_tracks


@dataclass(frozen=True)
class TrackLayers:
    """A chain of layers that each track goes through, before the sum.

    Parameters
    ----------
    n_inputs
        Per track.
    layers
        In order; empty: the inputs themselves are summed.
    jets_first
        Whether the inputs from the jet come before the sums, or after them.
    """

    n_inputs: int
    layers: tuple[Layer, ...]
    jets_first: bool

    @property
    def n_outputs(self) -> int:
        """Number of sums."""
        return widths(self.n_inputs, self.layers)[-1]


@dataclass(frozen=True)
class Architecture:
    """A chain of layers.

    Parameters
    ----------
    path
        The file it was read from.
    n_inputs
        Per jet, without those from tracks.
    layers
        In order, without those that act in the training only.
    tracks
        What is summed over the tracks; the sums go into the first layer. None: no tracks.
    """

    path: Path
    n_inputs: int
    layers: tuple[Layer, ...]
    tracks: TrackLayers | None = None

    @property
    def chains(self) -> tuple[tuple[int, tuple[Layer, ...]], ...]:
        """The chains of layers in Keras's order, each with its number of inputs."""
        if self.tracks is None:
            return ((self.n_inputs, self.layers),)
        n_inputs = self.n_inputs + self.tracks.n_outputs
        return (self.tracks.n_inputs, self.tracks.layers), (n_inputs, self.layers)

    @property
    def n_outputs(self) -> int:
        """Of the last layer."""
        return widths(*self.chains[-1])[-1]


def parse(path: Path, content: bytes) -> Architecture:
    """Read the content of an architecture file.

    Raises
    ------
    UserError
        If the file is broken, or holds anything that is not on the list.
    """
    model = parse_json(path, content)
    try:
        if is_keras2(model):
            model = as_keras3(model)
        if sums_tracks(model["class_name"], model["config"]):
            return _with_tracks(path, model["config"])
        first, *rest = in_order(model["class_name"], model["config"])
        if first["class_name"] != "InputLayer" or not rest:
            raise UnsupportedError("it does not begin with an InputLayer and a layer after it")
        for config in (model["config"], *(layer["config"] for layer in (first, *rest))):
            check_dtype(config)
        n_inputs = _n_inputs(first["config"])
        return Architecture(path, n_inputs, read_layers(rest, n_inputs))
    except UnsupportedError as error:
        raise UserError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path}: not a Keras architecture ({type(error).__name__}: {shown(error)}); "
            "write one with model.to_json()"
        ) from error


def _with_tracks(path: Path, config: Mapping[str, Any]) -> Architecture:
    """Read a network that sums over tracks."""
    order = in_track_order(config)
    for layer in (config, *(layer["config"] for layer in config["layers"])):
        check_dtype(layer)
    first, *of_tracks = order.tracks
    n_tracks, n_inputs = first["config"]["batch_shape"][1:]
    if not (n_tracks is None or type(n_tracks) is int) or n_tracks != _places(order.valid):
        raise UnsupportedError("tracks and valid flags must have the same shape, but for the last")
    n_inputs = _n_inputs({"batch_shape": [None, n_inputs]})
    layers = read_layers(of_tracks, n_inputs)
    for layer in layers:
        if layer.options.get("axis") in (1, [1]):
            raise UnsupportedError(f"layer {shown(repr(layer.name))}: axis 1 is that of the tracks")
    tracks = TrackLayers(n_inputs, layers, order.jets_first)
    of_jet = _n_inputs(order.jets["config"]) if order.jets else 0
    rest = read_layers(order.rest, of_jet + tracks.n_outputs)
    if not rest:
        raise UnsupportedError("there is no layer after the sum over the tracks")
    return Architecture(path, of_jet, rest, tracks)


def _places(valid: Mapping[str, Any]) -> Any:
    return valid["config"]["batch_shape"][1]


def _n_inputs(config: Mapping[str, Any]) -> int:
    shape = config["batch_shape"]
    if len(shape) != 2 or type(shape[1]) is not int or not 0 < shape[1] <= MAX_UNITS:
        raise UnsupportedError(
            f"inputs of shape {shown(shape)}; allowed is [null, n], n up to {MAX_UNITS}"
        )
    return shape[1]
