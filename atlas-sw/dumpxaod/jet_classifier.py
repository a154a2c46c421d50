"""A network's scores of jets: its inputs by their names, its outputs as fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError
from dumpxaod.fields.choice import find_field, suggest
from dumpxaod.fields.jets import Field
from dumpxaod.lwtnn.reader import read
from dumpxaod.xaod.jet_collection import JetCollection

PREFIX = "nn_"  # of the scores' names, as in nn_pb
MAX_SCORES = 100  # HDF5 has no room for the names of thousands


class JetClassifier:
    """Applies the network of an lwtnn file.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    network, sha256
        What is in it, and its digest.

    Raises
    ------
    UserError
        If the file cannot be used, or a label of it makes no field's name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.network, self.sha256 = read(path)
        labels = self.network.labels
        if len(labels) > MAX_SCORES:
            raise UserError(f"{path}: {len(labels)} outputs are more than {MAX_SCORES}")
        for label in labels:
            if not re.fullmatch(r"\w+", label, re.ASCII):
                raise UserError(f"{path}: label {label!r} makes no field's name")

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that it fills."""
        return tuple(f"{PREFIX}{label}" for label in self.network.labels)

    def on(self, jets: JetCollection, written: Sequence[Field]) -> Scores:
        """Find how the network's inputs are computed.

        Parameters
        ----------
        jets
            The jets of a derivation.
        written
            The other fields of the output.

        Raises
        ------
        UserError
            If an input cannot be had from these jets, or a field has a score's name.
        """
        for other in written:
            if other.name in self.names:
                raise UserError(f"{other.name} is a score of {self.path}; leave out the field")
        inputs = tuple(self._input(variable.name, jets) for variable in self.network.variables)
        return Scores(self, inputs)

    def _input(self, name: str, jets: JetCollection) -> Field:
        field = find_field(name, jets)
        if field is None:
            raise UserError(
                f"{jets.daod.path}: {jets.name} cannot give {name}, an input of {self.path}; "
                f"{suggest(name, jets.places)}"
            )
        return field


@dataclass(frozen=True)
class Scores:
    """The scores that a network gives to the jets of a derivation.

    Parameters
    ----------
    classifier
        The network.
    inputs
        How its inputs are computed.
    """

    classifier: JetClassifier
    inputs: tuple[Field, ...]
    defaulted: Counter[str] = field(default_factory=Counter)

    @property
    def sources(self) -> set[str]:
        """The event-data variables that are needed."""
        return {source for field in self.inputs for source in field.sources}

    def compute(self, jets: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Compute the scores, and count the defaults."""
        # As they would be stored in HDF5, so that whoever reads that computes the same.
        values = {field.name: field.values(jets) for field in self.inputs}
        network = self.classifier.network
        for variable in network.variables:
            if variable.default is not None:
                unknown = np.count_nonzero(~np.isfinite(values[variable.name]))
                self.defaulted[variable.name] += int(unknown)
        x = np.stack([values[variable.name] for variable in network.variables], axis=1)
        with np.errstate(over="ignore"):
            scores = network.evaluate(x).astype(np.float32)
        return dict(zip(self.classifier.names, scores.T, strict=True))

    def record(self) -> dict[str, Any]:
        """Say what the scores are, to programs and to people."""
        formulas = {field.name: field.formula for field in self.inputs}
        return {
            "network": self._attributes(formulas),
            "network_text": self._text(formulas),
            "network_inputs": formulas,
        }

    def _text(self, formulas: Mapping[str, str]) -> str:
        said = ", ".join(name if name == f else f"{name} = {f}" for name, f in formulas.items())
        text = f"{', '.join(self.classifier.names)} = scores of {self.classifier.path}, of {said}"
        bare = [v.name for v in self.classifier.network.variables if v.default is None]
        if bare:
            text += f"; it has no default for {', '.join(bare)}, so NaN stays NaN there"
        return text

    def _attributes(self, formulas: Mapping[str, str]) -> dict[str, str]:
        said = ", ".join(f"{name} = {formula}" for name, formula in formulas.items())
        digest, labels = self.classifier.sha256, self.classifier.network.labels
        attributes = {"network": self.classifier.path.name, "network.sha256": digest}
        for name, label in zip(self.classifier.names, labels, strict=True):
            source = f"output {label} of the network {digest[:12]} of {said}"
            attributes |= {f"{name}.source": source, f"{name}.unit": "1"}
        return attributes
