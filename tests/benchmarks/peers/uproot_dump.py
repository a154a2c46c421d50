"""A dumper as one writes it in ten minutes: uproot, awkward, h5py. `uproot_dump.py OUT IN...`."""

import sys

import awkward as ak
import uproot
from dumping import JET, LABEL, TAG, TAGGERS, write

LINK = f"{JET}btaggingLink/{JET}btaggingLink.m_persIndex"
names = [f"{JET}pt", f"{JET}eta", LINK, JET + LABEL]
names += [f"{TAG}{tagger}_p{f}" for tagger in TAGGERS.values() for f in "bu"]


def read(file):
    """Give the labels and the probabilities of the jets that pass the cuts."""
    a = uproot.open(file)["CollectionTree"].arrays(names)
    passed = (a[f"{JET}pt"] > 20e3) & (abs(a[f"{JET}eta"]) < 2.5)
    tags = a[LINK][passed]
    return ak.flatten(a[JET + LABEL][passed]), {
        name: [ak.to_numpy(ak.flatten(a[f"{TAG}{tagger}_p{f}"][tags])).astype("f8") for f in "bu"]
        for name, tagger in TAGGERS.items()
    }


write(sys.argv[1], map(read, sys.argv[2:]))
