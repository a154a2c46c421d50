"""Read the layers of an lwtnn network, which may come from a stranger."""

from __future__ import annotations

from typing import Any

import numpy as np

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.activations import ACTIVATIONS, WITH_ALPHA, Activation
from dumpxaod.lwtnn.checked_json import entry, number, numbers, shown
from dumpxaod.lwtnn.network import Dense, Highway, Layer, Maxout, Normalization

_LINEAR = Activation("linear")


def read_layer(layer: Any, n_inputs: int, place: str) -> Layer:
    """Read a layer.

    Parameters
    ----------
    layer
        An entry of the file's layers.
    n_inputs
        How many numbers go in.
    place
        For messages.

    Raises
    ------
    UserError
        If it is of an unknown kind, or its numbers do not fit.
    """
    kind = entry(layer, "architecture", str, place)
    match kind:
        case "dense":
            return _dense(layer, n_inputs, place, _activation(layer, place))
        case "normalization":
            return _normalization(layer, n_inputs, place)
        case "maxout":
            return _maxout(layer, n_inputs, place)
        case "highway":
            return _highway(layer, n_inputs, place)
    raise UserError(
        f"{place}: architecture {shown(kind)} is not dense, normalization, maxout or highway"
    )


def _dense(layer: Any, n_inputs: int, place: str, activation: Activation) -> Dense:
    """Make a dense layer, in which an empty list of weights or biases stands for none."""
    weights, bias = (numbers(layer, key, place) for key in ("weights", "bias"))
    if len(weights) % n_inputs:
        raise UserError(f"{place}: {len(weights)} weights are not a multiple of {n_inputs} inputs")
    n_outputs = len(weights) // n_inputs or n_inputs
    if len(bias) not in (0, n_outputs):
        raise UserError(f"{place}: {len(bias)} biases for {n_outputs} outputs")
    # lwtnn writes one row per output.
    kernel = np.ascontiguousarray(weights.reshape(-1, n_inputs).T) if len(weights) else None
    return Dense(kernel, bias if len(bias) else np.zeros(n_outputs), activation)


def _normalization(layer: Any, n_inputs: int, place: str) -> Normalization:
    weights, bias = (numbers(layer, key, place) for key in ("weights", "bias"))
    if not len(weights) == len(bias) == n_inputs:
        raise UserError(
            f"{place}: {len(weights)} weights and {len(bias)} biases for {n_inputs} inputs"
        )
    return Normalization(weights, bias)


def _maxout(layer: Any, n_inputs: int, place: str) -> Maxout:
    """Make a maxout layer, which has no activation: lwtnn would leave it out without a word."""
    activation = layer.get("activation", "linear")
    if activation != "linear":
        raise UserError(f"{place}: activation is {shown(activation)}, which lwtnn ignores here")
    pieces = []
    for index, piece in enumerate(entry(layer, "sublayers", list, place)):
        pieces.append(_full(piece, n_inputs, f"{place}: sublayer {index}", _LINEAR))
        if pieces[-1].n_outputs != pieces[0].n_outputs:
            raise UserError(
                f"{place}: sublayer {index} has {pieces[-1].n_outputs} outputs, but sublayer 0 has "
                f"{pieces[0].n_outputs}"
            )
    if not pieces:
        raise UserError(f"{place}: has no sublayers")
    return Maxout(tuple(pieces))


def _highway(layer: Any, n_inputs: int, place: str) -> Highway:
    components = entry(layer, "components", dict, place)
    activation = _activation(layer, place)
    if activation.name == "softmax":
        raise UserError(f"{place}: a highway layer takes no softmax")
    found = []
    for key, function in ("t", activation), ("carry", Activation("sigmoid")):
        where = f"{place}: component {key}"
        found.append(_full(entry(components, key, dict, place), n_inputs, where, function))
        if found[-1].n_outputs != n_inputs:
            raise UserError(f"{where}: {found[-1].n_outputs} outputs for {n_inputs} inputs")
    return Highway(*found)


def _full(layer: Any, n_inputs: int, place: str, activation: Activation) -> Dense:
    """Make a part of a layer, which has weights and biases."""
    found = _dense(layer, n_inputs, place, activation)
    if found.kernel is None or not layer["bias"]:
        raise UserError(f"{place}: has no weights or no biases")
    return found


def _activation(layer: dict[str, Any], place: str) -> Activation:
    value = layer.get("activation")
    function = value.get("function") if isinstance(value, dict) else value
    if type(function) is not str or function not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise UserError(f"{place}: activation is {shown(function)}; there are {known}")
    if function not in WITH_ALPHA or value == "elu":  # old files have elu alone and mean 1
        return Activation(function)
    alpha = value.get("alpha") if isinstance(value, dict) else None
    return Activation(function, number(alpha, f"{place}: alpha of {function}"))
