"""A dumper as one writes it in ten minutes: uproot, awkward, h5py.

`uproot_dump.py TRACKS_PER_JET OUT IN...`; without tracks if they are 0.
"""

import sys

import awkward as ak
import uproot
from dumping import JET, LABEL, TAG, TAGGERS, write
from tracks import padded

LINK = f"{JET}btaggingLink/{JET}btaggingLink.m_persIndex"
names = [f"{JET}pt", f"{JET}eta", LINK, JET + LABEL]
names += [f"{TAG}{tagger}_p{f}" for tagger in TAGGERS.values() for f in "bu"]
n_tracks, output, *files = sys.argv[1:]


def read(file):
    """Give the labels and the probabilities of the jets that pass the cuts, and their tracks."""
    tree = uproot.open(file)["CollectionTree"]
    a = tree.arrays(names)
    passed = (a[f"{JET}pt"] > 20e3) & (abs(a[f"{JET}eta"]) < 2.5)
    tags = a[LINK][passed]
    yield ak.flatten(a[JET + LABEL][passed])
    yield {
        name: [ak.to_numpy(ak.flatten(a[f"{TAG}{tagger}_p{f}"][tags])).astype("f8") for f in "bu"]
        for name, tagger in TAGGERS.items()
    }
    if n_tracks != "0":
        yield padded(lambda c, name: tree[f"{c}AuxDyn.{name}"].array(), passed, int(n_tracks))


write(output, map(read, files))
