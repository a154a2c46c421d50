"""A network is read back with all that it means, or refused in one clear line."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.jets.held_out import HeldOut
from btagging.jets.stream import Batch, open_jets
from btagging.network import network
from btagging.network.training_record import TrainedFile, TrainingRecord
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from networks import BIAS, KERNEL, TUTORIAL, VARIABLES, dense, layer, sequential, write
from numpy.typing import ArrayLike, NDArray


def batch(rnnip: ArrayLike, significance: ArrayLike) -> Batch:
    return {
        "rnnip_log_ratio": np.array(rnnip, np.float32),
        "jf_sig": np.array(significance, np.float32),
    }


def test_scores_by_hand(tmp_path: Path) -> None:
    """Inputs 1 and 0 become (1 + 1) / 2 = 1 and (log(1) - 0.5) * 2 = -1."""
    found = network.load(*write(tmp_path))
    assert found.outputs == ("pu", "pc", "pb")
    assert found.fields == ("rnnip_log_ratio", "jf_sig")
    logits = np.array([1 - 0.5 + 0.25, 0 + 0.5 - 0.5, -1 - 2 + 0])
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(found.scores(batch([1], [0])), [expected], rtol=1e-14)


def test_discriminant_by_hand(tmp_path: Path) -> None:
    found = network.load(*write(tmp_path)).discriminant()
    assert (found.name, found.title) == ("nn", "Neural network")
    np.testing.assert_allclose(found.compute(batch([1], [0])), [-3.0 - 0.75], rtol=1e-14)


def test_further_networks_bear_their_folders_names(tmp_path: Path) -> None:
    """A dollar sign would begin a formula on a picture."""
    (tmp_path / "$tanh$").mkdir()
    found = network.load(*write(tmp_path / "$tanh$")).discriminant(number=2)
    assert (found.name, found.title) == ("nn_2", "Network 2 (tanh)")
    assert found.axis_label.startswith("Network 2 (tanh)  $")


def test_defaults_stand_for_what_is_not_finite(tmp_path: Path) -> None:
    """The defaults -1 and 0.5 become 0: only the offsets of the layer are left."""
    found = network.load(*write(tmp_path)).discriminant()
    jets = batch([np.nan, np.inf, -np.inf], [np.nan, -1, -2])
    np.testing.assert_allclose(found.compute(jets), [-0.25] * 3)


@given(arrays(np.float32, (8, 2), elements=st.floats(-50, 50, width=32)))
def test_discriminant_is_the_ratio_of_the_scores(
    tmp_path_factory: pytest.TempPathFactory, x: NDArray[np.float32]
) -> None:
    found = network.load(*write(tmp_path_factory.mktemp("nn")))
    jets = batch(x[:, 0], np.abs(x[:, 1]))
    scores = found.scores(jets)
    expected = np.log(scores[:, 2] / scores[:, 0])
    np.testing.assert_allclose(found.discriminant().compute(jets), expected, atol=1e-9)


def test_discriminant_never_overflows(tmp_path: Path) -> None:
    """The ratio of the probabilities themselves would be 0 or infinite."""
    found = network.load(*write(tmp_path)).discriminant()
    np.testing.assert_allclose(found.compute(batch([5e3, -5e3], [1, 1])), [-4999.9, 5000.1], 1e-3)


def test_hidden_layers_by_hand(tmp_path: Path) -> None:
    """Relu keeps the first of two sums only; the discriminant sees the logits."""
    architecture = sequential(dense("hidden", 2, "relu"), dense("flavours", 3, "softmax"))
    weights = {
        "layers/dense/vars/0": np.eye(2),
        "layers/dense/vars/1": np.zeros(2),
        "layers/dense_1/vars/0": KERNEL,
        "layers/dense_1/vars/1": BIAS,
    }
    found = network.load(*write(tmp_path, architecture, weights=weights))
    np.testing.assert_allclose(found.discriminant().compute(batch([1], [0])), [-1 - 1 - 0.25])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(outputs=["pu", "pb"]), "2 outputs, but {architecture} has 3"),
        (lambda v: v.pop("outputs"), "needs a list of inputs and one of outputs; train again"),
        (lambda v: v["inputs"].pop(), "1 inputs, but {architecture} has 2"),
        (lambda v: v.update(outputs=["pu", "pb", "pb"]), "pb is there twice; train again"),
        (
            lambda v: v.update(outputs=["pu", "", "pb"]),
            "every input and output needs a name; train again",
        ),
        (
            lambda v: v["inputs"][1].update(name="rnnip_log_ratio"),
            "rnnip_log_ratio is there twice; train again",
        ),
        (
            lambda v: v["inputs"][0].pop("default"),
            "input 'rnnip_log_ratio' has no default; train again",
        ),
        (lambda v: v["inputs"][0].pop("name"), "input None has no name; train again"),
        (
            lambda v: v["inputs"][1].update(transform="os.system"),
            "input 'jf_sig_log1p': no transform 'os.system', but identity, log1p",
        ),
        (
            lambda v: v["inputs"][1].update(scale=0),
            "input 'jf_sig_log1p': scale 0 makes all jets the same; train again",
        ),
        (
            lambda v: v["inputs"][1].update(scale="1"),
            "input 'jf_sig_log1p': scale is '1'; train again",
        ),
        (
            lambda v: v["inputs"][1].update(offset=float("nan")),
            "not JSON (NaN is no number); write it again",
        ),
        (lambda v: v.update(output=["pu"]), "unknown entry 'output'; train again"),
        (lambda v: v.update(outputs=["p"] * 1001), "1,001 outputs are more than 1000"),
        (
            lambda v: v.update(files={"weights": "12"}),
            "files must be architecture and weights; train again",
        ),
        (
            lambda v: v.update(training={"seed": 1, "fields": [], "files": [{"digest": "ab"}]}),
            "training is not what train_nn.py writes ('jets'); train again",
        ),
        (
            lambda v: v.update(sha256="0"),
            "damaged, for it does not fit its own sha256; train again",
        ),
        (lambda v: v["inputs"].append(3), "input 3 is not an object; train again"),
    ],
)
def test_wrong_variables(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    variables = copy.deepcopy(VARIABLES)
    change(variables)
    architecture, weights = write(tmp_path, variables=variables)
    with pytest.raises(UserError) as caught:
        network.load(architecture, weights)
    told = message.format(architecture=architecture)
    assert str(caught.value) == f"{tmp_path / 'variables.json'}: {told}"


@pytest.mark.parametrize("name", ["architecture.json", "nn.weights.h5", "variables.json"])
def test_missing_files(tmp_path: Path, name: str) -> None:
    architecture, weights = write(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError) as caught:
        network.load(architecture, weights)
    assert str(caught.value) == f"{tmp_path / name}: no such file; local-sw/train_nn.py writes it"


def test_swapped_files(tmp_path: Path) -> None:
    architecture, weights = write(tmp_path)
    with pytest.raises(UserError) as caught:
        network.load(weights, architecture)
    assert str(caught.value) == (
        f"{weights}: HDF5, not JSON; name the architecture first, then the weights"
    )


def test_twice_the_architecture(tmp_path: Path) -> None:
    architecture, _ = write(tmp_path)
    with pytest.raises(UserError) as caught:
        network.load(architecture, architecture)
    assert str(caught.value) == (
        f"{architecture}: not HDF5; name the architecture first, then the weights"
    )


REMEDY = "give the two files that one training wrote"


@pytest.mark.parametrize(
    ("architecture", "weights", "message"),
    [
        (TUTORIAL, {"layers/dense/vars/0": KERNEL}, f" has no layers/dense/vars/1; {REMEDY}"),
        (
            TUTORIAL,
            {"layers/dense/vars/0": KERNEL.T, "layers/dense/vars/1": BIAS},
            f" has an array of shape (3, 2) for (2, 3); {REMEDY}",
        ),
        (
            TUTORIAL,
            {"layers/dense/vars/0": KERNEL.astype(np.int8), "layers/dense/vars/1": BIAS},
            " has int8 for its weights; only floats are supported",
        ),
        (
            TUTORIAL,
            {"layers/dense/vars/0": np.full((2, 3), np.inf), "layers/dense/vars/1": BIAS},
            " has NaN or infinite weights; train it again",
        ),
        (
            sequential(dense("flavours", 3, "softmax", use_bias=False)),
            None,
            f" has more arrays than 1; {REMEDY}",
        ),
    ],
)
def test_weights_that_do_not_fit(
    tmp_path: Path, architecture: dict[str, Any], weights: dict[str, Any] | None, message: str
) -> None:
    files = write(tmp_path, architecture, weights=weights)
    with pytest.raises(UserError) as caught:
        network.load(*files)
    assert str(caught.value) == f"{files[1]}: layer 'flavours'{message}"


def test_damaged_weights(tmp_path: Path) -> None:
    architecture, weights = write(tmp_path)
    weights.write_bytes(weights.read_bytes()[:700])
    with pytest.raises(UserError) as caught:
        network.load(architecture, weights)
    # The words at the begin differ between versions of HDF5.
    start, end = (
        rf"{re.escape(str(weights))}: damaged \(Unable to [a-z ]+ \(",
        r"\); write it again",
    )
    reason = r"truncated file: eof = 700, sblock->base_addr = 0, stored_eof = \d+\)"
    assert re.fullmatch(start + reason + end, str(caught.value))


@pytest.mark.parametrize(
    ("activation", "outputs", "found"),
    [
        ("sigmoid", ["pu", "pc", "pb"], "sigmoid with pu, pc, pb"),
        ("softmax", ["pu", "pc", "ptau"], "softmax with pu, pc, ptau"),
    ],
)
def test_a_network_for_something_else(
    tmp_path: Path, activation: str, outputs: list[str], found: str
) -> None:
    files = write(
        tmp_path,
        sequential(dense("flavours", 3, activation)),
        variables={**VARIABLES, "outputs": outputs},
    )
    with pytest.raises(UserError) as caught:
        network.load(*files).discriminant()
    assert str(caught.value) == (
        f"{files[0]}: needs a softmax with an output pb at its end, but has {found}"
    )


def test_layers_without_weights(tmp_path: Path) -> None:
    """A normalisation, two activations in a row, and a dropout that does nothing."""
    architecture = sequential(
        layer("BatchNormalization", "bn", axis=-1, epsilon=0.0, center=True, scale=False),
        dense("flavours", 3),
        layer("Dropout", "drop", rate=0.5),
        layer("LeakyReLU", "leaky", negative_slope=0.25),
        layer("Softmax", "probabilities", axis=-1),
    )
    weights = {
        "layers/batch_normalization/vars/0": np.array([1.0, 2.0]),  # beta
        "layers/batch_normalization/vars/1": np.array([3.0, 4.0]),  # mean
        "layers/batch_normalization/vars/2": np.array([4.0, 0.25]),  # variance
        "layers/dense/vars/0": KERNEL,
        "layers/dense/vars/1": BIAS,
    }
    found = network.load(*write(tmp_path, architecture, weights=weights))
    x = np.array([(1 - 3) / 2 + 1, (-1 - 4) / 0.5 + 2])
    y = x @ KERNEL + BIAS
    y = np.where(y > 0, y, 0.25 * y)
    np.testing.assert_allclose(
        found.discriminant().compute(batch([1], [0])), [y[2] - y[0]], rtol=1e-13
    )


def test_jets_without_an_input(tmp_path: Path) -> None:
    rows = toy.jets(10)[["jf_sig", "HadronConeExclExtendedTruthLabelID"]]
    jets = open_jets([toy.write(tmp_path / "a.h5", rows)])
    found = network.load(*write(tmp_path))
    with pytest.raises(UserError) as caught:
        list(jets.batches(found.discriminant().fields))
    assert str(caught.value) == (
        f"{tmp_path / 'a.h5'}: no field 'rnnip_log_ratio' in /jets, which has: jf_sig, "
        "HadronConeExclExtendedTruthLabelID"
    )


def test_variables_are_readable(tmp_path: Path) -> None:
    """What is saved is what is read, with the names of the numbers."""
    from btagging.network import variables

    write(tmp_path)
    found = variables.read(tmp_path / "variables.json")
    record = TrainingRecord(
        7, ("x",), (TrainedFile("ab", 9, "ef", ("cd",), HeldOut([(0, 2), (5, 6)])),)
    )
    digests = {"architecture": "12", "weights": "34"}
    described = variables.describe(found.inputs, found.outputs, digests, record)
    assert described == {
        **VARIABLES,
        "inputs": [{**entry, "source": ""} for entry in VARIABLES["inputs"]],
        "files": digests,
        "training": {
            "seed": 7,
            "fields": ["x"],
            "files": [
                {
                    "digest": "ab",
                    "jets": 9,
                    "uuid": "ef",
                    "derivations": ["cd"],
                    "held_out": [[0, 2], [5, 6]],
                }
            ],
        },
        "sha256": described["sha256"],
    }
    (tmp_path / "variables.json").write_text(json.dumps(described))
    again = variables.read(tmp_path / "variables.json")
    assert (again.inputs, again.outputs) == (found.inputs, found.outputs)
    assert (again.files, again.training) == (digests, record)
    assert again.fingerprint == described["sha256"]
