"""Compare the scores in a file of jets with those that Keras gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError
from btagging.export.lwtnn import FILE, FINGERPRINT, MAX_BYTES, NAME
from btagging.inputs import prepare, unknown
from btagging.jets.stream import Batch, Jets
from btagging.network.bounded_file import read_bytes
from btagging.network.json_file import parse_json
from btagging.network.network import Network
from btagging.performance.compared import require_alike

EDGES = 2.0 ** (np.arange(-34, 2) - 0.5)
"""Of the bins in the size of a difference: between the powers of two, which float32 makes of it."""


@dataclass
class Comparison:
    """The differences of all jets so far.

    Parameters
    ----------
    counts
        Of shape (outputs, bins): number of differences per size; those outside the edges are in
        the first and last bin.
    n_defaulted
        Jets with an input that is NaN or infinite.
    n_transformed
        Of these, jets whose field is finite, but not its transform.
    n_not_finite
        Jets with a score that is not finite, in the file or from Keras.
    total
        Sum of the absolute values of the finite differences.
    largest, worst
        The largest difference of a jet, infinite for one that is not finite; and the jet's number.
    """

    outputs: tuple[str, ...]
    counts: NDArray[np.int64] = field(init=False)
    n_jets: int = 0
    n_defaulted: int = 0
    n_transformed: int = 0
    n_not_finite: int = 0
    total: float = 0.0
    largest: float = -1.0
    worst: int = 0

    def __post_init__(self) -> None:
        """Make empty bins."""
        self.counts = np.zeros((len(self.outputs), len(EDGES) - 1), np.int64)

    @property
    def mean_difference(self) -> float:
        """The mean of the absolute values."""
        n = (self.n_jets - self.n_not_finite) * len(self.outputs)
        return self.total / n if n else np.inf

    def add(
        self, ours: NDArray[Any], theirs: NDArray[Any], numbers: NDArray[np.intp] | None = None
    ) -> None:
        """Compare the scores of some jets, both of shape (jets, outputs).

        Their numbers may be given, of shape (jets,); else they follow those before.
        """
        sizes = np.abs(ours.astype(np.float64) - theirs)
        finite = np.isfinite(sizes).all(axis=1)
        # Zero would be in no bin of a logarithmic axis.
        for count, column in zip(self.counts, sizes[finite].T, strict=True):
            count += np.histogram(np.clip(column, EDGES[0], EDGES[-1]), EDGES)[0]
        self.total += float(sizes[finite].sum())
        self.n_not_finite += int((~finite).sum())
        largest = np.where(finite, sizes.max(axis=1), np.inf)
        worst = int(largest.argmax())
        if largest[worst] > self.largest:
            self.largest = float(largest[worst])
            self.worst = self.n_jets + worst if numbers is None else int(numbers[worst])
        self.n_jets += len(sizes)


def compare(jets: Jets, network: Network, predict: Callable[[Any], NDArray[Any]]) -> Comparison:
    """Read all jets, and evaluate the network for them once more.

    Parameters
    ----------
    jets
        With the fields of the network's inputs, and the scores `nn_<output>`.
    predict
        From normalised inputs, as `keras_inputs` gives them, to scores.

    Raises
    ------
    UserError
        If a field is missing, a file cannot be read, or no jet is left to compare.
    """
    scores = [f"{NAME}_{output}" for output in network.outputs]
    missing = [name for name in scores if name not in jets.fields]
    if missing:
        raise UserError(
            f"{jets.paths[0]}: no scores to compare with, for there is no field {missing[0]}; "
            "make them with atlas-sw/dump-xaod --nn-file model/lwtnn-network.json"
        )
    require_alike(jets, network)
    result = Comparison(network.outputs)
    fields, first = [*network.fields, *scores, *(cut.field for cut in jets.where)], 0
    # All jets, for their numbers are those of their rows.
    for every in replace(jets, where=()).batches(list(dict.fromkeys(fields))):
        passed = jets.passing(every)
        numbers, first = first + np.flatnonzero(passed), first + len(passed)
        if not len(numbers):
            continue
        batch = {name: values[passed] for name, values in every.items()} if jets.where else every
        x = keras_inputs(network, batch)
        unknown_fields, transforms = _unknown(network, batch)
        result.n_defaulted += int((unknown_fields | transforms).sum())
        result.n_transformed += int((transforms & ~unknown_fields).sum())
        result.add(np.stack([batch[name] for name in scores], axis=1), predict(x), numbers)
    if not result.n_jets:
        raise UserError(f"{jets.paths[0]}: no jet passes {' and '.join(map(str, jets.where))}")
    return result


def keras_inputs(network: Network, batch: Batch) -> Any:
    """Compute the normalised inputs for Keras, of shape (jets, inputs).

    For a network on tracks they are a dict: `tracks` of shape (jets, places, inputs), `valid` of
    shape (jets, places, 1), and `jets` if the network has inputs from jets.
    """
    x = prepare(network.inputs, batch).astype(np.float32)
    if not network.tracks:
        return x
    tracks, valid = network.tracks.variables.padded(batch)
    return {"tracks": tracks, "valid": valid, **({"jets": x} if network.inputs else {})}


def summary(jets: Jets, compared: Comparison) -> str:
    """Say how large the differences are, and where the largest is."""
    path, row = find(jets, compared.worst)
    lines = [f"compared {compared.n_jets:,} jets, {compared.n_defaulted:,} with an unknown input"]
    if compared.n_transformed:
        lines.append(
            f"in {compared.n_transformed:,} of these, only the input's transform is unknown"
        )
    lines.append(f"largest difference {compared.largest:.2g}, in jet {row} of {path}")
    lines.append(f"mean difference {compared.mean_difference:.2g}")
    if compared.n_not_finite:
        lines.append(f"{compared.n_not_finite:,} jets have scores that are no numbers")
    return "\n".join(lines)


def find(jets: Jets, number: int) -> tuple[Path, int]:
    """Find the file of a jet, and its row there, from its number among all jets."""
    for file in jets.files:
        if number < file.n_jets:
            return file.path, number
        number -= file.n_jets
    raise IndexError(number)


def _unknown(network: Network, batch: Batch) -> NDArray[np.bool_]:
    """Tell which jets have a field that is not finite, or a finite one whose transform is not.

    Of shape (2, jets).
    """
    each: list[NDArray[np.bool_]]
    each = [unknown(i, batch, i.transformed(batch)) for i in network.inputs]
    if network.tracks:
        variables = network.tracks.variables
        valid = variables.valid(batch)
        tracks = {name: batch[name][:, : variables.n_max] for name in variables.fields}
        found = [unknown(i, tracks, i.transformed(tracks)) for i in variables.inputs]
        each += [np.any(some & valid, axis=2) for some in found]
    return np.asarray(np.logical_or.reduce(each))


def warnings(jets: Jets, network: Network) -> list[str]:
    """Say which files, beside the network or of the jets, belong to another training."""
    path = network.path.with_name(FILE)
    if not path.is_file():
        return []
    content = read_bytes(path, MAX_BYTES, "an lwtnn network")
    found = []
    fingerprint = parse_json(path, content).get(FINGERPRINT, "")
    if fingerprint and fingerprint != network.fingerprint:
        found.append(f"{path}: of another training than {network.path}")
    digest = hashlib.sha256(content).hexdigest()
    return found + [
        f"{file.path}: its scores come from another network than {path}"
        for file in jets.files
        if file.network not in ("", digest)
    ]
