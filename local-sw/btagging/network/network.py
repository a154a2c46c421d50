"""A trained network: the two files that Keras writes, and what its inputs and outputs mean.

It is evaluated with NumPy in double precision. That is the same as what Keras does, which
`validate_nn.py` proves, and neither needs Keras nor waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from btagging.discriminants import Discriminant
from btagging.errors import UserError, shown
from btagging.inputs import Input, prepare
from btagging.jets.stream import Batch
from btagging.network import dense_chain as chain
from btagging.network import model_files, variables
from btagging.network.dense import Activation, Dense, evaluate
from btagging.network.track_sum import TrackSum
from btagging.network.training_record import TrainingRecord
from btagging.ratios import USUAL, RatioOptions, log_of_sum


@dataclass(frozen=True)
class Network:
    """A chain of dense layers between named inputs and outputs, perhaps with a sum over tracks.

    Parameters
    ----------
    path
        The file of its architecture.
    inputs
        How each input is made from the fields of a jet.
    layers
        From the first to the last.
    outputs
        Names of what comes out, in this order.
    tracks
        What is summed over the tracks of a jet: more inputs of the first layer, after the others;
        None for a network that sees no tracks.
    fingerprint, training
        Identifies the training, and says which jets it took; empty and None where that is not
        known.
    """

    path: Path
    inputs: tuple[Input, ...]
    layers: tuple[Dense, ...]
    outputs: tuple[str, ...]
    fingerprint: str = ""
    training: TrainingRecord | None = None
    tracks: TrackSum | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of `/jets` that it needs, and of `/tracks`."""
        of_tracks = self.tracks.variables.fields if self.tracks else ()
        return tuple(dict.fromkeys([*(i.field for i in self.inputs), *of_tracks]))

    @property
    def all_layers(self) -> tuple[Dense, ...]:
        """The layers before and after a sum over tracks."""
        return (*(self.tracks.layers if self.tracks else ()), *self.layers)

    def prepared(self, jets: Batch) -> NDArray[np.float64]:
        """Compute what goes into the first layer, of shape (jets, inputs)."""
        values = prepare(self.inputs, jets)
        return np.concatenate([values, self.tracks(jets)], axis=1) if self.tracks else values

    def scores(self, jets: Batch) -> NDArray[np.float64]:
        """Evaluate the network, of shape (jets, outputs)."""
        return evaluate(self.layers, self.prepared(jets))

    def discriminant(self, options: RatioOptions = USUAL, number: int = 1) -> Discriminant:
        """Make a discriminant of it: log(p_b / p_u), or what the options say.

        The probabilities' logarithms differ by what the logits differ by. Their ratio would
        be 0 / 0 or infinite for the surest jets.

        Parameters
        ----------
        options
            What is signal, and what it is held against.
        number
            Tells several networks apart; from the second on, they bear their folders' names.

        Raises
        ------
        UserError
            If the network does not end in a softmax over the outputs that this needs.
        """
        known = [name.removeprefix("p") for name in self.outputs]
        ratio = options.of_tagger("the network", known)
        for output in (f"p{flavour}" for flavour in ratio.flavours):
            if output not in self.outputs or self.layers[-1].activation.name != "softmax":
                raise UserError(
                    f"{self.path}: needs a softmax with an output {output} at its end, but has "
                    f"{self.layers[-1].activation.name} with {shown(', '.join(self.outputs))}"
                )
        layers = _differences(self.layers, [known.index(flavour) for flavour in ratio.flavours])
        shares = ratio.shares
        name, title = "nn", "Neural network"
        if number > 1:
            # In matplotlib's texts a dollar sign would begin a formula.
            folder = shown(self.path.resolve().parent.name).replace("$", "")
            name, title = f"nn_{number}", f"Network {number} ({folder})"
        return Discriminant(
            name,
            f"{title}{ratio.words}",
            f"{title}{ratio.mathtext}",
            (-10.0, 15.0),
            self.fields,
            lambda jets: -log_of_sum(shares, -evaluate(layers, self.prepared(jets))),
        )


def load(architecture_path: Path, weights_path: Path) -> Network:
    """Read a network from the files that `train_nn.py` writes.

    Parameters
    ----------
    architecture_path
        Keras's JSON; `variables.json` must be in the same folder.
    weights_path
        Keras's HDF5.

    Raises
    ------
    UserError
        If a file is missing or broken, they are not of the same training, or hold anything that
        a network of dense layers does not need.
    """
    files = model_files.read(architecture_path, weights_path)
    of_tracks, layers = chain.build(files.layout, files.arrays)
    for layer in (*of_tracks, *layers):
        if not (np.isfinite(layer.kernel).all() and np.isfinite(layer.bias).all()):
            raise UserError(
                f"{weights_path}: layer {shown(repr(layer.name))} multiplies with NaN or infinity; "
                "train it again"
            )
    path = architecture_path.with_name(variables.NAME)
    inputs, outputs = files.variables.inputs, files.variables.outputs
    tracks = files.variables.tracks
    for what, names, n in (
        ("inputs", inputs, files.layout.n_inputs),
        (
            "inputs of tracks",
            tracks.inputs if tracks else (),
            files.layout.tracks.n_inputs if files.layout.tracks else 0,
        ),
        ("outputs", outputs, len(layers[-1].bias)),
    ):
        if len(names) != n:
            raise UserError(f"{path}: {len(names)} {what}, but {architecture_path} has {n}")
    return Network(
        architecture_path,
        inputs,
        layers,
        outputs,
        files.variables.fingerprint,
        files.variables.training,
        TrackSum(tracks, of_tracks) if tracks else None,
    )


def _differences(layers: tuple[Dense, ...], outputs: list[int]) -> tuple[Dense, ...]:
    """Let the last layer give the first output less each of the others."""
    *first, last = layers
    signal, *others = outputs
    kernel = last.kernel[:, [signal]] - last.kernel[:, others]
    bias = last.bias[[signal]] - last.bias[others]
    return (*first, Dense(last.name, kernel, bias, Activation("linear")))
