"""What the plotting scripts have in common: what they draw, what they say, and what they write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from btagging.discriminants import Discriminant, known
from btagging.errors import shown
from btagging.jets.stream import Jets


def discriminants_of(jets: Jets, network_files: list[Path] | None) -> list[Discriminant]:
    """Collect the discriminants that the jets have, and the network's.

    Raises
    ------
    UserError
        If there are none, or the network does not fit the files.
    """
    found = known(jets.fields, jets.sources, needed=network_files is None)
    if network_files is None:
        return found
    from btagging.network import network

    return [*found, network.load(*network_files).discriminant()]


def not_trained_on(jets: Jets, network_files: list[Path] | None) -> Jets:
    """Leave out the jets that a network was trained on, and say where that cannot be known.

    Raises
    ------
    UserError
        If some of the jets were trained on, but not which.
    """
    if network_files is None:
        return jets
    from btagging.network import variables

    path = network_files[0].with_name(variables.NAME)
    record = variables.read(path).training
    if record is None:
        print(f"{path} does not say which jets the network was trained on: all are used")
        return jets
    return record.unseen(jets)


def summary(jets: Jets, left_out: Mapping[int, int]) -> str:
    """Say what was read, and what was left out and why."""
    n_jets = sum(file.n_jets for file in jets.files)
    kind = f"{jets.kind}: " if jets.kind else ""
    lines = [f"read {n_jets:,} jets ({kind}{shown(jets.sample)})"]
    if jets.kept:
        lines.append(
            f"used {jets.n_jets:,} held-out jets: the network was trained on the others "
            "(--all-jets for all)"
        )
    lines += [f"left out jets with label {label}: {n:,}" for label, n in left_out.items()]
    lines += [
        f"left out field {shown(name)}, which not all files have" for name in jets.partial_fields
    ]
    return "\n".join(lines)
