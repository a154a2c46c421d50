"""The jets that a network may be judged on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from btagging.jets.stream import Jets
from btagging.jets.tracks import check_tracks
from btagging.network import variables

if TYPE_CHECKING:
    from btagging.network.network import Network


def unseen_jets(jets: Jets, network: Network, *, all_jets: bool = False) -> Jets:
    """Leave out the jets that a network was trained on, and say where that cannot be known.

    Parameters
    ----------
    jets
        The files; the jets of each are those that the network knows how to read.
    network
        The network.
    all_jets
        Whether to keep all, whatever it was trained on.

    Raises
    ------
    UserError
        If some of the jets were trained on, but not which; or their tracks are others.
    """
    if network.tracks:
        tracks = network.tracks.variables
        check_tracks(jets.files[0], tracks.n_max, tracks.selection, tracks.association)
    if all_jets:
        return jets
    if network.training is None:
        path = network.path.with_name(variables.NAME)
        print(f"{path} does not say which jets the network was trained on: all are used")
        return jets
    return network.training.unseen(jets)
