"""A network's scores of jets: its inputs by their names, its outputs as fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

    Raises
    ------
    UserError
        If the file cannot be used, or a label of it makes no field's name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._network, self._sha256 = read(path)
        labels = self._network.labels
        if len(labels) > MAX_SCORES:
            raise UserError(f"{path}: {len(labels)} outputs are more than {MAX_SCORES}")
        for label in labels:
            if not re.fullmatch(r"\w+", label, re.ASCII):
                raise UserError(f"{path}: label {label!r} makes no field's name")

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that it fills."""
        return tuple(f"{PREFIX}{label}" for label in self._network.labels)

    def inputs(self, jets: JetCollection, written: tuple[Field, ...]) -> tuple[Field, ...]:
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
        for field in written:
            if field.name in self.names:
                raise UserError(f"{field.name} is a score of {self._path}; leave out the field")
        return tuple(self._input(variable.name, jets) for variable in self._network.variables)

    def _input(self, name: str, jets: JetCollection) -> Field:
        field = find_field(name, jets)
        if field is None:
            raise UserError(
                f"{jets.daod.path}: {jets.name} cannot give {name}, an input of {self._path}; "
                f"{suggest(name, jets.places)}"
            )
        return field

    def scores(self, values: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
        """Compute the scores.

        Parameters
        ----------
        values
            Each input as it would be stored in HDF5, one value a jet.

        Returns
        -------
        dict
            For each of `names` one score a jet.
        """
        x = np.stack([values[v.name] for v in self._network.variables], axis=1)
        with np.errstate(over="ignore"):
            scores = self._network.evaluate(x).astype(np.float32)
        return dict(zip(self.names, scores.T, strict=True))

    def defaulted(self, values: Mapping[str, NDArray[Any]]) -> dict[str, int]:
        """Count the jets for which the network takes its default of an input.

        Parameters
        ----------
        values
            As for `scores`.
        """
        return {
            v.name: int(np.count_nonzero(~np.isfinite(values[v.name])))
            for v in self._network.variables
            if v.default is not None
        }

    def describe(self, inputs: tuple[Field, ...]) -> str:
        """Tell people what the scores are.

        Parameters
        ----------
        inputs
            How the network's inputs are computed.
        """
        formulas = (f.name if f.name == f.formula else f"{f.name} = {f.formula}" for f in inputs)
        text = f"{', '.join(self.names)} = scores of {self._path}, of {', '.join(formulas)}"
        bare = [v.name for v in self._network.variables if v.default is None]
        if bare:
            text += f"; it has no default for {', '.join(bare)}, so NaN stays NaN there"
        return text

    def attributes(self, inputs: tuple[Field, ...]) -> dict[str, str]:
        """Return attributes of the dataset, name and text.

        Parameters
        ----------
        inputs
            As for `describe`.
        """
        formulas = ", ".join(f"{field.name} = {field.formula}" for field in inputs)
        attributes = {"network": self._path.name, "network.sha256": self._sha256}
        for name, label in zip(self.names, self._network.labels, strict=True):
            source = f"output {label} of the network {self._sha256[:12]} of {formulas}"
            attributes |= {f"{name}.source": source, f"{name}.unit": "1"}
        return attributes
