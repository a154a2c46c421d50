"""The scan over f_c: c rejection against light rejection."""

from __future__ import annotations

from pathlib import Path

import make_roc_curves
import networks
import numpy as np
import pytest
import toy
from btagging.discriminants import known
from btagging.errors import UserError
from btagging.flavours import LIGHT, C
from btagging.jets.stream import open_jets
from btagging.network import network
from btagging.performance import roc
from btagging.performance.fraction_scan import FRACTIONS, scan
from btagging.performance.histogram import count_jets
from btagging.ratios import USUAL, RatioOptions
from numpy.lib.recfunctions import append_fields


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write jets with a tagger that knows the three flavours."""
    rows, rng = toy.jets(20_000), np.random.default_rng(1)
    true = rows["HadronConeExclExtendedTruthLabelID"][:, np.newaxis] == (0, 4, 5)
    logits = 2 * true + rng.normal(size=(len(rows), 3))
    scores = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).T.astype("f4")
    names = [f"T_p{flavour}" for flavour in ("u", "c", "b")]
    return toy.write(tmp_path / "a.h5", append_fields(rows, names, list(scores), usemask=False))


def test_each_point_is_that_of_a_roc_curve(path: Path) -> None:
    jets = open_jets([path])
    (found,) = scan(jets, [], USUAL, 0.7)
    assert found.title == "T"
    for i in (0, 15, 31):
        options = RatioOptions(fractions={"c": FRACTIONS[i]})
        tagger = next(d for d in known(jets.fields, options=options) if d.name.startswith("T_"))
        axis = roc.fine_axis(tagger)
        curve = roc.curves(jets, count_jets(jets, [[axis]]), [axis])[tagger].at(np.array([0.7]))
        expected = [curve.rejection(flavour)[0][1] for flavour in (LIGHT, C)]
        np.testing.assert_allclose([found.light[i], found.c[i]], expected, rtol=0.01)


def test_more_charm_in_the_background_rejects_more_of_it(path: Path) -> None:
    (found,) = scan(open_jets([path]), [], USUAL, 0.7)
    assert found.c[-1] > found.c[0]
    assert found.light[-1] < found.light[0]


def test_networks_are_scanned_and_drawn(path: Path, tmp_path: Path) -> None:
    files = [str(file) for file in networks.write(tmp_path / "model")]
    options = ["--nn", *files, "--scan-fc", "0.6", "-o", str(tmp_path), "--format", "png"]
    make_roc_curves.main([str(path), "--all-jets", *options])
    assert (tmp_path / "fc-scan.png").is_file()
    trained = network.load(*networks.write(tmp_path / "model"))
    titles = [found.title for found in scan(open_jets([path]), [trained], USUAL, 0.6)]
    assert titles == ["T", "Neural network"]


def test_nothing_to_scan(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(1000))
    with pytest.raises(UserError) as caught:
        scan(open_jets([path]), [], USUAL, 0.7)
    assert str(caught.value) == (
        f"{path}: --scan-fc needs a network, or a tagger with *_pb, *_pc and *_pu"
    )
