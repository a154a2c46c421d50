"""The discriminants that are compared, and the jets: those that no network was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from btagging.discriminants import Discriminant, known
from btagging.errors import UserError, shown
from btagging.jets.dump_attributes import ROUNDED
from btagging.jets.stream import Jets
from btagging.jets.track_checks import check_tracks
from btagging.jets.track_file import read_track_file
from btagging.network import variables
from btagging.ratios import RatioOptions

if TYPE_CHECKING:
    from btagging.network.network import Network


def find_discriminants(
    jets: Jets,
    networks: Sequence[Network],
    options: RatioOptions,
    taggers: Sequence[str] | None = None,
) -> list[Discriminant]:
    """List the discriminants of the files, then those of networks.

    Parameters
    ----------
    options
        The signal, and the fractions of its backgrounds.
    taggers
        Names or titles of those to take from the files; None: all.

    Raises
    ------
    UserError
        If there is none at all, or none of a name, or as `require_alike`.
    """
    for network in networks:
        require_alike(jets, network)
    found = known(jets.fields, jets.sources, options=options, needed=not networks)
    if taggers is not None:
        found = [named("--taggers", name, found) for name in taggers]
    return found + [network.discriminant(options, i) for i, network in enumerate(networks, 1)]


def require_alike(jets: Jets, network: Network) -> None:
    """Refuse fields and tracks that mean something else than those that a network was trained on.

    Raises
    ------
    UserError
        Names the file, the field and what it was made from, here and in the training.
    """
    file, inputs, sources = jets.files[0], network.inputs, jets.sources
    if network.tracks:
        tracks, there = network.tracks.variables, read_track_file(file)
        check_tracks(there, tracks.n_max, tracks.selection, tracks.association)
        inputs, sources = (*inputs, *tracks.inputs), {**sources, **there.sources}
    for i in inputs:
        here, before = (s.removesuffix(ROUNDED) for s in (sources.get(i.field, ""), i.source))
        if here and before and here != before:
            raise UserError(
                f"{file.path}: field '{shown(i.field)}' was made from {shown(here)}, but the "
                f"network was trained on {shown(before)}; train it again"
            )


def named(option: str, name: str, discriminants: Sequence[Discriminant]) -> Discriminant:
    """Find a discriminant by its name, or by its title in legends.

    Raises
    ------
    UserError
        If there is none of this name.
    """
    for discriminant in discriminants:
        if name in (discriminant.name, discriminant.title):
            return discriminant
    there = ", ".join(shown(discriminant.name) for discriminant in discriminants)
    raise UserError(f"{option} {shown(name)}: no such discriminant; there are: {there}")


def chosen_pair(names: Sequence[str] | None, discriminants: Sequence[Discriminant]) -> list[int]:
    """Find the indices of two discriminants, the first two by default; none if there is one."""
    if names is None:
        return [0, 1] if len(discriminants) > 1 else []
    return [discriminants.index(named("--pair", name, discriminants)) for name in names]


def unseen_jets(jets: Jets, *networks: Network) -> Jets:
    """Leave out the jets that any network was trained on, and say where that is unknown.

    Raises
    ------
    UserError
        If some of the jets were trained on, but not which.
    """
    for network in networks:
        if network.training is None:
            path = network.path.with_name(variables.NAME)
            print(f"{path} does not say which jets the network was trained on: all are used")
        else:
            jets = network.training.unseen(jets)
    return jets
