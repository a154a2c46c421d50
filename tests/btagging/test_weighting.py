"""`train_nn.py --weight` and `--reweight`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
import train_nn
from btagging.errors import UserError
from btagging.flavours import FLAVOURS, LIGHT, B
from btagging.jets import held_out
from btagging.jets.conditions import Condition
from btagging.jets.stream import open_jets
from btagging.network import network
from btagging.training.weighting import measure_weighting
from numpy.lib.recfunctions import append_fields
from sklearn.metrics import roc_auc_score

LABEL = "HadronConeExclExtendedTruthLabelID"
N = 40_000


def harder_b_jets(n: int = N) -> Any:
    """Give b-jets another spectrum than the others, in two fields that know nothing else."""
    rows, rng = toy.jets(n), np.random.default_rng(4)
    b = rows[LABEL] == 5
    pt = 20e3 + rng.exponential(np.where(b, 60e3, 30e3))
    eta = np.abs(rng.normal(0, np.where(b, 0.9, 1.3)))
    return append_fields(rows, ["pt", "absEta"], [pt.astype("f4"), eta.astype("f4")], usemask=False)


def weights_of(path: Path, field: str | None, spectra: list[str]) -> tuple[Any, Any, Any]:
    jets = open_jets([path])
    weighting = measure_weighting(jets, held_out.choose(jets.n_jets, 1), field, spectra)
    assert weighting
    (batch,) = jets.batches([LABEL, *weighting.fields], 10**6)
    index = np.select([batch[LABEL] == f.label for f in FLAVOURS], range(3), -1)
    known = index >= 0
    chosen = {name: batch[name][known] for name in weighting.fields}
    return chosen, index[known], weighting.of(chosen, index[known])


def test_spectra_become_those_of_the_b_jets(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", harder_b_jets())
    jets, flavour, weights = weights_of(path, None, ["pt", "absEta"])
    b, light = (flavour == FLAVOURS.index(some) for some in (B, LIGHT))
    np.testing.assert_allclose(weights[b], weights[b][0])
    assert weights[light].mean() == pytest.approx(weights[b][0], rel=0.05)
    assert weights.mean() == pytest.approx(1, rel=0.02)  # exactly so for those to train on
    for name in ("pt", "absEta"):
        edges = np.quantile(jets[name][b], np.linspace(0, 0.98, 8))
        counts = [np.histogram(jets[name][s], edges, weights=weights[s])[0] for s in (b, light)]
        shares = [count / count.sum() for count in counts]
        np.testing.assert_allclose(shares[0], shares[1], atol=0.02)


def auc(folder: Path, path: Path, *options: str) -> float:
    """Train, and tell b- from light jets that are new to the network, with the same spectra."""
    train_nn.main([str(path), "-o", str(folder), *options])
    trained = network.load(folder / "architecture.json", folder / "nn.weights.h5")
    rows = harder_b_jets(N + 1)[-N // 2 :]
    some = np.isin(rows[LABEL], (0, 5))
    jets = {name: rows[name][some] for name in trained.fields}
    weights = np.ones(some.sum())
    if "--reweight" in options:
        history = json.loads((folder / "history.json").read_text())["weighting"]
        names = ("pt", "absEta")
        edges = [history["edges"][name] for name in names]
        place = [
            np.searchsorted(e, rows[n][some], side="right")
            for e, n in zip(edges, names, strict=True)
        ]
        b, light = (np.array(history["factors"][f"{name}"]) for name in ("b-jets", "light jets"))
        weights = np.where(rows[LABEL][some] == 5, b[tuple(place)], light[tuple(place)])
    values = trained.discriminant().compute(jets)
    return float(roc_auc_score(rows[LABEL][some] == 5, values, sample_weight=weights))


def test_kinematics_are_no_answer_and_taggers_are(tmp_path: Path) -> None:
    """What pt alone separates goes; what the taggers separate stays."""
    path = toy.write(tmp_path / "a.h5", harder_b_jets())
    kinematics = ["--inputs", "pt_log1p", "absEta"]
    spectra = ["--reweight", "pt", "absEta"]
    assert auc(tmp_path / "1", path, *kinematics) > 0.6
    assert auc(tmp_path / "2", path, *kinematics, *spectra) == pytest.approx(0.5, abs=0.01)
    plain = auc(tmp_path / "3", path, "--inputs", "rnnip_log_ratio", "jf_sig_log1p")
    taggers = ["--inputs", "rnnip_log_ratio", "jf_sig_log1p", "pt_log1p", *spectra]
    assert auc(tmp_path / "4", path, *taggers) == pytest.approx(plain, abs=0.01)


@pytest.mark.parametrize("unit", [2, 1e-30])
def test_the_unit_of_the_weights_means_nothing(unit: float, tmp_path: Path) -> None:
    """Adam would not move with gradients of 1e-30."""
    rows = append_fields(harder_b_jets(), "w", np.full(N, unit, "f4"), usemask=False)
    path = toy.write(tmp_path / "a.h5", rows)
    *_, both = weights_of(path, "w", ["pt"])
    *_, spectra = weights_of(path, None, ["pt"])
    np.testing.assert_allclose(both, spectra, rtol=1e-6)
    *_, alone = weights_of(path, "w", [])
    np.testing.assert_array_equal(alone, 1)


def test_a_weight_of_two_is_two_jets(tmp_path: Path) -> None:
    """The factors are measured with the weights, which multiply them."""
    rows = harder_b_jets()
    low = rows["pt"] < 50e3
    rows = append_fields(rows, "w", np.where(low, 2.0, 1.0), usemask=False)
    path = toy.write(tmp_path / "a.h5", rows)
    jets, flavour, alone = weights_of(path, "w", [])
    low = jets["w"] == 2
    np.testing.assert_allclose(alone[low], 2 * alone[~low][0], rtol=1e-6)
    jets, flavour, both = weights_of(path, "w", ["pt"])
    b, light = (flavour == FLAVOURS.index(some) for some in (B, LIGHT))
    edges = np.quantile(jets["pt"][b], np.linspace(0, 0.98, 8))
    wanted = np.histogram(jets["pt"][b], edges, weights=jets["w"][b])[0]
    found = np.histogram(jets["pt"][light], edges, weights=both[light])[0]
    np.testing.assert_allclose(found / found.sum(), wanted / wanted.sum(), atol=0.02)


def test_bins_are_those_of_all_jets_in_whatever_order(tmp_path: Path) -> None:
    """The first of many jets may all be soft."""
    rows = harder_b_jets(80_000)
    path = toy.write(tmp_path / "a.h5", rows[np.argsort(rows["pt"])])
    jets, flavour, weights = weights_of(path, None, ["pt"])
    b, light = (flavour == FLAVOURS.index(some) for some in (B, LIGHT))
    edges = np.quantile(jets["pt"][b], np.linspace(0, 0.98, 15))
    counts = [np.histogram(jets["pt"][s], edges, weights=weights[s])[0] for s in (b, light)]
    shares = [count / count.sum() for count in counts]
    np.testing.assert_allclose(shares[0], shares[1], atol=0.02)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({0: 0, 4: 0, 5: 0}, "the weights of the light jets to train on add up to 0; choose other"),
        ({5: 0}, "the weights of the b-jets to train on add up to 0; choose other fields for"),
        ({4: -1}, "the weights of the c-jets to train on add up to -"),
    ],
)
def test_a_flavour_without_weight_is_refused(
    weights: dict[int, float], message: str, tmp_path: Path
) -> None:
    """The network could say of no jet that it is one, or would learn the opposite."""
    rows = toy.jets(3000)
    w = np.ones(len(rows), "f4")
    for label, weight in weights.items():
        w[rows[LABEL] == label] = weight
    path = toy.write(tmp_path / "a.h5", append_fields(rows, "w", w, usemask=False))
    with pytest.raises(UserError) as caught:
        weights_of(path, "w", [])
    assert str(caught.value).startswith(f"{path}: {message}")


def test_spectra_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(3000))
    with pytest.raises(UserError, match="the weights of the light jets to train on add up to 0; "):
        weights_of(path, None, [LABEL])


def test_held_out_jets_without_weight_are_refused(tmp_path: Path) -> None:
    rows = append_fields(toy.jets(3000), "w", np.ones(3000, "f4"), usemask=False)
    rows["w"][held_out.choose(3000, 1).mask(0, 3000)] = 0
    path = toy.write(tmp_path / "a.h5", rows)
    with pytest.raises(UserError) as caught:
        train_nn.main([str(path), "-o", str(tmp_path / "model"), "--weight", "w"])
    assert str(caught.value) == (
        f"{path}: the weights of the held-out jets add up to 0, so that the training could not be "
        "checked; choose other fields for --weight and --reweight, or another --seed"
    )
    assert not list((tmp_path / "model").iterdir())


def test_a_value_that_is_no_number(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(1000))
    with pytest.raises(UserError) as caught:
        weights_of(path, None, ["rnnip_log_ratio"])
    assert str(caught.value) == (
        f"{path}: rnnip_log_ratio is no finite number for some jets, which so have no weight; "
        "choose another field, or leave these jets out with --where"
    )
    jets = open_jets([path], where=[Condition.parse("rnnip_log_ratio > -inf")])
    assert measure_weighting(jets, held_out.choose(1000, 1), None, ["rnnip_log_ratio"])
