"""The jets that a network may be judged on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from btagging.jets.stream import Jets
from btagging.jets.track_checks import check_selection
from btagging.network import variables

if TYPE_CHECKING:
    from btagging.network.network import Network


def unseen_jets(jets: Jets, network: Network) -> Jets:
    """Leave out the jets that a network was trained on, and say where that cannot be known.

    Raises
    ------
    UserError
        If some of the jets were trained on, but not which; or their tracks are others.
    """
    if network.tracks:
        check_selection(jets.files[0], network.tracks.variables.selection)
    if network.training is None:
        path = network.path.with_name(variables.NAME)
        print(f"{path} does not say which jets the network was trained on: all are used")
        return jets
    return network.training.unseen(jets)
