"""Every jet is seen once an epoch, in an order that does not depend on that in the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import toy
import train_nn
from btagging.inputs import Input
from btagging.jets import held_out
from btagging.jets.stream import open_jets
from btagging.network import network
from btagging.network.dense import evaluate
from btagging.training import reader, saving, shuffling
from btagging.training import survey as training_jets
from btagging.training.moments import Moments
from btagging.training.reader import RowRange, TrainingReader
from btagging.training.shuffling import ShuffledJets, assign_to_pools
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression

LABEL = "HadronConeExclExtendedTruthLabelID"
KNOWN = (0, 4, 5)


@pytest.mark.parametrize(
    ("n_jets", "n_held", "block"),
    [(12, 2, 1), (500, 100, 10), (99_999, 19_999, 1000), (10_000_000, 2_000_000, 1000)],
)
def test_a_fifth_is_held_out_in_blocks(n_jets: int, n_held: Any, block: Any) -> None:
    """One block of each five; the last block of 99,999 jets is one jet short."""
    found = held_out.choose(n_jets, 3)
    mask = found.mask(0, n_jets)
    assert mask.sum() in (n_held, n_held + 1)
    assert found.n_jets == mask.sum()
    np.testing.assert_array_equal(found.mask(7, 5), mask[7:12])
    starts = np.array([start for start, _ in found.ranges])
    assert {stop - start for start, stop in found.ranges} <= {block, n_jets % block}
    assert (starts // (5 * block)).tolist() == list(range(-(-n_jets // block) // 5))


def test_at_most_two_million_are_held_out() -> None:
    found = held_out.choose(100_000_000, 1)
    assert found.n_jets == 2_000_000
    assert [start // 50_000 for start, _ in found.ranges] == list(range(2000))


def test_another_seed_holds_out_other_jets() -> None:
    first, same, other = (held_out.choose(5000, seed).ranges for seed in (1, 1, 2))
    assert first == same
    assert first != other


def test_held_out_jets_of_a_file() -> None:
    """Of jets 4 to 8 in a row, 5 and 6 and again 8 are held out: numbers 1, 2 and 4 of these."""
    found = held_out.HeldOut([(0, 2), (5, 7), (8, 12)]).part(4, 5)
    assert found.ranges == [(1, 3), (4, 5)]
    assert found.mask(0, 5).tolist() == [False, True, True, False, True]
    assert held_out.HeldOut([(5, 7)]).part(7, 5).n_jets == 0


def test_moments_by_hand() -> None:
    """1 and 3 have mean 2 and std 1; 1, 3 and 5 have mean 3, and squares 4 + 0 + 4."""
    found = Moments.of(np.array([1, 3, np.nan, np.inf, -np.inf], np.float32))
    assert found == Moments(2, 2.0, 2.0)
    assert found.std == 1.0
    assert found + Moments.of(np.array([5])) == Moments(3, 3.0, 8.0)
    assert found + Moments() == Moments() + found == found
    assert Moments().std == 0.0


@given(arrays(np.float64, 40, elements=st.floats(-1e6, 1e6)), st.integers(0, 40))
def test_moments_do_not_depend_on_the_pieces(values: Any, cut: Any) -> None:
    found = Moments.of(values[:cut]) + Moments.of(values[cut:])
    assert found.n == 40
    np.testing.assert_allclose(found.mean, values.mean(), rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(found.std, values.std(), rtol=1e-9, atol=1e-9)


def test_moments_far_from_zero() -> None:
    """A mean of squares less the square of the mean would give 0 here, or a negative number."""
    values = 1e9 + np.array([0.0, 1.0] * 50)
    assert (Moments.of(values[:30]) + Moments.of(values[30:])).std == pytest.approx(0.5)


@pytest.fixture
def two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Jets that carry their number, in two files whose chunks do not fit the parts."""
    monkeypatch.setattr(reader, "_SIZE", 250)
    rows = toy.jets(9000)
    rows = rows[np.argsort(rows[LABEL], kind="stable")]
    rows["jf_sig"] = np.arange(len(rows))
    paths = [tmp_path / "a.h5", tmp_path / "b.h5"]
    for path, part in zip(paths, np.split(rows, [3217]), strict=True):
        with h5py.File(path, "w") as file:
            file.create_dataset("jets", data=part, chunks=(120,), compression="gzip")
    inputs = [Input("jf_sig", "jf_sig", "identity", offset=1, scale=2)]
    return rows, TrainingReader(open_jets(paths), inputs, held_out.choose(len(rows), 1))


def numbers(values: Any) -> Any:
    """Undo (x + 1) * 2."""
    return (values[:, 0] / 2 - 1).astype(int)


def test_parts(two_files: Any) -> None:
    """Whole chunks of 120: 240 jets each, the last of a file less."""
    rows, parts = two_files
    found = parts.all()
    assert [len(part.rows) for part in found] == [240] * 13 + [97] + [240] * 24 + [23]
    assert found[14].rows == range(240)
    assert found[14].first == 3217
    assert sum(len(part.rows) for part in found) == len(rows)


def test_training_and_held_out_jets_are_all(two_files: Any) -> None:
    rows, parts = two_files
    known = np.isin(rows[LABEL], KNOWN)
    held = parts.held_out.mask(0, len(rows))
    for found, wanted in (
        (parts.training(parts.all()), known & ~held),
        (parts.validation(), known & held),
    ):
        np.testing.assert_array_equal(numbers(found.values), np.flatnonzero(wanted))
        np.testing.assert_array_equal(np.array(KNOWN)[found.flavours], rows[LABEL][wanted])


def epoch(mixed: Any, number: Any, n_batches: Any) -> Any:
    batches = [mixed.batch(number, i, n_batches) for i in range(mixed.n_pools * n_batches)]
    return [numbers(values) for values, _ in batches], np.concatenate([y for _, y in batches])


@pytest.mark.parametrize(("memory", "n_pools"), [(10**9, 1), (5 * 9000, 1), (16_000, 3)])
def test_each_jet_once_an_epoch(two_files: Any, memory: Any, n_pools: Any) -> None:
    rows, parts = two_files
    mixed = ShuffledJets(parts, 1, memory)
    assert mixed.n_pools == n_pools
    wanted = np.isin(rows[LABEL], KNOWN) & ~parts.held_out.mask(0, len(rows))
    orders = []
    for number in range(2):
        batches, flavours = epoch(mixed, number, 7)
        seen = np.concatenate(batches)
        np.testing.assert_array_equal(np.sort(seen), np.flatnonzero(wanted))
        np.testing.assert_array_equal(np.array(KNOWN)[flavours], rows[LABEL][seen])
        for start in range(0, len(batches), 7):
            assert np.ptp([len(batch) for batch in batches[start : start + 7]]) <= 1
        orders.append(seen)
    assert (orders[0] != orders[1]).any()


def test_the_order_depends_on_the_seed_alone(two_files: Any) -> None:
    """A batch is the same whichever was asked for before: Keras looks at two in advance."""
    _, parts = two_files
    first, other = (ShuffledJets(parts, seed, 16_000) for seed in (1, 2))
    batches, _ = epoch(first, 0, 2)
    again = ShuffledJets(parts, 1, 16_000)
    for i in (5, 0, 1, 0, 3):
        np.testing.assert_array_equal(numbers(again.batch(0, i, 2)[0]), batches[i])
    assert not np.array_equal(numbers(other.batch(0, 0, 2)[0])[:50], batches[0][:50])


def test_pools_are_alike_in_a_sorted_file(two_files: Any) -> None:
    """Each of three pools has a third of each flavour, but for one part or two of 240 jets."""
    _, parts = two_files
    mixed = ShuffledJets(parts, 1, 16_000)
    _, flavours = epoch(mixed, 0, 1)
    counts = [np.bincount(mixed.batch(0, i, 1)[1], minlength=3) for i in range(3)]
    apart = np.abs(np.array(counts) - np.bincount(flavours) / 3)
    assert (apart <= 2 * 240).all()


@given(st.integers(1, 60), st.integers(1, 12), st.integers(0, 5))
def test_spread(n_parts: int, n_pools: int, seed: int) -> None:
    """Each pool gets one of each few neighbours, so that none lacks what others have."""
    jets: Any = None  # they are dealt, not read
    parts = [RowRange(jets, range(10), 10 * i) for i in range(n_parts)]
    pools = assign_to_pools(parts, n_pools, seed)
    assert len(pools) == min(n_pools, n_parts)
    assert sorted((part for pool in pools for part in pool), key=lambda p: p.first) == parts
    for pool in pools:
        groups = [part.first // 10 // len(pools) for part in pool]
        assert groups == list(range(len(groups)))


def test_survey_counts(two_files: Any) -> None:
    rows, parts = two_files
    found = training_jets.survey(parts.jets, parts.inputs, parts.held_out)
    held = parts.held_out.mask(0, len(rows))
    for counts, chosen in (found.training, ~held), (found.held_out, held):
        assert counts == tuple(int(np.sum(rows[LABEL][chosen] == label)) for label in KNOWN)
    assert found.left_out == {n: int(np.sum(rows[LABEL] == n)) for n in (15, 44)}
    training = np.arange(9000)[~held & np.isin(rows[LABEL], KNOWN)]
    light = np.arange(9000)[~held & (rows[LABEL] == 0)]
    (measured,) = found.inputs
    assert -measured.offset == pytest.approx(training.mean())
    assert 1 / measured.scale == pytest.approx(training.std())
    assert measured.default == pytest.approx(light.mean())


def test_pools_train_as_well_as_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sorted by flavour, and too large for the memory: within 0.0002 of the optimum."""
    monkeypatch.setattr(reader, "_SIZE", 32)
    monkeypatch.setattr(shuffling, "_MEMORY", 140_000)
    rows = toy.jets(60_000)
    rows = rows[np.argsort(rows[LABEL], kind="stable")]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("jets", data=rows, chunks=(32,))
    jets = open_jets([tmp_path / "a.h5"])
    train_nn.main([str(tmp_path / "a.h5"), "-o", str(tmp_path), "-e", "2"])
    found = network.load(*(tmp_path / name for name in saving.MODEL))
    parts = TrainingReader(jets, found.inputs, held_out.choose(jets.n_jets, 1))
    assert ShuffledJets(parts, 1).n_pools == 4
    all_jets = parts.training(parts.all())
    x, y = all_jets.values.astype(np.float64), all_jets.flavours
    best = LogisticRegression(C=np.inf, tol=1e-7, max_iter=500).fit(x, y)
    ours, theirs = (
        -np.log(p[np.arange(len(y)), y]).mean()
        for p in (evaluate(found.layers, x), best.predict_proba(x))
    )
    assert 0 < ours - theirs < 2e-4
