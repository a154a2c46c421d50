"""Synthetic ttbar events in the format of a DAOD, for everyone without a grid proxy.

To a reader the file is a release-25 DAOD_PHYSLITE that also has the RNNIP and JetFitter variables
of release 21. Its tracks are those that such a derivation keeps.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError
from dumpxaod.output import write_atomically
from dumpxaod.rootio.daod import SYNTHETIC_KEY
from dumpxaod.sample import EVENTS, SEED
from dumpxaod.sample import jets as sample_jets
from dumpxaod.sample.fragmentation import Jets
from dumpxaod.sample.tracks import stored
from dumpxaod.terminal import progress
from dumpxaod.xaod.links import NULL, container_key

Array = NDArray[Any]

NOTE = "Synthetic ttbar, seed {}"  # on every plot

EVENT_INFO, JETS, BTAGGING = "EventInfo", "AnalysisJets", "BTagging_AntiKt4EMPFlow"
DATASET = 410470  # the number of the tutorial's ttbar dataset
NULL_LINKS = 0.003  # fraction of BTagging objects that a derivation has thinned away
CALIBRATION_SPREAD = 0.10  # of pt; BTagging objects stay in the order before the calibration
EVENTS_PER_CLUSTER = 5_000


def write(path: Path, n_events: int = EVENTS, seed: int = SEED) -> None:
    """Write a sample; the file appears when it is complete, and replaces an older one.

    Parameters
    ----------
    n_events
        At least one.
    seed
        The same seed gives the same events.

    Raises
    ------
    UserError
        If a number is out of range, or the file can't be written.
    """
    if n_events < 1 or seed < 0:
        raise UserError(f"{n_events} events with seed {seed}: ask for 1 or more, and a seed from 0")
    with write_atomically(path) as (partial,):
        _write(partial, n_events, seed)


def _write(path: Path, n_events: int, seed: int) -> None:
    import uproot  # slow

    if not hasattr(uproot.WritableDirectory, "mkrntuple"):
        raise UserError(
            f"uproot {uproot.__version__} cannot write RNTuples; pip install 'uproot>=5.6.1'"
        )
    rng = np.random.default_rng(seed)
    of_tracks = np.random.default_rng((seed, 1))  # so that jets do not depend on their tracks
    # zlib has a checksum, unlike zstd in ROOT's blocks.
    with uproot.recreate(path, compression=uproot.ZLIB(3)) as file:
        file[SYNTHETIC_KEY] = NOTE.format(seed)
        with progress(n_events, "events") as reach:
            for first in range(0, n_events, EVENTS_PER_CLUSTER):
                events = _cluster(
                    (rng, of_tracks), first, min(EVENTS_PER_CLUSTER, n_events - first)
                )
                if first == 0:
                    ntuple = file.mkrntuple("EventData", events.layout.form)
                ntuple.extend(events)
                reach(first + len(events), "")


def _cluster(
    generators: tuple[np.random.Generator, np.random.Generator], first: int, n_events: int
) -> Any:
    """Draw the events from number `first` on, one record per event."""
    import awkward as ak  # slow

    rng, of_tracks = generators
    counts, jets, flavour, latent = sample_jets.jets(rng, n_events)
    event = np.repeat(np.arange(n_events), counts)
    linked, links = _links(rng, event, jets["pt"])
    linked_counts = np.bincount(event[linked], minlength=n_events)
    one = np.ones(n_events, dtype="i8")
    fields = {
        f"{EVENT_INFO}AuxDyn:eventNumber": np.arange(first + 1, first + n_events + 1, dtype="u8"),
        f"{EVENT_INFO}AuxDyn:mcChannelNumber": np.full(n_events, DATASET, dtype="u4"),
        f"{EVENT_INFO}AuxDyn:mcEventWeights": ak.unflatten(one.astype("f4"), one),
        f"{JETS}AuxDyn:btaggingLink": ak.unflatten(ak.zip(links), counts),
    }
    for name, values in jets.items():
        if name in sample_jets.ON_THE_JET:
            fields[f"{JETS}AuxDyn:{name}"] = ak.unflatten(values, counts)
        else:
            fields[f"{BTAGGING}AuxDyn:{name}"] = ak.unflatten(values[linked], linked_counts)
    pt, eta, phi = (jets[name].astype(float) for name in ("pt", "eta", "phi"))
    with_tracks = Jets(flavour, pt / 1000, eta, phi, latent)
    fields |= stored(of_tracks, with_tracks, counts, f"{JETS}AuxDyn:GhostTrack")
    return ak.zip(fields, depth_limit=1)


def _links(rng: np.random.Generator, event: Array, pt: Array) -> tuple[Array, dict[str, Array]]:
    """Choose the jet of each BTagging object, and make the links from the jets to them."""
    null = rng.random(len(pt)) < NULL_LINKS
    uncalibrated = pt * np.exp(rng.normal(0, CALIBRATION_SPREAD, len(pt)))
    linked = np.lexsort((-uncalibrated, event))
    linked = linked[~null[linked]]
    index = np.zeros(len(pt), dtype="u4")
    first = np.searchsorted(event[linked], event[linked])
    index[linked] = np.arange(len(linked)) - first
    key = np.where(null, NULL, container_key(BTAGGING)).astype("u4")
    return linked, {"m_persKey": key, "m_persIndex": index}
