"""Find the jets in a derivation, and the containers that hold what is known of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .daod import Daod, Store, reading
from .errors import UserError
from .links import NULL, container_key
from .xaod import EVENT, KEY, LINK, JetCollection

# Looked for in this order when the user names none, each one's time-stamped copies with it.
COLLECTIONS = (
    "AntiKt4EMPFlowJets",
    "AntiKt4EMTopoJets",
    "AnalysisJets",
    "AntiKtVR30Rmax4Rmin02TrackJets",
)

# A shallow copy made for one version of b-tagging: AntiKt4EMTopoJets_BTagging201810.
_TIME_STAMPED = re.compile(r"(.+)_BTagging\d+")


def find_jets(daod: Daod, name: str | None = None) -> JetCollection:
    """Find a jet container.

    Parameters
    ----------
    daod
        The open file.
    name
        The container; None for the first of `COLLECTIONS` that has b-tagging variables.

    Raises
    ------
    UserError
        If there is no such container.
    """
    containers = daod.store.containers()
    if name is not None:
        if name not in containers:
            jets = ", ".join(sorted(c for c in containers if "Jets" in c)) or "none"
            raise UserError(f"{daod.path}: has no jet collection {name}; it has {jets}")
        return _collection(daod, name)
    lost = ""
    for base in COLLECTIONS:
        copies = sorted((c for c in containers if _parent(c) == base), reverse=True)
        for candidate in [base, *copies]:
            if candidate in containers:
                found = _collection(daod, candidate)
                if found.has_taggers:
                    return found
                if LINK in found.places and found.btagging is None:
                    lost = f"; the links of {candidate} lead to no container of this file"
    raise UserError(
        f"{daod.path}: none of {', '.join(COLLECTIONS)} is there with b-tagging variables{lost}; "
        "choose a collection with -c"
    )


def _parent(name: str) -> str | None:
    """Return the container that a time-stamped one is a shallow copy of."""
    match = _TIME_STAMPED.fullmatch(name)
    return match[1] if match else None


def _collection(daod: Daod, name: str) -> JetCollection:
    """Collect where the variables of a jet, its b-tagging object and its event are."""
    with reading(daod.path):
        store = daod.store
        own = [name, *filter(None, [_parent(name)])]
        places = _places(store, own)
        btagging = _btagging(store, name, places[LINK]) if LINK in places else None
        places = _places(store, [*own, *filter(None, [btagging]), EVENT])
    for variable in ("pt", "eta"):
        if variable not in places:
            raise UserError(f"{daod.path}: the jets of {name} have no {variable}")
    return JetCollection(daod, name, btagging, places)


def _places(store: Store, containers: Sequence[str]) -> dict[str, str]:
    """For each variable the first of some containers that has it."""
    return {v: container for container in reversed(containers) for v in store.variables(container)}


def _btagging(store: Store, jets: str, holder: str) -> str | None:
    """Name the container that the links of some jets point to, None if there is none."""
    names = {container_key(name): name for name in store.containers() if "BTagging" in name}
    for start, stop in store.ranges():
        keys = store.read([(holder, KEY)], start, stop)[holder, KEY].values
        if np.any(keys != NULL):
            return names.get(int(keys[keys != NULL][0]))
    # No jet has a b-tagging object here, so nothing will be read; what there is in other
    # files is known from the container whose name is like that of the jets.
    stem = jets.partition("Jets")[0]
    return min(names.values(), key=lambda name: (stem not in name, name), default=None)
