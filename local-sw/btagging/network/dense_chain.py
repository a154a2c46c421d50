"""Convert the layers of a Keras model to a chain of dense ones that computes the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from btagging.network.architecture import Architecture
from btagging.network.dense import Activation, Dense
from btagging.network.layer_options import Layer, widths

Chain = tuple[Dense, ...]
Arrays = Sequence[NDArray[np.float64]]

_EPSILON = 1e-7  # keras.config.epsilon()


def build(architecture: Architecture, weights: Sequence[Arrays]) -> tuple[Chain, Chain]:
    """Build the chains from the layers, and their arrays as `weights.parse` returns them.

    Returns
    -------
    tuple
        The chain for each track, empty if there are no tracks; and the chain to the outputs, whose
        first layer takes the inputs from the jet before the sums over the tracks.
    """
    *before, (n, layers) = architecture.chains
    rest = list(weights)
    of_tracks: Chain = ()
    for n_of_track, some in before:
        of_tracks, rest = _chain(n_of_track, some, rest[: len(some)]), rest[len(some) :]
    chain = _chain(n, layers, rest)
    if architecture.tracks and not architecture.tracks.jets_first:
        first = chain[0]
        kernel = np.roll(first.kernel, architecture.n_inputs, axis=0)
        chain = (replace(first, kernel=kernel), *chain[1:])
    return of_tracks, chain


def _chain(n: int, layers: Sequence[Layer], weights: Sequence[Arrays]) -> Chain:
    chain: Chain = ()
    for layer, arrays, n_in in zip(layers, weights, widths(n, layers)[:-1], strict=True):
        chain = _BUILDERS.get(layer.kind, _activated)(chain, layer, arrays, n_in)
    return chain


def _dense(chain: Chain, layer: Layer, arrays: Arrays, n: int) -> Chain:
    kernel = arrays[0]
    bias = arrays[1] if len(arrays) > 1 else np.zeros(kernel.shape[1])
    return (*chain, Dense(layer.name, kernel, bias, _activation(layer)))


def _normalisation(chain: Chain, layer: Layer, arrays: Arrays, n: int) -> Chain:
    """Shift by the mean, divide by the standard deviation; they are in one file or the other."""
    options = layer.options
    stated = () if options["mean"] is None else (options["mean"], options["variance"])
    mean, variance = (np.broadcast_to(np.ravel(x), n) for x in stated or arrays[:2])
    with np.errstate(invalid="ignore"):  # of a broken file
        scale = 1 / np.maximum(np.sqrt(variance), _EPSILON)
    return (*chain, Dense(layer.name, np.diag(scale), -mean * scale, Activation("linear")))


def _batch_normalisation(chain: Chain, layer: Layer, arrays: Arrays, n: int) -> Chain:
    """Batch normalisation scales and shifts each value alone: a diagonal kernel."""
    rest = list(arrays)
    gamma = rest.pop(0) if layer.options["scale"] else np.ones(n)
    beta = rest.pop(0) if layer.options["center"] else np.zeros(n)
    mean, variance = rest
    with np.errstate(invalid="ignore", divide="ignore"):  # of a broken file
        scale = gamma / np.sqrt(variance + layer.options["epsilon"])
    return (*chain, Dense(layer.name, np.diag(scale), beta - mean * scale, Activation("linear")))


def _activated(chain: Chain, layer: Layer, arrays: Arrays, n: int) -> Chain:
    """Put an activation into the layer before it, or if that has one, into a layer of its own."""
    if chain and chain[-1].activation.name == "linear":
        return (*chain[:-1], replace(chain[-1], activation=_activation(layer)))
    return (*chain, Dense(layer.name, np.eye(n), np.zeros(n), _activation(layer)))


_BUILDERS: dict[str, Callable[[Chain, Layer, Arrays, int], Chain]] = {
    "Dense": _dense,
    "BatchNormalization": _batch_normalisation,
    "Normalization": _normalisation,
}


def _activation(layer: Layer) -> Activation:
    options = layer.options
    match layer.kind:
        case "ReLU" if not options["negative_slope"]:
            return Activation("relu")
        case "ReLU" | "LeakyReLU":
            return Activation("leaky_relu", options["negative_slope"])
        case "ELU":
            return Activation("elu", options["alpha"])
        case "Softmax":
            return Activation("softmax")
    name = {"swish": "silu"}.get(options["activation"], options["activation"])
    # 0.2 is what keras.activations.leaky_relu takes.
    return Activation(name, 0.2 if name == "leaky_relu" else 1.0)
