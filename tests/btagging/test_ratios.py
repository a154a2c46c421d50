"""D_b and D_c: the collaboration's discriminants."""

from __future__ import annotations

from pathlib import Path

import networks
import numpy as np
import pytest
import toy
from btagging.discriminants import known
from btagging.errors import UserError
from btagging.flavours import B, C
from btagging.network import network
from btagging.ratios import Ratio, RatioOptions, log_of_sum

P = {"b": [0.5, 0.0, 0.2], "c": [0.2, 0.0, 0.3], "u": [0.25, 0.0, 0.4], "tau": [0.05, 0.0, 0.1]}
PROBABILITIES = {name: np.array(p, np.float32) for name, p in P.items()}


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (Ratio(B, {}), [np.log(2), np.nan, np.log(0.5)]),
        (Ratio(B, {"c": 0.2}), [np.log(0.5 / 0.24), np.nan, np.log(0.2 / 0.38)]),
        (
            Ratio(B, {"c": 0.2, "tau": 0.01}),
            [np.log(0.5 / (0.04 + 0.0005 + 0.79 * 0.25)), np.nan, np.log(0.2 / 0.377)],
        ),
        (Ratio(C, {"b": 0.3}), [np.log(0.2 / 0.325), np.nan, np.log(0.3 / 0.34)]),
        (Ratio(B, {"c": 0.2}, 1e-10), [np.log(0.5 / 0.24), 0, np.log(0.2 / 0.38)]),
    ],
)
def test_by_hand(ratio: Ratio, expected: list[float]) -> None:
    """The second jet has no probability at all: it has no value, or 0 with an epsilon."""
    np.testing.assert_allclose(ratio.compute(PROBABILITIES), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("tagger", "flavours", "words"),
    [
        ("DL1r", "u c b", " D_b (f_c = 0.018)"),
        ("DL1dv01", "u c b", " D_b (f_c = 0.018)"),
        ("GN120220509", "u c b", " D_b (f_c = 0.05)"),
        ("GN2v00", "u c b", " D_b (f_c = 0.2)"),
        ("GN2v01", "u c b tau", " D_b (f_c = 0.2, f_tau = 0.01)"),
        ("GN2v01", "u b", ""),
        ("rnnip", "u c b tau", ""),
    ],
)
def test_the_fractions_of_known_taggers(tagger: str, flavours: str, words: str) -> None:
    """Rnnip's is the tutorial's, log(p_b / p_u)."""
    assert RatioOptions().of_tagger(tagger, flavours.split()).words == words


def test_the_command_line_goes_before_the_table() -> None:
    options = RatioOptions(fractions={"c": 0.1, "tau": 0})
    ratio = options.of_tagger("GN2v01", ["u", "c", "b", "tau"])
    assert ratio.words == " D_b (f_c = 0.1)"
    with pytest.raises(UserError) as caught:
        options.of_tagger("SV1", ["u", "b"])
    assert str(caught.value) == "SV1 has no probability p_c; leave out --fc"


def test_names_say_which() -> None:
    fields = [f"GN2v01_p{f}" for f in ("u", "c", "b", "tau")]
    (found,) = known(fields)
    assert found.name == "GN2v01_Db"
    assert found.title == "GN2v01 D_b (f_c = 0.2, f_tau = 0.01)"
    assert found.axis_label == r"GN2v01  $D_b\ \ (f_c = 0.2,\ f_\tau = 0.01)$"
    assert found.fields == ("GN2v01_pb", "GN2v01_pc", "GN2v01_ptau", "GN2v01_pu")
    (plain,) = known(fields, options=RatioOptions(fractions={"c": 0, "tau": 0}))
    assert (plain.name, plain.title) == ("GN2v01_log_ratio", "GN2v01")
    (charm,) = known(fields, options=RatioOptions(C, {"b": 0.3}))
    assert (charm.name, charm.title) == ("GN2v01_Dc", "GN2v01 D_c (f_b = 0.3)")


def test_a_fields_log_ratio_and_the_taggers_d_b_are_two_discriminants() -> None:
    fields = ["gn2_log_ratio", "GN2v01_pb", "GN2v01_pc", "GN2v01_pu"]
    sources = {"gn2_log_ratio": "log(GN2v01_pb / GN2v01_pu)"}
    assert [found.name for found in known(fields, sources)] == ["gn2_log_ratio", "GN2v01_Db"]


def test_what_separates_b_jets_is_no_discriminant_of_c_jets() -> None:
    fields = ["rnnip_log_ratio", "jf_sig", "GN2v01_pb", "GN2v01_pc", "GN2v01_pu"]
    assert [found.name for found in known(fields, options=RatioOptions(C))] == ["GN2v01_Dc"]
    with pytest.raises(UserError) as caught:
        known(["jf_sig", "x_pb", "x_pu"], options=RatioOptions(C))
    assert str(caught.value) == (
        "no discriminant among the fields jf_sig, x_pb, x_pu; needed is a pair *_pc and *_pu"
    )


@pytest.mark.parametrize("options", [RatioOptions(fractions={"c": 0.2}), RatioOptions(C)])
def test_the_network_has_them_too(tmp_path: Path, options: RatioOptions) -> None:
    """As from its probabilities, but also where these are 0 or 1 in double precision."""
    trained = network.load(*networks.write(tmp_path))
    jets = toy.jets(1000)
    batch = {name: jets[name] for name in trained.fields}
    scores = dict(zip(("u", "c", "b"), trained.scores(batch).T, strict=True))
    ratio = options.of_tagger("the network", ["u", "c", "b"])
    found = trained.discriminant(options)
    np.testing.assert_allclose(found.compute(batch), ratio.compute(scores), rtol=1e-9, atol=1e-9)
    assert found.title == f"Neural network{ratio.words}"


def test_nothing_overflows() -> None:
    logs = np.array([[1000.0, 999.0], [-1000.0, -1001.0]])
    np.testing.assert_allclose(
        log_of_sum([0.5, 0.5], logs), logs[:, 0] + np.log(0.5 + 0.5 * np.exp(-1))
    )
