"""The same with coffea's NanoEvents, PHYSLITESchema. `coffea_dump.py TRACKS_PER_JET OUT IN...`."""

import sys

import awkward as ak
from coffea.nanoevents import NanoEventsFactory, PHYSLITESchema
from dumping import LABEL, TAGGERS, write
from tracks import padded

n_tracks, output, *files = sys.argv[1:]


def read(file):
    """Give the labels and the probabilities of the jets that pass the cuts, and their tracks."""
    events = NanoEventsFactory.from_root(
        {file: "CollectionTree"}, schemaclass=PHYSLITESchema, mode="virtual"
    ).events()
    jets, tag = events.Jets, events.BTagging_AntiKt4EMPFlow
    passed = (jets.pt > 20e3) & (abs(jets.eta) < 2.5)
    tags = jets.btaggingLink.m_persIndex[passed]
    yield ak.flatten(jets[LABEL][passed])
    yield {
        name: [ak.to_numpy(ak.flatten(tag[f"{tagger}_p{f}"][tags])).astype("f8") for f in "bu"]
        for name, tagger in TAGGERS.items()
    }
    if n_tracks != "0":
        yield padded(
            lambda c, name: events[c.removeprefix("Analysis")][name], passed, int(n_tracks)
        )


write(output, map(read, files))
