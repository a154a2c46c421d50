"""The tracks of the sample as a derivation stores them, and the links from jets to tracks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.sample.fragmentation import Jets, particles
from dumpxaod.sample.hits import INNERMOST, hits
from dumpxaod.sample.particles import Particles, joined, momenta
from dumpxaod.sample.perigee import measured, reconstructed
from dumpxaod.sample.precision import FEW, MANY, shortened
from dumpxaod.sample.vertices import BEAM, vertices
from dumpxaod.xaod.links import NULL, TRACKS_CLID, container_key

Array = NDArray[Any]

TRACKS, VERTICES = "InDetTrackParticles", "PrimaryVertices"

# Tracks outside jets: mean number per event, median pt in GeV, standard deviation of its logarithm.
LONE, LONE_PT, LONE_PT_SPREAD, LONE_REACH = 2.0, 5.0, 1.0, 2.3
# Links to thinned tracks: mean in a central jet, and shape of the gamma distribution of the mean.
THINNED, THINNED_SHAPE, THINNED_REACH = 12.0, 4.5, 2.5


def stored(rng: np.random.Generator, jets: Jets, counts: Array, links_of: str) -> dict[str, Any]:
    """Draw the tracks and vertices of some events.

    Parameters
    ----------
    jets
        What their tracks depend on, event by event.
    counts
        Number of jets in each event.
    links_of
        Name of the field with the links from the jets to their tracks.

    Returns
    -------
    dict of str to awkward.Array
        By the name of the field, one entry per event.
    """
    import awkward as ak  # slow

    n_events = len(counts)
    vertex, n_vertices, found = vertices(rng, n_events)
    made, event = _in_events(rng, jets, np.repeat(np.arange(n_events), counts), n_events)
    tracks = _measured(rng, made, vertex[event])
    n_tracks = np.bincount(event, minlength=n_events)
    index = np.arange(len(event)) - (np.cumsum(n_tracks) - n_tracks)[event]
    n_links, links = _links(rng, made.jet, index, jets)

    def per_event(container: str, values: Mapping[str, Any], sizes: Array) -> dict[str, Any]:
        return {f"{container}AuxDyn:{name}": ak.unflatten(x, sizes) for name, x in values.items()}

    return {
        **{f"EventInfoAuxDyn:{name}": np.full(n_events, x, "f4") for name, x in BEAM.items()},
        **per_event(VERTICES, found, n_vertices),
        **per_event(TRACKS, tracks, n_tracks),
        links_of: ak.unflatten(ak.unflatten(ak.zip(links), n_links), counts),
    }


def _in_events(
    rng: np.random.Generator, jets: Jets, event: Array, n_events: int
) -> tuple[Particles, Array]:
    """Draw the particles that leave tracks, event by event, and return them with their events.

    Those outside jets have jet -1.
    """
    inside = particles(rng, jets)
    lone_event = np.repeat(np.arange(n_events), rng.poisson(LONE, n_events))
    n = len(lone_event)
    pt = LONE_PT * np.exp(LONE_PT_SPREAD * rng.normal(size=n))
    eta, phi = rng.uniform(-LONE_REACH, LONE_REACH, n), rng.uniform(-np.pi, np.pi, n)
    lone = Particles(np.full(n, -1), momenta(pt, eta, phi), np.zeros((n, 3)))
    made, in_event = joined(inside, lone), np.concatenate([event[inside.jet], lone_event])
    order = np.lexsort((rng.random(len(in_event)), in_event))
    order = order[reconstructed(rng, made.at(order))]
    return made.at(order), in_event[order]


def _measured(rng: np.random.Generator, made: Particles, vertex: Array) -> dict[str, Any]:
    """Measure the tracks of particles: by event-data name, one entry per track."""
    import awkward as ak  # slow

    counted = hits(rng, len(made.jet))
    tracks = measured(rng, made, vertex, counted[INNERMOST] > 0)
    covariances = {name: values for name, values in tracks.items() if values.ndim == 2}
    return {
        **{name: shortened(values, MANY) for name, values in tracks.items()},
        **{name: ak.from_regular(shortened(x, FEW)) for name, x in covariances.items()},
        **counted,
    }


def _links(
    rng: np.random.Generator, jet: Array, index: Array, jets: Jets
) -> tuple[Array, dict[str, Array]]:
    """Count the links of each jet, and make them: to the kept tracks, and null to the others."""
    n_jets, inside = len(jets.pt), jet >= 0
    mean = np.where(np.abs(jets.eta) < THINNED_REACH, THINNED, 0)
    thinned = rng.poisson(rng.gamma(THINNED_SHAPE, mean / THINNED_SHAPE))
    of_jet = np.concatenate([jet[inside], np.repeat(np.arange(n_jets), thinned)])
    n_null = int(thinned.sum())
    key = np.repeat(
        np.array([container_key(TRACKS, TRACKS_CLID), NULL], "u4"), [inside.sum(), n_null]
    )
    index = np.concatenate([index[inside], np.zeros(n_null, int)]).astype("u4")
    order = np.lexsort((rng.random(len(of_jet)), of_jet))
    links = {"m_persKey": key[order], "m_persIndex": index[order]}
    return np.bincount(of_jet, minlength=n_jets), links
