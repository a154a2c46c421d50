"""The Keras layers and options that are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from btagging.errors import shown
from btagging.network.layer_order import UnsupportedError

MAX_UNITS = 1000

# Their names in Keras, where they have no parameter of their own.
ACTIVATIONS = (
    *("linear", "relu", "softmax", "sigmoid", "tanh", "hard_sigmoid"),
    *("elu", "leaky_relu", "silu", "swish"),
)

# By Keras's class name, the options that matter after the training, each with its allowed values
# or types.
_NUMBER = (int, float)
_OPTIONS: dict[str, dict[str, tuple[Any, ...]]] = {
    "Dense": {"units": (int,), "activation": ACTIVATIONS, "use_bias": (True, False)},
    "BatchNormalization": {
        "axis": (-1, 1),
        "epsilon": _NUMBER,
        "center": (True, False),
        "scale": (True, False),
    },
    "Normalization": {
        "axis": (-1, 1, [-1], [1], [], None),
        "invert": (False,),
        "mean": (None, list, *_NUMBER),
        "variance": (None, list, *_NUMBER),
    },
    "Activation": {"activation": ACTIVATIONS},
    "ReLU": {"max_value": (None,), "negative_slope": _NUMBER, "threshold": (0, 0.0)},
    "LeakyReLU": {"negative_slope": _NUMBER},
    "ELU": {"alpha": _NUMBER},
    "Softmax": {"axis": (-1, 1)},
}
# Half precision would be a thousand times further from what is computed here.
_DTYPES = ("float32", "float64")
# These act during the training only.
_DROPPED = ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization")


@dataclass(frozen=True)
class Layer:
    """One layer: its class in Keras, its name, and the options that matter after the training."""

    kind: str
    name: str
    options: Mapping[str, Any]

    def n_outputs(self, n_inputs: int) -> int:
        """Count the outputs."""
        return int(self.options.get("units", n_inputs))


def widths(n_inputs: int, layers: Iterable[Layer]) -> list[int]:
    """Count the inputs of each layer of a chain, and the outputs of the last."""
    return list(accumulate(layers, lambda n, layer: layer.n_outputs(n), initial=n_inputs))


def read_layers(descriptions: Sequence[Mapping[str, Any]], n_inputs: int) -> tuple[Layer, ...]:
    """Read the descriptions of a chain of layers, but for those that act only in the training.

    Raises
    ------
    UnsupportedError
        If a layer or an option is not allowed.
    KeyError, TypeError, AttributeError
        If the layout is another.
    """
    layers = tuple(_read_layer(layer) for layer in descriptions if not _is_dropped(layer))
    for n, layer in zip(widths(n_inputs, layers), layers, strict=False):
        if layer.kind == "Normalization":
            stated = [layer.options[key] for key in ("mean", "variance")]
            if stated != [None, None] and not all(_fits(values, n) for values in stated):
                raise UnsupportedError(
                    f"layer {shown(repr(layer.name))}: mean and variance must be one number each, "
                    f"or one for each of its {n} inputs"
                )
    return layers


def _fits(values: Any, n: int) -> bool:
    import numpy as np  # slow, and --help needs but MAX_UNITS

    found = np.ravel(values)
    return found.dtype.kind in "if" and found.size in (1, n)


def _is_dropped(layer: Mapping[str, Any]) -> bool:
    return layer["class_name"] in _DROPPED and layer["module"] == "keras.layers"


def _read_layer(layer: Mapping[str, Any]) -> Layer:
    kind, config = layer["class_name"], layer["config"]
    name = str(config["name"])
    where = shown(repr(name))
    if layer["module"] != "keras.layers" or kind not in _OPTIONS:
        allowed = ", ".join((*_OPTIONS, *_DROPPED))
        raise UnsupportedError(
            f"layer {where} is a {shown(layer['module'])}.{shown(kind)}; allowed of keras.layers "
            f"are: {allowed}"
        )
    options = {option: config[option] for option in _OPTIONS[kind]}
    for option, value in options.items():
        _check(where, option, value, _OPTIONS[kind][option])
    if not 0 < options.get("units", 1) <= MAX_UNITS:
        raise UnsupportedError(f"layer {where}: units must be 1 to {MAX_UNITS}")
    for option in ("renorm", "lora_rank", "quantization_config"):  # they change what is computed
        if config.get(option):
            raise UnsupportedError(f"layer {where}: {option} is not supported")
    return Layer(kind, name, options)


def _check(layer: str, option: str, value: Any, allowed: tuple[Any, ...]) -> None:
    # For Python, 1.0 and 1 equal True: the type must be the same as well.
    if not any(type(value) is a or (type(value) is type(a) and value == a) for a in allowed):
        raise UnsupportedError(f"layer {layer}: {option} {shown(repr(value))} is not supported")


def check_dtype(config: Mapping[str, Any]) -> None:
    """Refuse a precision other than single or double, in either of Keras's two layouts."""
    dtype = config.get("dtype", "float32")
    name = dtype["config"]["name"] if isinstance(dtype, dict) else dtype
    if name not in _DTYPES:
        where = shown(repr(config.get("name")))
        raise UnsupportedError(
            f"{where} computes with dtype {shown(repr(name))}; train it with float32"
        )
