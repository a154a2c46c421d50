"""A network's scores of jets: its inputs found by name, its outputs as fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown
from dumpxaod.fields.choice import find_field, suggest
from dumpxaod.fields.jets import LOG1P_FORMULA, Field
from dumpxaod.lwtnn.reader import read
from dumpxaod.lwtnn.variables import Variable
from dumpxaod.options import DumpOptions
from dumpxaod.xaod.batch import Batch
from dumpxaod.xaod.jet_collection import JetCollection

if TYPE_CHECKING:
    from dumpxaod.fields.track_inputs import TrackInputs

PREFIX = "nn_"  # of the scores' names, as in nn_pb
MAX_SCORES = 100  # HDF5 has no room for the names of thousands


class JetClassifier:
    """The network of an lwtnn file.

    Raises
    ------
    UserError
        If the file cannot be used, or one of its labels cannot be in a field's name.
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
        """The fields of the scores, such as nn_pb."""
        return tuple(f"{PREFIX}{label}" for label in self.network.labels)

    def on(self, jets: JetCollection, written: Sequence[Field], options: DumpOptions) -> Scores:
        """Find how the network's inputs are computed from the jets of a derivation.

        Parameters
        ----------
        written
            The other fields of the output.
        options
            Where tracks are, if the network takes any.

        Raises
        ------
        UserError
            If these jets lack an input, or a field has a score's name.
        """
        for other in written:
            if other.name in self.names:
                raise UserError(f"{other.name} is a score of {self.path}; leave out the field")
        inputs = tuple(self._input(variable, jets) for variable in self.network.variables)
        return Scores(self, inputs, self._tracks(jets, options))

    def _tracks(self, jets: JetCollection, options: DumpOptions) -> TrackInputs | None:
        if not self.network.tracks:
            return None
        from dumpxaod.fields.track_inputs import find_track_inputs  # slow, not needed for jets

        try:
            return find_track_inputs(self.network.tracks, jets, options)
        except UserError as error:
            raise UserError(f"{error}; needed by the network {self.path}") from None

    def _input(self, variable: Variable, jets: JetCollection) -> Field:
        name, source = variable.name, variable.source
        field = find_field(name, jets)
        if field is None:
            raise UserError(
                f"{jets.daod.path}: {jets.name} cannot give {name}, an input of {self.path}; "
                f"{suggest(name, jets.places)}"
            )
        if source and field.formula not in (source, LOG1P_FORMULA.format(source)):
            raise UserError(
                f"{jets.daod.path}: {name} is {shown(field.formula)} here, but the network "
                f"{self.path} was trained on {shown(source)}; train it again"
            )
        return field


@dataclass(frozen=True)
class Scores:
    """The scores that a network gives to the jets of a derivation: see `Columns`.

    Parameters
    ----------
    inputs, tracks
        How its inputs from jets and those from tracks, if any, are computed.
    """

    classifier: JetClassifier
    inputs: tuple[Field, ...]
    tracks: TrackInputs | None = None
    defaulted: Counter[str] = field(default_factory=Counter)

    @property
    def sources(self) -> set[str]:
        """See `Columns`."""
        own = {source for field in self.inputs for source in field.sources}
        return own | (self.tracks.table.sources if self.tracks else set())

    @property
    def objects(self) -> set[tuple[str, str]]:
        """See `Columns`."""
        return self.tracks.table.objects if self.tracks else set()

    def compute(self, jets: Batch) -> dict[str, NDArray[Any]]:
        """Compute the scores, and count the defaults."""
        # Rounded as they would be in HDF5, so that its readers compute the same scores.
        values = {field.name: field.values(jets.values) for field in self.inputs}
        network = self.classifier.network
        for variable in network.variables:
            if variable.default is not None:
                unknown = np.count_nonzero(~np.isfinite(values[variable.name]))
                self.defaulted[variable.name] += int(unknown)
        columns = [values[variable.name] for variable in network.variables]
        x = np.stack(columns, axis=1) if columns else np.empty((len(jets.number), 0))
        with np.errstate(over="ignore"):
            scores = self._evaluate(x, jets).astype(np.float32)
        return dict(zip(self.classifier.names, scores.T, strict=True))

    def _evaluate(self, x: NDArray[Any], jets: Batch) -> NDArray[np.float64]:
        network = self.classifier.network
        if not (network.tracks and self.tracks):
            return network.evaluate(x)
        tracks, jet = self.tracks.values(jets)
        for variable, column in zip(network.tracks.variables, tracks.T, strict=True):
            unknown = np.unique(jet[~np.isfinite(column)])
            if variable.default is not None and len(unknown):
                self.defaulted[f"{variable.name} of tracks"] += len(unknown)
        return network.evaluate(x, tracks, jet)

    def record(self) -> dict[str, Any]:
        """Describe the scores, for programs and for people."""
        formulas = {field.name: field.formula for field in self.inputs}
        if self.tracks:
            formulas |= self.tracks.formulas
        return {
            "network": self._attributes(formulas),
            "network_text": self._text(formulas),
            "network_inputs": formulas,
        }

    def warning(self) -> str:
        """Say if there are too few tracks for the network."""
        return self.tracks.table.warning() if self.tracks else ""

    def _text(self, formulas: Mapping[str, str]) -> list[str]:
        lines = [f"{', '.join(self.classifier.names)} = scores of {self.classifier.path}, of"]
        lines += [f"  {name}" if name == f else f"  {name} = {f}" for name, f in formulas.items()]
        network = self.classifier.network
        variables = network.variables + (network.tracks.variables if network.tracks else ())
        bare = [v.name for v in variables if v.default is None]
        if bare:
            lines.append(f"  it has no default for {', '.join(bare)}: NaN stays NaN there")
        return lines

    def _attributes(self, formulas: Mapping[str, str]) -> dict[str, str]:
        said = ", ".join(f"{name} = {formula}" for name, formula in formulas.items())
        digest, labels = self.classifier.sha256, self.classifier.network.labels
        attributes = {"network": self.classifier.path.name, "network.sha256": digest}
        for name, label in zip(self.classifier.names, labels, strict=True):
            source = f"output {label} of the network {digest[:12]} of {said}"
            attributes |= {f"{name}.source": source, f"{name}.unit": "1"}
        return attributes
