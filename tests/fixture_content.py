"""What the small derivations of make_fixture.py hold: branches of seeded random values."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

N_JETS = (3, 0, 5, 1, 4, 2, 0, 7, 3, 1)
BTAGGING_CLID = 1264356158
NUMBERS: dict[str, tuple[float, ...]] = {
    "double": (1 / 3, -1e30, 0.1),
    "short": (-32768, 32767, -2),
    "unsigned short": (65535, 0, 2),
    "int": (-(2**31), 2**31 - 1, -3),
    "unsigned int": (2**32 - 1, 0, 3),
    "Long64_t": (-(2**52) - 1, 2**52 + 1, -4),
    "ULong64_t": (2**53 - 1, 0, 4),
    "char": (-128, 127, -5),
    "unsigned char": (255, 0, 5),
    "bool": (True, False, True),
}


class Column(NamedTuple):
    """A branch: its C++ type ("links" for the vector of element links), one value per event."""

    kind: str
    values: list[Any]
    split: bool = False


Columns = dict[str, Column]
Jets = list[list[tuple[float, float, float, float]]]


def container_key(name: str) -> int:
    """Compute the key of element links to a BTagging container: Athena's crc64, 30 bits of it."""
    bits = name.encode() + BTAGGING_CLID.to_bytes(4, "little")
    crc = 2**64 - 1
    for byte in bits:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x95AC9329AC4BC9B5 if crc & 1 else 0)
    return crc % 2**30


def jets(rng: random.Random, n_events: int) -> Jets:
    """Give each event some jets: pt in MeV, falling, eta, phi and mass."""
    kinematics = []
    for event in range(n_events):
        pts = sorted(8e3 + rng.expovariate(1 / 4e4) for _ in range(N_JETS[event % 10]))[::-1]
        kinematics.append([(pt, rng.uniform(-3.5, 3.5), rng.uniform(-3, 3), pt / 9) for pt in pts])
    kinematics[2][0] = (20000.0, 0.5, 1.0, 3e3)  # on the cut: pt has to be above it
    kinematics[2][1] = (19999.998, 0.5, 1.0, 3e3)
    kinematics[2][2] = (20000.002, 0.5, 1.0, 3e3)
    kinematics[4][0] = (50000.0, 2.5, 1.0, 3e3)  # on the cut: |eta| has to be below it
    kinematics[4][1] = (50000.0, -2.4999998, 1.0, 3e3)
    return kinematics


def static_store(name: str, kinematics: Jets, *, split: bool) -> Columns:
    """Put the kinematics into one object, as release 21 does."""
    return {f"{name}Aux.": Column("xAOD::JetAuxContainer_v1", kinematics, split)}


def dynamic_store(name: str, kinematics: Jets) -> Columns:
    """Put the kinematics into a branch for each variable."""
    names = ("pt", "eta", "phi", "m")
    return {
        f"{name}AuxDyn.{variable}": Column("vector<float>", [[j[i] for j in e] for e in kinematics])
        for i, variable in enumerate(names)
    }


def labels(rng: random.Random, name: str, kinematics: Jets) -> Columns:
    """Give the jets truth labels."""
    extended = [[rng.choice((0, 0, 0, 4, 5, 5, 15, 44, 54, 55)) for _ in e] for e in kinematics]
    short = [[{44: 4, 54: 5, 55: 5}.get(label, label) for label in e] for e in extended]
    prefix = f"{name}AuxDyn.HadronConeExcl"
    return {
        f"{prefix}TruthLabelID": Column("vector<int>", short),
        f"{prefix}ExtendedTruthLabelID": Column("vector<int>", extended),
    }


def links(rng: random.Random, name: str, target: str, kinematics: Jets) -> Columns:
    """Link the jets to b-tagging objects in another order; a tenth of the links are null."""
    key = container_key(target)
    values = []
    for event in kinematics:
        order = rng.sample(range(n_objects(event)), len(event))
        values.append([(0, 0) if rng.random() < 0.1 else (key, index) for index in order])
    return {f"{name}AuxDyn.btaggingLink": Column("links", values, split=True)}


def n_objects(event: list[Any]) -> int:
    """How many b-tagging objects an event has: up to two more than jets."""
    return len(event) + len(event) % 3


def probabilities(rng: random.Random, prefix: str, kind: str, counts: list[int]) -> Columns:
    """Give so many objects in each event the three probabilities of a tagger."""
    columns = {f"{prefix}_p{flavour}": Column(kind, [[] for _ in counts]) for flavour in "ucb"}
    for event, n in enumerate(counts):
        for _ in range(n):
            weights = [rng.expovariate(1) ** 2 for _ in columns]
            for column, weight in zip(columns.values(), weights, strict=True):
                column.values[event].append(weight / sum(weights))
    return columns


def release_21_tagging(rng: random.Random, name: str, counts: list[int]) -> Columns:
    """Give b-tagging objects rnnip, JetFitter and DL1r; rnnip and JetFitter can fail."""
    prefix = f"{name}AuxDyn."
    columns = probabilities(rng, f"{prefix}rnnip", "vector<double>", counts)
    columns |= probabilities(rng, f"{prefix}DL1r", "vector<double>", counts)
    for flavours, share in (("ucb", 0.1), ("b", 0.1), ("u", 0.1)):
        for event, n in enumerate(counts):
            for i in range(n):
                if rng.random() < share:
                    for flavour in flavours:
                        columns[f"{prefix}rnnip_p{flavour}"].values[event][i] = 0.0
    significance = [[max(0.0, rng.gauss(2, 8)) for _ in range(n)] for n in counts]
    significance[2][0] = float("nan")
    return columns | {f"{prefix}JetFitter_significance3d": Column("vector<float>", significance)}


def event_numbers(n_events: int) -> Columns:
    """Give each event a number above 32 bits, and all of them one dataset."""
    numbers = [2**33 + 7 * event for event in range(n_events)]
    return {
        "EventInfoAuxDyn.eventNumber": Column("ULong64_t", numbers),
        "EventInfoAuxDyn.mcChannelNumber": Column("UInt_t", [410470] * n_events),
    }


def one_of_each_type(name: str, kinematics: Jets) -> Columns:
    """Give the jets a variable of each type, and two that are not one number per jet."""
    columns = {
        f"{name}AuxDyn.as_{kind.replace(' ', '_')}": Column(
            f"vector<{kind}>", [[values[i % 3] for i in range(len(e))] for e in kinematics]
        )
        for kind, values in NUMBERS.items()
    }
    for kind in ("float", "int"):
        values = [[[n, 2 * n] for n in range(len(e))] for e in kinematics]
        columns[f"{name}AuxDyn.{kind}s_of_each"] = Column(f"vector<vector<{kind}>>", values)
    return columns


def release_21(n_events: int = 30) -> Columns:
    """Make the content of r21.root."""
    rng = random.Random("r21")
    name, copy = "AntiKt4EMTopoJets", "AntiKt4EMTopoJets_BTagging201810"
    kinematics = jets(rng, n_events)
    columns = static_store(name, kinematics, split=False)
    columns["EventInfoAux."] = Column("xAOD::EventAuxInfo_v1", list(range(n_events)))
    columns["EventInfoAuxDyn.mcChannelNumber"] = Column("UInt_t", [410470] * n_events)
    columns |= labels(rng, name, kinematics) | one_of_each_type(name, kinematics)
    for jet_name, target in (
        (name, "BTagging_AntiKt4EMTopo"),
        (copy, "BTagging_AntiKt4EMTopo_201810"),
    ):
        columns |= links(rng, jet_name, target, kinematics)
        columns |= release_21_tagging(rng, target, [n_objects(e) for e in kinematics])
    return columns


def physlite(version: str, n_events: int, *, split: bool) -> Columns:
    """Make the content of physlite.root and physlite_v01.root."""
    rng = random.Random(version)
    name, target = "AnalysisJets", "BTagging_AntiKt4EMPFlow"
    kinematics = jets(rng, max(n_events, 10))[:n_events]
    counts = [n_objects(e) for e in kinematics]
    columns = event_numbers(n_events)
    if split:
        columns |= static_store("AntiKt4EMPFlowJets", kinematics[::-1], split=True)
        columns |= static_store(name, kinematics, split=True)
    else:
        columns |= dynamic_store(name, kinematics)
    columns |= labels(rng, name, kinematics) | links(rng, name, target, kinematics)
    for tagger in ("DL1d", "GN2"):
        prefix = f"{target}AuxDyn.{tagger}{version}"
        columns |= probabilities(rng, prefix, "vector<float>", counts)
    return columns


def direct(n_events: int = 20) -> Columns:
    """Make the content of direct.root."""
    rng = random.Random("direct")
    name, kinematics = "AnalysisJets", jets(rng, n_events)
    columns = event_numbers(n_events) | dynamic_store(name, kinematics)
    columns |= labels(rng, name, kinematics)
    counts = [len(e) for e in kinematics]
    return columns | probabilities(rng, f"{name}AuxDyn.GN2v01", "vector<float>", counts)


def data(n_events: int = 20) -> Columns:
    """Make the content of data.root."""
    rng = random.Random("data")
    name, target = "AntiKtVR30Rmax4Rmin02TrackJets", "BTagging_AntiKtVR30Rmax4Rmin02Track"
    kinematics = jets(rng, n_events)
    columns = event_numbers(n_events) | static_store(name, kinematics, split=False)
    del columns["EventInfoAuxDyn.mcChannelNumber"]
    columns |= links(rng, name, target, kinematics)
    return columns | release_21_tagging(rng, target, [n_objects(e) for e in kinematics])
