"""A network as the nodes of an ONNX graph.

It is built without TensorFlow or a converter, and includes the normalisation and the defaults.
Operators: github.com/onnx/onnx/blob/main/docs/Operators.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from btagging.errors import UserError
from btagging.inputs import Input
from btagging.network.dense import Activation, Dense
from btagging.network.network import Network
from btagging.network.track_sum import TrackSum

Shape = list[int | str]

IR_VERSION, OPSET = 7, 13
"""Old enough for all runtimes that Athena uses."""

INPUT, OUTPUT = "jet_features", "scores"
TRACKS, VALID = "track_features", "valid"

# By Keras's names: the operator, and its fixed attributes.
_OPERATORS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "softmax": ("Softmax", {"axis": -1}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "elu": ("Elu", {}),
    "leaky_relu": ("LeakyRelu", {}),
}
_WITH_ALPHA = ("elu", "leaky_relu")


class OnnxGraph:
    """Nodes and constants of a network, from `INPUT` and `TRACKS` to `OUTPUT`.

    Parameters
    ----------
    network
        Its inputs from jets are the columns of `INPUT`, float32 of shape (jets, inputs), and those
        from tracks the last dimension of `TRACKS`. NaN and infinite values are replaced in the
        graph.
    padded
        Whether `TRACKS` is of shape (jets, tracks, inputs), and `VALID` of shape (jets, tracks)
        tells tracks from padding; if not, `TRACKS` has the tracks of one jet, (tracks, inputs).

    Raises
    ------
    UserError
        If onnx is not installed.
    """

    def __init__(self, network: Network, *, padded: bool = True) -> None:
        try:
            import onnx
        except ImportError as error:
            raise UserError("onnx is not installed; install it: pip install onnx") from error
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        parts = [self._normalised(network.inputs, INPUT)] if network.inputs else []
        if network.tracks:
            parts.append(self._summed(network.tracks, padded))
        x = self.add("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
        self.add("Identity", self._dense(network.layers, x), output=OUTPUT)

    def _dense(self, layers: Sequence[Dense], x: str) -> str:
        for layer in layers:
            x = self.add("MatMul", x, self.constant(layer.kernel.astype(np.float32)))
            x = self.add("Add", x, self.constant(layer.bias.astype(np.float32)))
            x = self._activated(x, layer.activation)
        return x

    def _summed(self, tracks: TrackSum, padded: bool) -> str:
        """Sum over the tracks without padding, of shape (jets, sums)."""
        x = self._dense(tracks.layers, self._normalised(tracks.variables.inputs, TRACKS))
        if not padded:
            return self.add("ReduceSum", x, self.constant(np.array([0])), keepdims=1)
        there = self.add("Unsqueeze", VALID, self.constant(np.array([2])))
        x = self.add("Where", there, x, self.constant(np.float32(0)))
        return self.add("ReduceSum", x, self.constant(np.array([1])), keepdims=0)

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node with one output, and return the output's name."""
        name = output or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, [name], **attributes))
        return name

    def constant(self, values: ArrayLike) -> str:
        """Add a constant array, and return its name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def model(self, inputs: dict[str, Shape], outputs: dict[str, Shape]) -> Any:
        """Finish the model, and let onnx check it.

        Inputs and outputs have names and shapes, in which a text leaves a dimension open. `VALID`
        is boolean, the others are float32.
        """
        helper, number = self._onnx.helper, self._onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            self._nodes,
            "btagging",
            [
                helper.make_tensor_value_info(
                    name, self._onnx.TensorProto.BOOL if name == VALID else number, shape
                )
                for name, shape in inputs.items()
            ],
            [helper.make_tensor_value_info(name, number, s) for name, s in outputs.items()],
            self._constants,
        )
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
        self._onnx.checker.check_model(model, full_check=True)
        return model

    def _normalised(self, inputs: Sequence[Input], name: str) -> str:
        """Compute what `Input.normalised` does, in double precision as well."""
        double, single = self._onnx.TensorProto.DOUBLE, self._onnx.TensorProto.FLOAT
        columns = np.array([(i.offset, i.scale, i.default) for i in inputs])
        offset, scale, default = (self.constant(column) for column in columns.T.copy())
        unknown = self.add("Or", self.add("IsNaN", name), self.add("IsInf", name))
        x = self.add("Where", unknown, default, self.add("Cast", name, to=double))
        x = self.add("Mul", self.add("Add", x, offset), scale)
        return self.add("Cast", x, to=single)

    def _activated(self, x: str, activation: Activation) -> str:
        if activation.name == "linear":
            return x
        if activation.name == "silu":  # no operator of its own
            alpha = self.constant(np.float32(activation.alpha))
            return self.add("Mul", x, self.add("Sigmoid", self.add("Mul", x, alpha)))
        operator, attributes = _OPERATORS[activation.name]
        if activation.name in _WITH_ALPHA:
            attributes = {"alpha": float(activation.alpha)}
        return self.add(operator, x, **attributes)
