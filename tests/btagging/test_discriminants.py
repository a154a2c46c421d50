"""Every field that separates b-jets is found, once, and computed in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from btagging.discriminants import known
from btagging.errors import UserError
from btagging.flavours import B
from btagging.ratios import Ratio, RatioOptions

LOG_RATIO = Ratio(B, {})
LABEL = "HadronConeExclExtendedTruthLabelID"


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (["rnnip_log_ratio", "jf_sig", LABEL], ["rnnip_log_ratio", "jf_sig"]),
        (["jf_sig", "rnnip_log_ratio"], ["jf_sig", "rnnip_log_ratio"]),
        (["pt", "dips_log_ratio"], ["dips_log_ratio"]),
        (["nn_pu", "nn_pc", "nn_pb"], ["nn_log_ratio"]),
        (
            ["GN2v01_pb", "GN2v01_pu", "GN2v00_pb", "GN2v00_pu"],
            ["GN2v01_log_ratio", "GN2v00_log_ratio"],
        ),
        (["GN2v01_log_ratio", "GN2v01_pb", "GN2v01_pu"], ["GN2v01_log_ratio"]),
        (["gn2v01_log_ratio", "GN2v01_pb", "GN2v01_pu"], ["gn2v01_log_ratio"]),
        (["dl1d_log_ratio", "DL1r_pb", "DL1r_pu"], ["dl1d_log_ratio", "DL1r_log_ratio"]),
        (["jf_sig", "GN2v01_pb"], ["jf_sig"]),
    ],
)
def test_known(fields: list[str], names: list[str]) -> None:
    assert [found.name for found in known(fields)] == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("log(GN2v01_pb / GN2v01_pu)", ["gn2_log_ratio", "GN2v00_log_ratio"]),
        ("log(GN2v00_pb / GN2v00_pu)", ["gn2_log_ratio", "GN2v01_log_ratio"]),
        ("", ["gn2_log_ratio", "GN2v00_log_ratio", "GN2v01_log_ratio"]),
    ],
)
def test_two_trainings_of_a_tagger_are_two_discriminants(source: str, names: list[str]) -> None:
    """Only the one that a field says to be the ratio of is left out, for it is in that field."""
    fields = ["gn2_log_ratio", "GN2v00_pu", "GN2v00_pb", "GN2v01_pu", "GN2v01_pb"]
    assert [found.name for found in known(fields, {"gn2_log_ratio": source})] == names


def test_an_epsilon_needs_the_probabilities() -> None:
    """A ratio that is stored already cannot be had with it."""
    options = RatioOptions(epsilon=1e-10)
    probabilities = ["rnnip_pu", "rnnip_pb"]
    jf_sig, rnnip = known(["rnnip_log_ratio", "jf_sig", *probabilities], options=options)
    assert (jf_sig.name, rnnip.name, rnnip.title) == ("jf_sig", "rnnip_log_ratio", "RNNIP")
    assert rnnip.compute(dict.fromkeys(probabilities, np.zeros(1))) == [0]
    with pytest.raises(UserError) as caught:
        known(["rnnip_log_ratio", "jf_sig"], options=options)
    assert str(caught.value) == (
        "rnnip_log_ratio: --epsilon needs the probabilities that it was made of, and they are not "
        "in the file; dump them as well, with --variables"
    )


def test_a_fraction_needs_a_tagger_with_probabilities() -> None:
    options = RatioOptions(fractions={"c": 0.1})
    with pytest.raises(UserError) as caught:
        known(["rnnip_log_ratio", "pt"], options=options)
    assert str(caught.value) == (
        "--fc needs a network, or a tagger with *_pb, *_pc and *_pu among the fields "
        "rnnip_log_ratio, pt"
    )
    assert len(known(["rnnip_log_ratio"], options=options, needed=False)) == 1


def test_a_strangers_name_is_drawn_as_it_stands() -> None:
    fields = ["a\x1b[2J$x$_pb", "a\x1b[2J$x$_pu", "b" * 300 + "_log_ratio"]
    long, odd = known(fields)
    assert odd.name == "a\x1b[2J$x$_log_ratio"
    assert odd.title == r"a\x1b[2J$x$"
    assert odd.axis_label == r"a\x1b[2J\$x\$  $\log(p_b/p_u)$"
    assert long.title == "b" * 27 + "…" + "b" * 13


def test_the_pairs_need_both_fields() -> None:
    (found,) = known(["GN2v01_pb", "GN2v01_pu", "GN2v00_pb", "GN2v00_pc"])
    assert found.fields == ("GN2v01_pb", "GN2v01_pu")
    assert found.title == "GN2v01"


def test_none_is_needed() -> None:
    assert known(["pt"], needed=False) == []


def test_none() -> None:
    with pytest.raises(UserError) as caught:
        known(["pt", "eta"])
    assert str(caught.value) == (
        "no discriminant among the fields pt, eta; needed is one of rnnip_log_ratio, jf_sig, "
        "gn2_log_ratio, dl1d_log_ratio, dl1r_log_ratio, any *_log_ratio, or a pair *_pb and *_pu"
    )


@pytest.mark.parametrize(
    ("p_b", "p_u", "expected"),
    [
        (0.5, 0.5, 0.0),
        (0.8, 0.1, np.log(8)),
        (0.0, 0.5, -np.inf),
        (0.5, 0.0, np.inf),
        (0.0, 0.0, np.nan),  # no track
        (np.nan, 0.5, np.nan),
        (-1.0, -1.0, np.nan),  # some taggers' way to say that they do not know
        (0.5, -1.0, np.nan),
        (1.5, 0.5, np.nan),
        (0.5, np.inf, np.nan),
    ],
)
def test_log_ratio(p_b: float, p_u: float, expected: float) -> None:
    np.testing.assert_allclose(
        LOG_RATIO.compute({"b": np.array([p_b]), "u": np.array([p_u])}), [expected]
    )


def test_log_ratio_is_double() -> None:
    """The smallest float32 numbers would overflow in their own precision."""
    tiny = np.array([1e-40], np.float32)
    ratio = LOG_RATIO.compute({"b": np.array([1], np.float32), "u": tiny})
    assert ratio.dtype == np.float64
    np.testing.assert_allclose(ratio, -np.log(tiny.astype(float)))


@pytest.mark.parametrize("fields", [["jf_sig"], ["GN2v01_pb", "GN2v01_pu"]])
def test_compute_leaves_its_input_alone(fields: list[str]) -> None:
    (found,) = known(fields)
    batch = {name: np.array([0.25, np.nan, 0], np.float32) for name in fields}
    before = {name: values.copy() for name, values in batch.items()}
    values = found.compute(batch)
    assert values.dtype == np.float64
    assert values.shape == (3,)
    for name in fields:
        np.testing.assert_array_equal(batch[name], before[name])
