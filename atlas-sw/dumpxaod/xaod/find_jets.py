"""Find the jets of a derivation, and the containers with their variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dumpxaod.errors import UserError, shown
from dumpxaod.rootio.daod import Daod, Store, errors_about
from dumpxaod.xaod.jet_collection import EVENT, KEY, LINK, JetCollection
from dumpxaod.xaod.links import NULL, container_key

# The default is the first of these with b-tagging, or of their time-stamped copies.
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
    name
        The container; None for the first of `COLLECTIONS` that has b-tagging variables, or
        the first that exists if none has.

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
    """List a container and those that it is a shallow copy of, judging by its name.

    A copy takes variables that it lacks from its parent: AnalysisJets_JET_JER__1up from
    AnalysisJets.
    """
    parents = [c for c in containers if name.startswith(f"{c}_")]
    return [name, *sorted(parents, key=len, reverse=True)]


def _collection(daod: Daod, name: str) -> JetCollection:
    """Find the variables of a jet, of its b-tagging object and of its event."""
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
    """Map each variable to the first of some containers that has it."""
    return {v: container for container in reversed(containers) for v in store.variables(container)}


def _btagging(store: Store, jets: str, holder: str, names: dict[int, str]) -> str | None:
    """Name the container that the links of some jets lead to; None if it does not exist."""
    for start, stop in store.ranges():
        keys = store.read([(holder, KEY)], start, stop)[holder, KEY].values
        if np.any(keys != NULL):
            return next((names[key] for key in keys.tolist() if key in names), None)
    # No jet here has a b-tagging object, so nothing will be read of one. The container with a
    # name like that of the jets tells what other files have.
    stem = jets.partition("Jets")[0]
    return min(names.values(), key=lambda name: (stem not in name, name), default=None)
