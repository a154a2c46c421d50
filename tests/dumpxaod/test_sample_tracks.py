"""Tracks of the built-in sample: as in derivations, and displaced where the taggers say so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
import pytest
import uproot
from dumpxaod.sample import derivation as sample
from dumpxaod.sample import fragmentation, heavy, perigee
from dumpxaod.sample import jets as sample_jets
from dumpxaod.sample.displacement import BOTTOM, CHARM, LIGHT, Latent
from dumpxaod.sample.particles import Particles, decayed, flown
from dumpxaod.sample.precision import FEW, MANY, shortened
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

Array = NDArray[Any]

JETS, TRACKS, EVENT = "AnalysisJetsAuxDyn:", "InDetTrackParticlesAuxDyn:", "EventInfoAuxDyn:"
VERTICES, BTAGGING = "PrimaryVerticesAuxDyn:", "BTagging_AntiKt4EMPFlowAuxDyn:"
LABEL = "HadronConeExclTruthLabelID"
PARAMETERS = ("d0", "z0", "phi", "theta", "qOverP")
DIAGONAL, OFF_DIAGONAL = "definingParametersCovMatrixDiag", "definingParametersCovMatrixOffDiag"
KEY = 490246363  # InDetTrackParticles in real files
SEED = 5


class Seen(NamedTuple):
    """The sample as an analysis sees it: jets that pass the cuts, and the tracks linked to them."""

    label: Array
    rnnip: Array
    jet: Array  # of each track
    significance: Array  # of its signed d0
    pt: Array
    dr: Array
    n_tracks: Array  # of each jet

    def largest(self) -> Array:
        """Largest signed significance of each jet; -inf without tracks."""
        largest = np.full(len(self.label), -np.inf)
        np.maximum.at(largest, self.jet, self.significance)
        return largest


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Write a sample of two clusters and open it."""
    path = tmp_path_factory.mktemp("tracks") / "sample.DAOD.root"
    sample.write(path, n_events=9000, seed=SEED)
    with uproot.open(path) as file:
        yield file["EventData"]


@pytest.fixture(scope="module")
def seen(events: Any) -> Seen:
    """Compute everything from the stored values, by the formulas of flavour tagging."""
    jets = {name: flat(events, JETS + name) for name in ("pt", "eta", "phi", LABEL)}
    link = events[JETS + "GhostTrack"].array()
    sizes = ak.to_numpy(ak.num(link.m_persKey, axis=1))
    event_of_jet = np.repeat(np.arange(len(sizes)), sizes)
    per_jet = ak.to_numpy(ak.num(ak.flatten(link.m_persKey), axis=1))
    kept = ak.to_numpy(ak.flatten(link.m_persKey, axis=None)) == KEY
    jet = np.repeat(np.arange(len(per_jet)), per_jet)[kept]
    n_tracks = ak.to_numpy(ak.num(events[TRACKS + "d0"].array()))
    first = np.cumsum(n_tracks) - n_tracks
    index = ak.to_numpy(ak.flatten(link.m_persIndex, axis=None))[kept]
    track = first[event_of_jet[jet]] + index
    d0, z0, phi, theta, q_over_p = (flat(events, TRACKS + name)[track] for name in PARAMETERS)
    kind = events[VERTICES + "vertexType"].array()
    z_vertex = ak.to_numpy(ak.flatten(events[VERTICES + "z"].array()[kind == 1]))
    z0 = z0 - z_vertex[event_of_jet[jet]]
    # (jet x p) . (p x (-r)), with all three as vectors
    p = np.stack([np.cos(phi), np.sin(phi), 1 / np.tan(theta)])
    axis = np.stack([np.cos(jets["phi"][jet]), np.sin(jets["phi"][jet]), np.sinh(jets["eta"][jet])])
    r = np.stack([-d0 * np.sin(phi), d0 * np.cos(phi), z0])
    sign = np.sum(np.cross(axis, p, axis=0) * np.cross(p, -r, axis=0), axis=0)
    variance = ak.to_numpy(ak.flatten(events[TRACKS + DIAGONAL].array()))[track, 0]
    beam = float(events[EVENT + "beamPosSigmaX"].array()[0])
    significance = np.copysign(d0, sign) / np.sqrt(variance + beam**2)
    turned = (jets["phi"][jet] - phi + np.pi) % (2 * np.pi) - np.pi
    dr = np.hypot(jets["eta"][jet] + np.log(np.tan(theta / 2)), turned)
    passed = (jets["pt"] > 20_000) & (np.abs(jets["eta"]) < 2.5)
    number = np.cumsum(passed) - 1
    chosen = passed[jet]
    return Seen(
        jets[LABEL][passed],
        rnnip(events)[passed],
        number[jet[chosen]],
        significance[chosen],
        np.abs(np.sin(theta) / q_over_p)[chosen],
        dr[chosen],
        np.bincount(jet, minlength=len(passed))[passed],
    )


def flat(events: Any, name: str) -> Array:
    return ak.to_numpy(ak.flatten(events[name].array())).astype(float)


def rnnip(events: Any) -> Array:
    """log(pb / pu) of each jet; -9 where there is none."""
    link = events[JETS + "btaggingLink"].array()
    b, u = (events[f"{BTAGGING}rnnip_{p}"].array() for p in ("pb", "pu"))
    index = ak.values_astype(ak.where(link.m_persKey > 0, link.m_persIndex, 0), "i8")
    b, u = (ak.to_numpy(ak.flatten(p[index])) for p in (b, u))
    there = (ak.to_numpy(ak.flatten(link.m_persKey)) > 0) & (u > 0) & (b > 0)
    return np.where(there, np.log(np.where(there, b, 1) / np.where(there, u, 1)), -9)


def ranks(values: Array) -> Array:
    return np.argsort(np.argsort(values))


def test_jets_and_taggers_do_not_depend_on_the_tracks(events: Any) -> None:
    """They come from the same stream of random numbers as without tracks."""
    alone = sample_jets.jets(np.random.default_rng(SEED), sample.EVENTS_PER_CLUSTER).variables
    pt = flat(events, JETS + "pt")[: len(alone["pt"])]
    np.testing.assert_array_equal(pt, alone["pt"])


@pytest.mark.parametrize("name", ["d0", "numberOfSCTHits", DIAGONAL])
def test_a_seed_gives_the_same_tracks_and_another_seed_others(tmp_path: Path, name: str) -> None:
    found = []
    for i, seed in enumerate((3, 3, 4)):
        sample.write(tmp_path / f"{i}.root", 50, seed)
        with uproot.open(tmp_path / f"{i}.root") as file:
            found.append(file["EventData"][TRACKS + name].array().to_list())
    first, again, other = found
    assert first == again
    assert first != other


@pytest.mark.parametrize(("label", "mean", "none"), [(5, 5.75, 0.02), (0, 3.33, 0.18)])
def test_tracks_per_jet_as_in_a_real_derivation(
    seen: Seen, label: int, mean: float, none: float
) -> None:
    found = seen.n_tracks[seen.label == label]
    assert np.mean(found) == pytest.approx(mean, abs=0.15)
    assert np.mean(found == 0) == pytest.approx(none, abs=0.02 if none > 0.1 else 0.006)


def test_ghost_links_are_valid_and_mostly_null(events: Any) -> None:
    """Four of five are null; the others lead to different tracks of the event."""
    link = events[JETS + "GhostTrack"].array()
    key, index = ak.flatten(link.m_persKey, axis=2), ak.flatten(link.m_persIndex, axis=2)
    assert set(np.unique(ak.flatten(key))) == {0, KEY}
    assert ak.all(index[key == 0] == 0)
    assert ak.mean(key == 0) == pytest.approx(0.78, abs=0.01)
    linked = ak.sort(index[key == KEY])
    assert ak.all(linked[:, 1:] > linked[:, :-1])
    assert ak.all(ak.max(linked, axis=1) < ak.num(events[TRACKS + "d0"].array()))


def test_tracks_are_not_stored_jet_by_jet(events: Any) -> None:
    """A reader that ignores the index of a link would take the tracks of another jet."""
    link = events[JETS + "GhostTrack"].array()
    index = ak.flatten(link.m_persIndex[link.m_persKey == KEY], axis=2)
    assert ak.mean(index == ak.local_index(index)) < 0.15


def test_every_variable_has_one_entry_per_track(events: Any) -> None:
    sizes = ak.num(events[TRACKS + "d0"].array())
    names = [r.field_name for r in events.field_records if r.field_name.startswith(TRACKS)]
    assert len(names) == 17
    for name in names:
        assert ak.all(ak.num(events[name].array()) == sizes), name


def test_covariances_are_positive(events: Any) -> None:
    diagonal, off = (
        ak.to_numpy(ak.flatten(events[TRACKS + name].array())).astype(float)[:5000]
        for name in (DIAGONAL, OFF_DIAGONAL)
    )
    assert diagonal.shape[1:] == (5,)
    assert off.shape[1:] == (10,)
    assert np.all(diagonal > 0)
    correlation = np.broadcast_to(np.eye(5), (len(off), 5, 5)).copy()
    rows, columns = np.tril_indices(5, -1)
    correlation[:, rows, columns] = correlation[:, columns, rows] = off
    assert np.linalg.eigvalsh(correlation).min() > 0.01


def test_floats_of_tracks_are_shortened_as_in_atlas(events: Any) -> None:
    for names, bits in ((PARAMETERS, 15), ((DIAGONAL, OFF_DIAGONAL), 7)):
        for name in names:
            values = ak.to_numpy(ak.flatten(events[TRACKS + name].array(), axis=None))
            assert not np.any(values.view("u4") & ((1 << (23 - bits)) - 1)), name


def test_a_shortened_float_is_the_nearest_with_so_many_bits() -> None:
    """With 7 bits of mantissa, floats between 1 and 2 are 1/128 apart."""
    values = np.array([1 + 1.4 / 128, 1 + 1.6 / 128, -2 + 0.2 / 128, 0, 5])
    assert shortened(values, FEW).tolist() == [1 + 1 / 128, 1 + 2 / 128, -2, 0, 5]
    assert abs(shortened(np.array([np.pi]), MANY)[0] - np.pi) <= 2**-15
    assert values[4] == 5


def test_vertices_as_in_a_derivation(events: Any) -> None:
    """The hard collision is the first; an empty one, at the same place, is the last."""
    kind, z = events[VERTICES + "vertexType"].array(), events[VERTICES + "z"].array()
    assert ak.all(kind[:, 0] == 1)
    assert ak.all(kind[:, -1] == 0)
    assert ak.all(kind[:, 1:-1] == 3)
    assert ak.all(z[:, 0] == z[:, -1])
    assert ak.std(z[:, 0]) == pytest.approx(40, rel=0.05)
    x = events[VERTICES + "x"].array()[:, 0]
    assert ak.mean(x) == pytest.approx(-0.5, abs=0.001)
    assert ak.std(x) == pytest.approx(0.006, abs=0.001)


def test_largest_significance_tells_b_jets_from_light_ones_as_in_real_jets(seen: Seen) -> None:
    """AUC 0.92, medians 11.3, 3.8 and 0.9 in a hundred real events."""
    largest = seen.largest()
    b, c, light = (largest[(seen.label == k) & (seen.n_tracks > 0)] for k in (5, 4, 0))
    truth = np.repeat([1, 0], [len(b), len(light)])
    assert roc_auc_score(truth, np.concatenate([b, light])) == pytest.approx(0.92, abs=0.015)
    assert np.median(b) == pytest.approx(11.3, rel=0.2)
    assert 1.5 < np.median(c) < 4.5
    assert np.median(light) == pytest.approx(0.9, abs=0.2)


def test_signs_of_light_jets_are_nearly_even(seen: Seen) -> None:
    """Tracks of the primary vertex pass it on either side; those of V0s lean forward."""
    light = seen.significance[seen.label[seen.jet] == 0]
    assert np.mean(light > 0) == pytest.approx(0.53, abs=0.03)
    assert np.mean(np.abs(light) < 1) == pytest.approx(0.62, abs=0.04)


def test_taggers_see_the_displacement_of_the_tracks(seen: Seen) -> None:
    largest = seen.largest()
    for label, least in ((5, 0.65), (4, 0.40), (0, 0.05)):
        chosen = (seen.label == label) & (seen.n_tracks > 0) & (seen.rnnip > -9)
        found = np.corrcoef(ranks(seen.rnnip[chosen]), ranks(largest[chosen]))[0, 1]
        assert found > least, label


def test_tracks_find_what_rnnip_finds_and_both_find_more(seen: Seen) -> None:
    """Light rejection at 77% b efficiency, of boosted trees on the four most displaced tracks."""
    order = np.lexsort((-seen.significance, seen.jet))
    rank = np.arange(len(order)) - (np.cumsum(seen.n_tracks) - seen.n_tracks)[seen.jet[order]]
    inputs = [seen.n_tracks.astype(float)]
    for i in range(4):
        track = order[rank == i]
        for values in (seen.significance, seen.pt, seen.dr):
            inputs.append(np.full(len(seen.label), np.nan))
            inputs[-1][seen.jet[track]] = values[track]
    known = np.isin(seen.label, (0, 5))
    tracks = np.stack(inputs, axis=1)[known]
    tagger, b = seen.rnnip[known], seen.label[known] == 5
    alone = rejection(tagger, b)
    of_tracks = learned(tracks, b)
    of_both = learned(np.column_stack([tracks, tagger]), b)
    assert 0.4 * alone < of_tracks < 1.5 * alone
    assert 1.4 * alone < of_both < 4 * alone


def learned(inputs: Array, b: Array) -> float:
    half = len(b) // 2
    trees = HistGradientBoostingClassifier(random_state=0).fit(inputs[:half], b[:half])
    return rejection(trees.decision_function(inputs[half:]), b[half:])


def rejection(score: Array, b: Array) -> float:
    return float(1 / np.mean(score[~b] > np.quantile(score[b], 0.23)))


def test_a_hadron_flies_by_its_proper_time() -> None:
    """C t = 0.47 mm and p/m = 10: 4.7 mm along its momentum."""
    hadron = Particles(np.array([0]), np.array([[0, 52.8, 0]]), np.array([[1.0, 0, 0]]))
    np.testing.assert_allclose(flown(hadron, np.array([0.47]), 5.28).origin, [[1, 4.7, 0]])


def test_particles_of_a_decay_have_their_momentum_in_the_hadrons_rest_frame() -> None:
    """And isotropic there, the mean energy is boosted by E/m."""
    n, mass, momentum = 100_000, 5.0, np.array([3.0, 0, 4.0])
    hadrons = Particles(np.zeros(n, int), np.tile(12 * momentum / 5, (n, 1)), np.zeros((n, 3)))
    drawn = decayed(np.random.default_rng(1), hadrons, (mass, 0.3), np.full(n, 0.4)).momentum
    energy = np.sqrt(np.sum(drawn**2, axis=1) + 0.3**2)
    # p . P / m is the energy at rest: hypot(0.3, 0.4) = 0.5
    at_rest = (13 * energy - drawn @ (12 * momentum / 5)) / mass
    np.testing.assert_allclose(at_rest, 0.5)
    assert np.mean(energy) == pytest.approx(0.5 * 13 / 5, rel=0.005)


def test_charged_particles_of_a_b_hadron_as_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """5.4 with those of the c hadron inside: CLEO, arXiv:hep-ex/9907057."""
    monkeypatch.setattr(heavy, "KEPT", 1)
    n = 50_000
    axes = np.tile([[50.0], [0.0], [0.0]], n)
    rng = np.random.default_rng(1)
    drawn = heavy.decay_products(rng, BOTTOM, np.arange(n), axes, rng.random(n))
    assert len(drawn.jet) / n == pytest.approx(5.4, abs=0.1)


def test_the_displaced_jet_of_two_has_the_longer_flight() -> None:
    n = 2000
    latent = Latent(np.tile([-1.0, 1.0], n), np.zeros(2 * n, bool))
    full = np.ones(2 * n)
    jets = fragmentation.Jets(np.full(2 * n, BOTTOM), 50 * full, 0 * full, 0 * full, latent)
    drawn = fragmentation.particles(np.random.default_rng(1), jets)
    flight = np.linalg.norm(drawn.origin, axis=1)
    short, long = (np.median(flight[(drawn.jet % 2 == i) & (flight > 0)]) for i in (0, 1))
    assert long > 4 * short


def test_light_jets_look_heavy_where_most_displaced() -> None:
    """Of the standard normal, 0.6% lie above 2.51 and 2.8% above 1.91."""
    chance = np.array([0.0, 1.90, 1.93, 2.49, 2.53])
    full = np.ones(5)
    latent = Latent(chance, full == 0)
    jets = fragmentation.Jets(np.full(5, LIGHT), full, full, full, latent)
    looks, quantile = fragmentation._looks(jets)
    assert looks.tolist() == [LIGHT, LIGHT, CHARM, CHARM, BOTTOM]
    assert np.all((quantile > 0) & (quantile < 1))


def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tracker perfect."""
    none = dict.fromkeys(perigee.RESOLUTIONS, (0.0, 0.0, 0.0, 0.0))
    monkeypatch.setattr(perigee, "RESOLUTIONS", none)
    monkeypatch.setattr(perigee, "MOMENTUM_RESOLUTION", (0.0, 0.0))


def measured(origin: list[float], vertex: list[float], pt: float = 10.0, n: int = 1) -> Any:
    """Measure a track along x, at 45 degrees to the beam."""
    made = Particles(
        np.zeros(n, int), np.tile([pt, 0.0, pt], (n, 1)), np.tile(np.array(origin), (n, 1))
    )
    place = np.tile(np.array(vertex), (n, 1))
    return perigee.measured(np.random.default_rng(1), made, place, np.full(n, True))


@pytest.mark.parametrize(
    ("origin", "vertex", "d0", "z0"),
    [
        ([0, 0, 0], [0, 0, 7], 0, 7),
        ([0, 1, 0], [0, 0, 0], 1, 0),  # passes the beam line on the left
        ([2, 0, 0], [0, 0, 0], 0, -2),  # 2 mm further back it was 2 mm further down
        ([2, 1, 3], [1, 1, 4], 2, 4),
    ],
)
def test_perigee(
    monkeypatch: pytest.MonkeyPatch, origin: list[float], vertex: list[float], d0: float, z0: float
) -> None:
    exact(monkeypatch)
    track = measured(origin, vertex)
    assert track["d0"][0] == pytest.approx(d0, abs=1e-12)
    assert track["z0"][0] == pytest.approx(z0, abs=1e-12)
    assert (track["phi"][0], track["theta"][0]) == pytest.approx((0, np.pi / 4))
    assert abs(track["qOverP"][0]) == pytest.approx(1 / (10_000 * np.sqrt(2)))


def test_errors_are_as_large_and_correlated_as_stored() -> None:
    track = measured([0, 0, 0], [0, 0, 0], n=50_000)
    off = track[OFF_DIAGONAL][0]
    pulls = {}
    for i, (name, true) in enumerate(zip(PARAMETERS[:4], (0, 0, 0, np.pi / 4), strict=True)):
        pulls[name] = (track[name] - true) / np.sqrt(track[DIAGONAL][:, i])
        # 68% of a normal distribution within 0.994, of its 6% tail within 3 times that
        assert np.quantile(np.abs(pulls[name]), 0.6827) == pytest.approx(1.05, abs=0.02)
    assert np.corrcoef(pulls["d0"], pulls["phi"])[0, 1] == pytest.approx(off[1], abs=0.01)
    assert np.corrcoef(pulls["z0"], pulls["theta"])[0, 1] == pytest.approx(off[4], abs=0.02)
    assert np.corrcoef(pulls["d0"], pulls["z0"])[0, 1] == pytest.approx(off[0], abs=0.02)


@pytest.mark.parametrize(
    ("low", "d0_microns", "z0_microns"), [(0.8, 67, 126), (2, 34, 82), (4, 23, 69), (8, 16, 65)]
)
def test_resolution_falls_with_pt_as_in_real_tracks(
    events: Any, low: float, d0_microns: float, z0_microns: float
) -> None:
    """Medians for |eta| < 1 of 2487 tracks of a release-25 derivation: d0 and z0 sin(theta)."""
    variance = ak.to_numpy(ak.flatten(events[TRACKS + DIAGONAL].array()))
    theta, q_over_p = (flat(events, TRACKS + name) for name in ("theta", "qOverP"))
    pt = np.abs(np.sin(theta) / q_over_p) / 1000
    high = 1.2 if low == 0.8 else 2 * low
    chosen = (pt > low) & (pt < high) & (np.abs(np.log(np.tan(theta / 2))) < 1)
    d0 = 1000 * np.median(np.sqrt(variance[chosen, 0]))
    z0 = 1000 * np.median(np.sqrt(variance[chosen, 1]) * np.sin(theta[chosen]))
    assert d0 == pytest.approx(d0_microns, rel=0.25)
    assert z0 == pytest.approx(z0_microns, rel=0.15)


@pytest.mark.parametrize(
    ("name", "mean"),
    [
        ("numberOfPixelHits", 4.06),
        ("numberOfSCTHits", 8.08),
        ("numberOfInnermostPixelLayerHits", 1.018),
        ("numberOfSCTSharedHits", 0.15),
        ("numberOfPixelDeadSensors", 0.196),
    ],
)
def test_hits_on_average_as_in_real_tracks(events: Any, name: str, mean: float) -> None:
    assert np.mean(flat(events, TRACKS + name)) == pytest.approx(mean, abs=0.05)


def test_innermost_hits_are_pixel_hits_too(events: Any) -> None:
    pixel, innermost = (
        flat(events, TRACKS + f"numberOf{name}Hits") for name in ("Pixel", "InnermostPixelLayer")
    )
    assert np.all(innermost <= pixel)
