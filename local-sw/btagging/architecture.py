"""Read a Keras architecture JSON as data: nothing in it is ever run or looked up by name.

Keras itself builds whatever class the file names, guarded by a list of what is forbidden. Here
is a list of what is allowed instead, which leaves nothing to forget. The layout is the one that
`model.to_json()` writes, Keras 3.3 to 3.15.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from btagging.errors import UserError
from btagging.json_file import read_json
from btagging.layer_order import UnsupportedError, in_order

MAX_UNITS = 1000
MAX_LAYERS = 50

# What Keras calls them in the string form, without a parameter of their own.
ACTIVATIONS = (
    *("linear", "relu", "softmax", "sigmoid", "tanh", "hard_sigmoid"),
    *("elu", "leaky_relu", "silu", "swish"),
)

# The layers, by Keras's class name, and of their options those that matter once they are
# trained: with the values that they may have, or the types.
_NUMBER = (int, float)
_OPTIONS: dict[str, dict[str, tuple[Any, ...]]] = {
    "Dense": {"units": (int,), "activation": ACTIVATIONS, "use_bias": (True, False)},
    "BatchNormalization": {
        "axis": (-1, 1),
        "epsilon": _NUMBER,
        "center": (True, False),
        "scale": (True, False),
    },
    "Activation": {"activation": ACTIVATIONS},
    "ReLU": {"max_value": (None,), "negative_slope": _NUMBER, "threshold": (0,)},
    "LeakyReLU": {"negative_slope": _NUMBER},
    "ELU": {"alpha": _NUMBER},
    "Softmax": {"axis": (-1, 1)},
}
# These act during the training only.
_DROPPED = ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization")


@dataclass(frozen=True)
class Layer:
    """One layer, as far as its evaluation goes.

    Parameters
    ----------
    kind
        Keras's class name.
    name
        The layer's own.
    options
        Those of its constructor that matter.
    """

    kind: str
    name: str
    options: Mapping[str, Any]

    def n_outputs(self, n_inputs: int) -> int:
        """Count what comes out, for so many numbers that go in."""
        return int(self.options.get("units", n_inputs))


@dataclass(frozen=True)
class Architecture:
    """A chain of layers.

    Parameters
    ----------
    path
        The file it was read from.
    n_inputs
        How many numbers go in.
    layers
        From the first to the last; those that act in the training only are left out.
    """

    path: Path
    n_inputs: int
    layers: tuple[Layer, ...]


def read(path: Path) -> Architecture:
    """Read an architecture file.

    Raises
    ------
    UserError
        If the file is missing or broken, or holds anything that is not on the list.
    """
    content = read_json(path)
    try:
        first, *rest = in_order(content["class_name"], content["config"])
        if first["class_name"] != "InputLayer" or not rest:
            raise UnsupportedError("it does not begin with an InputLayer and a layer after it")
        if len(rest) > MAX_LAYERS:
            raise UnsupportedError(f"{len(rest)} layers are more than {MAX_LAYERS}")
        layers = (_layer(layer) for layer in rest if not _is_dropped(layer))
        return Architecture(path, _n_inputs(first["config"]), tuple(layers))
    except UnsupportedError as error:
        raise UserError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise UserError(
            f"{path}: not a Keras 3 architecture ({type(error).__name__}: {error}); "
            "write one with model.to_json()"
        ) from error


def _is_dropped(layer: Mapping[str, Any]) -> bool:
    return layer["class_name"] in _DROPPED and layer["module"] == "keras.layers"


def _layer(layer: Mapping[str, Any]) -> Layer:
    kind, config = layer["class_name"], layer["config"]
    name = str(config["name"])
    if layer["module"] != "keras.layers" or kind not in _OPTIONS:
        allowed = ", ".join((*_OPTIONS, *_DROPPED))
        raise UnsupportedError(
            f"layer {name!r} is a {layer['module']}.{kind}; allowed of keras.layers are: {allowed}"
        )
    options = {option: config[option] for option in _OPTIONS[kind]}
    for option, value in options.items():
        _check(name, option, value, _OPTIONS[kind][option])
    if not 0 < options.get("units", 1) <= MAX_UNITS:
        raise UnsupportedError(f"layer {name!r}: units must be 1 to {MAX_UNITS}")
    if config.get("renorm"):
        raise UnsupportedError(f"layer {name!r}: renorm is not supported")
    return Layer(kind, name, options)


def _check(layer: str, option: str, value: Any, allowed: tuple[Any, ...]) -> None:
    if type(value) not in allowed and value not in allowed:
        raise UnsupportedError(f"layer {layer!r}: {option} {value!r} is not supported")


def _n_inputs(config: Mapping[str, Any]) -> int:
    shape = config["batch_shape"]
    if len(shape) != 2 or type(shape[1]) is not int or not 0 < shape[1] <= MAX_UNITS:
        raise UnsupportedError(
            f"inputs of shape {shape}; allowed is [null, n], n up to {MAX_UNITS}"
        )
    return shape[1]
