"""Find the jets in a derivation, and the containers that hold what is known of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dumpxaod.errors import UserError, shown
from dumpxaod.rootio.daod import Daod, Store, errors_about
from dumpxaod.xaod.jet_collection import EVENT, KEY, LINK, JetCollection
from dumpxaod.xaod.links import NULL, container_key

# Looked for in this order when the user names none, each one's time-stamped copies with it.
COLLECTIONS = (
    "AntiKt4EMPFlowJets",
    "AntiKt4EMTopoJets",
    "AnalysisJets",
    "AntiKtVR30Rmax4Rmin02TrackJets",
)

NOWHERE = " (its links lead to no container of this file)"

# A shallow copy made for one version of b-tagging: AntiKt4EMTopoJets_BTagging201810.
_TIME_STAMPED = re.compile(r"(.+)_BTagging\d+")


def find_jets(daod: Daod, name: str | None = None) -> JetCollection:
    """Find a jet container.

    Parameters
    ----------
    daod
        The open file.
    name
        The container; None for the first of `COLLECTIONS` that has b-tagging variables, or
        for the first at all if none has.

    Raises
    ------
    UserError
        If there is no such container.
    """
    containers = daod.store.containers()
    if name is not None:
        if name not in containers:
            jets = ", ".join(sorted(shown(c, 60) for c in containers if "Jets" in c)) or "none"
            raise UserError(f"{daod.path}: has no jet collection {name}; it has {jets}")
        return _collection(daod, name)
    found = []
    for candidate in _candidates(containers):
        found.append(_collection(daod, candidate))
        if found[-1].has_taggers or found[-1].lost not in ("", NOWHERE):
            return found[-1]
    if not found:
        raise UserError(
            f"{daod.path}: none of {', '.join(COLLECTIONS)} is there; choose a collection with -c"
        )
    return found[0]


def _candidates(containers: set[str]) -> Iterator[str]:
    for base in COLLECTIONS:
        copies = (c for c in containers if (m := _TIME_STAMPED.fullmatch(c)) and m[1] == base)
        yield from (c for c in [base, *sorted(copies, reverse=True)] if c in containers)


def _with_parents(name: str, containers: Iterable[str]) -> list[str]:
    """List a container and those that it is a shallow copy of, as its name says.

    A copy takes from its parent what it lacks: AnalysisJets_JET_JER__1up from AnalysisJets.
    """
    parents = [c for c in containers if name.startswith(f"{c}_")]
    return [name, *sorted(parents, key=len, reverse=True)]


def _collection(daod: Daod, name: str) -> JetCollection:
    """Collect where the variables of a jet, its b-tagging object and its event are."""
    with errors_about(daod.path):
        store = daod.store
        names = store.containers()
        own = _with_parents(name, names)
        link_names = {container_key(other): other for other in names if "BTagging" in other}
        places = _places(store, own)
        btagging, lost = None, ""
        if LINK in places:
            try:
                btagging = _btagging(store, name, places[LINK], link_names)
                lost = "" if btagging else NOWHERE
            except UserError as error:
                lost = f" ({error})"
        containers = [*own, *filter(None, [btagging]), EVENT]
        places = _places(store, containers)
    for variable in ("pt", "eta"):
        if variable not in places:
            raise UserError(f"{daod.path}: the jets of {shown(name)} have no {variable}")
    return JetCollection(daod, name, btagging, places, tuple(containers), link_names, lost)


def _places(store: Store, containers: Sequence[str]) -> dict[str, str]:
    """For each variable the first of some containers that has it."""
    return {v: container for container in reversed(containers) for v in store.variables(container)}


def _btagging(store: Store, jets: str, holder: str, names: dict[int, str]) -> str | None:
    """Name the container that the links of some jets lead to, None if there is none."""
    for start, stop in store.ranges():
        keys = store.read([(holder, KEY)], start, stop)[holder, KEY].values
        if np.any(keys != NULL):
            return next((names[key] for key in keys.tolist() if key in names), None)
    # No jet has a b-tagging object here, so nothing will be read; what there is in other
    # files is known from the container whose name is like that of the jets.
    stem = jets.partition("Jets")[0]
    return min(names.values(), key=lambda name: (stem not in name, name), default=None)
