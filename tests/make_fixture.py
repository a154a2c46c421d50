"""Write the small derivations in tests/fixtures, with ROOT itself.

Run by hand:

    pip install --pre ROOT
    python tests/make_fixture.py && python tests/make_reference.py

They have the class names and the byte layout of real derivations, a few dozen events each
(some without jets), several baskets or clusters, and random values from fixed seeds. Jets lie
on both sides of the cuts and exactly on them. Links to b-tagging objects are permuted, a tenth
are null, and an event has more objects than jets.

================== ======= ====================================================================
file               packed  what it is for
================== ======= ====================================================================
r21.root           zlib    release 21: AntiKt4EMTopoJets with an unsplit static store; a
                           time-stamped shallow copy with b-tagging of its own; rnnip (NaN and
                           infinite ratios), JetFitter, DL1r; a variable of each C++ type;
                           vectors of vectors, to be refused; baskets that end in different
                           events in each branch; EventInfo in an unsplit store
physlite.root      zstd    AnalysisJets with a split static store, DL1dv00 and GN2v00; also
                           AntiKt4EMPFlowJets without b-tagging, not to be chosen
physlite_v01.root  lzma    AnalysisJets, all variables dynamic, DL1dv01 and GN2v01: not to be
                           mixed with physlite.root
direct.root        none    GN2v01 on the jet itself; there are no links and no BTagging objects
data.root          lz4     AntiKtVR30Rmax4Rmin02TrackJets with rnnip, and no truth labels
no_events.root     zstd    physlite.root with no events
rntuple.root       zstd    physlite_v01.root as an RNTuple of several clusters
================== ======= ====================================================================
"""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ROOT
from fixture_content import Columns, container_key, data, direct, physlite, release_21

HERE = Path(__file__).resolve().parent
ZLIB, LZMA, LZ4, ZSTD, NONE = 105, 207, 404, 505, 0


def buffer(kind: str) -> tuple[Any, Callable[[Any], None]]:
    """Make the C++ object of a branch, and a function that puts an event's value into it."""
    if kind.startswith("vector<") and kind != "vector<char>":
        vector = ROOT.std.vector[kind[len("vector<") : -1]]()
        return vector, lambda values: _assign(vector, values)
    if kind == "vector<char>":
        chars = ROOT.std.vector["char"]()
        return chars, lambda values: ROOT.assign_chars(chars, values)
    if kind == "links":
        links = ROOT.BTaggingLinks()
        return links, lambda values: _assign_links(links, values)
    if kind == "xAOD::JetAuxContainer_v1":
        store = ROOT.xAOD.JetAuxContainer_v1()
        return store, lambda values: _assign_store(store, values)
    if kind == "xAOD::EventAuxInfo_v1":
        info = ROOT.xAOD.EventAuxInfo_v1()
        return info, lambda value: _assign_info(info, value)
    scalar = array({"ULong64_t": "Q", "UInt_t": "I"}[kind], [0])
    return scalar, lambda value: scalar.__setitem__(0, value)


def _assign(vector: Any, values: list[Any]) -> None:
    vector.clear()
    for value in values:
        is_char = (
            "char" in type(vector).__cpp_name__ and "unsigned" not in type(vector).__cpp_name__
        )
        vector.push_back(bytes([value % 256]).decode("latin1") if is_char else value)


def _assign_links(links: Any, values: list[tuple[int, int]]) -> None:
    links.resize(len(values))
    for link, (key, index) in zip(links, values, strict=True):
        link.m_persKey, link.m_persIndex = key, index


def _assign_store(store: Any, values: list[tuple[float, ...]]) -> None:
    for i, member in enumerate((store.pt, store.eta, store.phi, store.m)):
        _assign(member, [jet[i] for jet in values])
    store.constituentLinks.resize(len(values))
    store.constituentWeights.resize(len(values))
    for n, (link, weight) in enumerate(
        zip(store.constituentLinks, store.constituentWeights, strict=True)
    ):
        link.resize(n % 3)
        _assign(weight, [1.0] * (n % 3))


def _assign_info(info: Any, event: int) -> None:
    info.runNumber, info.eventNumber = 284500, 2**33 + 7 * event
    info.actualInteractionsPerCrossing = 20.5 + event
    info.streamTagNames.resize(event % 3, "Main")
    info.detDescrTags.clear()
    info.detDescrTags.push_back(ROOT.std.pair["string", "string"]("GEO", "R2" * event))


def write_tree(path: Path, columns: Columns, compression: int, cluster: int) -> None:
    """Write a TTree; with `cluster` 0 each branch has baskets of a size of its own."""
    file = ROOT.TFile(str(path), "RECREATE", "", compression)
    tree = ROOT.TTree("CollectionTree", "CollectionTree")
    tree.SetAutoFlush(cluster)
    setters = []
    for i, (name, column) in enumerate(columns.items()):
        address, fill = buffer(column.kind)
        size = 32000 if cluster else 700 + 100 * (i % 4)
        if isinstance(address, array):
            leaf = f"{name.rpartition('.')[2]}/{address.typecode.replace('Q', 'l').lower()}"
            tree.Branch(name, address, leaf, size)
        else:
            tree.Branch(name, address, size, int(column.split))
        setters.append((address, fill, column.values))
    for event in range(len(next(iter(columns.values())).values)):
        for _, fill, values in setters:
            fill(values[event])
        tree.Fill()
    tree.Write()
    file.Close()


def write_ntuple(path: Path, columns: Columns, compression: int, cluster: int) -> None:
    """Write an RNTuple; `cluster` is the number of events in a cluster."""
    model = ROOT.RNTupleModel.Create()
    types = {"links": "BTaggingLinks", "ULong64_t": "std::uint64_t", "UInt_t": "std::uint32_t"}
    for name, column in columns.items():
        kind = types.get(column.kind, f"std::{column.kind}")
        model.MakeField[kind](name.replace("Dyn.", "Dyn:"))
    options = ROOT.RNTupleWriteOptions()
    options.SetCompression(compression)
    writer = ROOT.RNTupleWriter.Recreate(model, "EventData", str(path), options)
    entry = writer.CreateEntry()
    for event in range(len(next(iter(columns.values())).values)):
        _fill(entry, columns, event)
        writer.Fill(entry)
        if event % cluster == cluster - 1:
            writer.CommitCluster()
    del entry, writer


def _fill(entry: Any, columns: Columns, event: int) -> None:
    for name, column in columns.items():
        field = name.replace("Dyn.", "Dyn:")
        if column.kind == "links":
            _assign_links(entry[field], column.values[event])
        elif column.kind.startswith("vector<"):
            _assign(entry[field], column.values[event])
        else:
            entry[field] = column.values[event]


def compile_classes() -> None:
    """Give ROOT the ATLAS classes."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "xaod_classes.cxx"
        source.write_bytes((HERE / "xaod_classes.h").read_bytes())
        assert ROOT.gSystem.CompileMacro(str(source), "fs", "", folder)


def fixtures() -> Iterator[tuple[str, Columns, int, int]]:
    """Name, content, compression and events in a cluster of each TTree."""
    yield "r21.root", release_21(), ZLIB, 0
    yield "physlite.root", physlite("v00", 30, split=True), ZSTD, 12
    yield "physlite_v01.root", physlite("v01", 30, split=False), LZMA, 12
    yield "direct.root", direct(), NONE, 8
    yield "data.root", data(), LZ4, 8
    yield "no_events.root", physlite("v00", 0, split=True), ZSTD, 12


if __name__ == "__main__":
    assert container_key("BTagging_AntiKt4EMPFlow") == 582299515  # as in real derivations
    compile_classes()
    (HERE / "fixtures").mkdir(exist_ok=True)
    os.chdir(HERE / "fixtures")  # ROOT keeps the name that a file is opened by inside it
    for name, columns, compression, cluster in fixtures():
        write_tree(Path(name), columns, compression, cluster)
    write_ntuple(Path("rntuple.root"), physlite("v01", 30, split=False), ZSTD, 12)
