"""The same with coffea's NanoEvents, PHYSLITESchema. `coffea_dump.py OUT IN...`."""

import sys

import awkward as ak
from coffea.nanoevents import NanoEventsFactory, PHYSLITESchema
from dumping import LABEL, TAGGERS, write


def read(file):
    """Give the labels and the probabilities of the jets that pass the cuts."""
    events = NanoEventsFactory.from_root(
        {file: "CollectionTree"}, schemaclass=PHYSLITESchema, mode="virtual"
    ).events()
    jets, tag = events.Jets, events.BTagging_AntiKt4EMPFlow
    passed = (jets.pt > 20e3) & (abs(jets.eta) < 2.5)
    tags = jets.btaggingLink.m_persIndex[passed]
    return ak.flatten(jets[LABEL][passed]), {
        name: [ak.to_numpy(ak.flatten(tag[f"{tagger}_p{f}"][tags])).astype("f8") for f in "bu"]
        for name, tagger in TAGGERS.items()
    }


write(sys.argv[1], map(read, sys.argv[2:]))
