"""Read the layers of an lwtnn network from an unknown source."""

from __future__ import annotations

from typing import Any

import numpy as np

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.activations import ACTIVATIONS, WITH_ALPHA, Activation
from dumpxaod.lwtnn.checked_json import entry, number, numbers, shown
from dumpxaod.lwtnn.layers import Dense, Highway, Layer, Maxout, Normalization

_LINEAR = Activation("linear")


def read_layer(layer: Any, n_inputs: int, where: str) -> Layer:
    """Read an entry of the file's layers; `where` names it in messages.

    Raises
    ------
    UserError
        If its architecture is unknown, or its numbers do not fit.
    """
    kind = entry(layer, "architecture", str, where)
    match kind:
        case "dense":
            return _dense(layer, n_inputs, where, _activation(layer, where))
        case "normalization":
            return _normalization(layer, n_inputs, where)
        case "maxout":
            return _maxout(layer, n_inputs, where)
        case "highway":
            return _highway(layer, n_inputs, where)
    raise UserError(
        f"{where}: architecture {shown(kind)} is not dense, normalization, maxout or highway"
    )


def _dense(layer: Any, n_inputs: int, where: str, activation: Activation) -> Dense:
    """Make a dense layer; an empty list of weights or biases means that it has none."""
    weights, bias = (numbers(layer, key, where) for key in ("weights", "bias"))
    if len(weights) % n_inputs:
        raise UserError(f"{where}: {len(weights)} weights are not a multiple of {n_inputs} inputs")
    n_outputs = len(weights) // n_inputs or n_inputs
    if len(bias) not in (0, n_outputs):
        raise UserError(f"{where}: {len(bias)} biases for {n_outputs} outputs")
    # lwtnn writes one row per output.
    kernel = np.ascontiguousarray(weights.reshape(-1, n_inputs).T) if len(weights) else None
    return Dense(kernel, bias if len(bias) else np.zeros(n_outputs), activation)


def _normalization(layer: Any, n_inputs: int, where: str) -> Normalization:
    weights, bias = (numbers(layer, key, where) for key in ("weights", "bias"))
    if not len(weights) == len(bias) == n_inputs:
        raise UserError(
            f"{where}: {len(weights)} weights and {len(bias)} biases for {n_inputs} inputs"
        )
    return Normalization(weights, bias)


def _maxout(layer: Any, n_inputs: int, where: str) -> Maxout:
    """Make a maxout layer; refuse an activation, which lwtnn would silently ignore."""
    activation = layer.get("activation", "linear")
    if activation != "linear":
        raise UserError(f"{where}: activation is {shown(activation)}, which lwtnn ignores here")
    pieces = []
    for index, piece in enumerate(entry(layer, "sublayers", list, where)):
        pieces.append(_full(piece, n_inputs, f"{where}: sublayer {index}", _LINEAR))
        if pieces[-1].n_outputs != pieces[0].n_outputs:
            raise UserError(
                f"{where}: sublayer {index} has {pieces[-1].n_outputs} outputs, but sublayer 0 has "
                f"{pieces[0].n_outputs}"
            )
    if not pieces:
        raise UserError(f"{where}: has no sublayers")
    return Maxout(tuple(pieces))


def _highway(layer: Any, n_inputs: int, where: str) -> Highway:
    components = entry(layer, "components", dict, where)
    activation = _activation(layer, where)
    if activation.name == "softmax":
        raise UserError(f"{where}: a highway layer takes no softmax")
    found = []
    for key, function in ("t", activation), ("carry", Activation("sigmoid")):
        component = f"{where}: component {key}"
        found.append(_full(entry(components, key, dict, where), n_inputs, component, function))
        if found[-1].n_outputs != n_inputs:
            raise UserError(f"{component}: {found[-1].n_outputs} outputs for {n_inputs} inputs")
    return Highway(*found)


def _full(layer: Any, n_inputs: int, where: str, activation: Activation) -> Dense:
    """Make a dense component of another layer, which must have weights and biases."""
    found = _dense(layer, n_inputs, where, activation)
    if found.kernel is None or not layer["bias"]:
        raise UserError(f"{where}: has no weights or no biases")
    return found


def _activation(layer: dict[str, Any], where: str) -> Activation:
    value = layer.get("activation")
    function = value.get("function") if isinstance(value, dict) else value
    if type(function) is not str or function not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise UserError(f"{where}: activation is {shown(function)}; there are {known}")
    if function not in WITH_ALPHA or value == "elu":  # old files have no alpha, which is 1
        return Activation(function)
    alpha = value.get("alpha") if isinstance(value, dict) else None
    return Activation(function, number(alpha, f"{where}: alpha of {function}"))
