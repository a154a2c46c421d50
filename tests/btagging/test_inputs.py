"""Inputs are computed and normalised as lwtnn does, and unknown ones are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from btagging.errors import UserError
from btagging.inputs import Input, prepare
from btagging.training.input_choice import choose
from btagging.training.moments import InputMoments, fit_normalisation
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

LABEL = "HadronConeExclExtendedTruthLabelID"


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (["rnnip_log_ratio", "jf_sig", LABEL], ["rnnip_log_ratio", "jf_sig_log1p"]),
        (["jf_sig", "gn2_log_ratio", "rnnip_log_ratio"], ["rnnip_log_ratio", "jf_sig_log1p"]),
        (["gn2_log_ratio", "dl1d_log_ratio", LABEL], ["gn2_log_ratio", "dl1d_log_ratio"]),
        (["jf_sig", "gn2_log_ratio"], ["gn2_log_ratio", "jf_sig_log1p"]),
        (["rnnip_log_ratio", "pt"], ["rnnip_log_ratio"]),
        (["GN2v01_pu", "GN2v01_pc", "GN2v01_pb", "pt"], ["GN2v01_log_ratio"]),
        (["x_pb", "x_pu", "x_log_ratio", "jf_sig"], ["x_log_ratio", "jf_sig_log1p"]),
        (["gn2_log_ratio", "nn_pb", "nn_pu"], ["gn2_log_ratio"]),
        (["gn2_log_ratio", "v_pb", "v_pu"], ["gn2_log_ratio", "v_log_ratio"]),
    ],
)
def test_default_inputs(fields: list[str], names: list[str]) -> None:
    assert [i.name for i in choose(None, fields)] == names


def test_a_ratio_is_not_taken_twice() -> None:
    """The dumper says what it made `gn2_log_ratio` from."""
    sources = {"gn2_log_ratio": "log(GN2v01_pb / GN2v01_pu)"}
    found = choose(None, ["gn2_log_ratio", "GN2v01_pb", "GN2v01_pu"], sources)
    assert [i.name for i in found] == ["gn2_log_ratio"]


def test_ratios_that_are_made() -> None:
    fields = ["GN2v01_pb", "GN2v01_pu", "lonely_pb"]
    assert choose(["GN2v01_log_ratio", "GN2v01_log_ratio_log1p"], fields) == (
        Input("GN2v01_log_ratio", "GN2v01_log_ratio", "identity"),
        Input("GN2v01_log_ratio_log1p", "GN2v01_log_ratio", "log1p"),
    )
    with pytest.raises(UserError) as caught:
        choose(["lonely_log_ratio"], fields)
    assert str(caught.value) == (
        "--inputs: no field 'lonely_log_ratio'; the fields are: GN2v01_pb, GN2v01_pu, lonely_pb"
    )


def test_chosen_inputs() -> None:
    found = choose(["pt_log1p", "jf_sig", "x_log1p"], ["pt", "jf_sig", "x_log1p"])
    assert found == (
        Input("pt_log1p", "pt", "log1p"),
        Input("jf_sig", "jf_sig", "identity"),
        Input("x_log1p", "x_log1p", "identity"),
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["pT"], "--inputs: no field 'pT'; the fields are: pt, jf_sig"),
        ([LABEL], f"--inputs: no field '{LABEL}'; the fields are: pt, jf_sig"),
        (["pt_sqrt"], "--inputs: no field 'pt_sqrt'; the fields are: pt, jf_sig"),
        (["pt", "pt"], "--inputs: pt is given twice"),
    ],
)
def test_wrong_inputs(names: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        choose(names, ["pt", "jf_sig", LABEL])
    assert str(caught.value) == message


def test_nothing_to_train_on() -> None:
    with pytest.raises(UserError) as caught:
        choose(None, ["pt", LABEL])
    assert str(caught.value) == (
        "no *_log_ratio and no jf_sig to train on; choose --inputs from the fields: pt"
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (np.e - 1, (1 + 2) * 0.5),
        (0.0, (0 + 2) * 0.5),
        (np.nan, (5 + 2) * 0.5),
        (np.inf, (5 + 2) * 0.5),
        (-1.0, (5 + 2) * 0.5),  # log1p is -inf
        (-3.0, (5 + 2) * 0.5),  # log1p is NaN
    ],
)
def test_prepare(raw: float, expected: float) -> None:
    """The default takes the place of x, and is normalised like x."""
    inputs = [Input("a_log1p", "a", "log1p", offset=2, scale=0.5, default=5)]
    np.testing.assert_allclose(prepare(inputs, {"a": np.array([raw])}), [[expected]])


def test_prepare_is_double() -> None:
    inputs = [Input("a", "a", "identity", offset=-1e6, scale=1e6)]
    x = np.array([1e6 + 0.0625], np.float32)
    assert prepare(inputs, {"a": x}) == [[62500.0]]


def test_integers_are_fine() -> None:
    assert prepare([Input("n", "n", "identity", scale=2)], {"n": np.array([3])}).tolist() == [[6.0]]


def measured(values: NDArray[Any], light: NDArray[np.bool_]) -> Input:
    """Choose the normalisation; `light` tells which of the values are light jets'."""
    moments = InputMoments.of(values, light)
    return fit_normalisation(Input("a", "a", "identity"), moments)


def test_measured() -> None:
    """Values 1 and 3 have mean 2 and std 1; what is not finite does not count."""
    values = np.array([1, 3, np.nan, np.inf, -np.inf])
    found = measured(values, np.array([True, False, True, True, True]))
    assert (found.offset, found.scale, found.default) == (-2.0, 1.0, 1.0)


def test_without_light_jets_the_default_is_the_mean() -> None:
    assert measured(np.array([1.0, 3.0]), np.zeros(2, bool)).default == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([np.nan, np.inf], "input a: no training jet has a finite value; leave it out"),
        ([7.5, 7.5, np.nan], "input a: it is 7.5 for all training jets; leave it out"),
        ([0.1] * 99, "input a: it is 0.1 for all training jets; leave it out"),
        ([0, 0], "input a: it is 0 for all training jets; leave it out"),
    ],
)
def test_what_cannot_be_measured(values: list[float], message: str) -> None:
    with pytest.raises(UserError) as caught:
        measured(np.array(values, np.float32), np.arange(len(values)) % 3 == 0)
    assert str(caught.value) == message


@given(arrays(np.float32, 20, elements=st.floats(width=32)))
def test_always_finite_and_the_caller_keeps_the_array(values: NDArray[np.float32]) -> None:
    before = values.copy()
    found = prepare([Input("a_log1p", "a", "log1p", 1, 2, 3)], {"a": values})
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(values, before)


@given(arrays(np.float64, 30, elements=st.floats(-1e6, 1e6), unique=True))
def test_normalised_has_mean_0_and_width_1(values: NDArray[np.float64]) -> None:
    values = values * 1.0
    if values.std() < 1e-3:
        return
    found = measured(values, np.arange(30) < 10).normalised(values)
    np.testing.assert_allclose([found.mean(), found.std()], [0, 1], atol=1e-5)
