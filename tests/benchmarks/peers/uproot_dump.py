"""A dumper as one writes it in ten minutes: uproot, awkward, h5py. `uproot_dump.py OUT IN...`."""

import sys

import awkward as ak
import h5py
import numpy as np
import uproot

output, *files = sys.argv[1:]
JET, TAG = "AnalysisJetsAuxDyn.", "BTagging_AntiKt4EMPFlowAuxDyn."
LINK = f"{JET}btaggingLink/{JET}btaggingLink.m_persIndex"
LABEL = "HadronConeExclExtendedTruthLabelID"
TAGGERS = {"gn2_log_ratio": "GN2v00", "dl1d_log_ratio": "DL1dv01"}
names = [f"{JET}pt", f"{JET}eta", LINK, JET + LABEL]
names += [f"{TAG}{tagger}_p{f}" for tagger in TAGGERS.values() for f in "bu"]

with h5py.File(output, "w") as out:
    dtype = [("gn2_log_ratio", "f4"), ("dl1d_log_ratio", "f4"), (LABEL, "i4")]
    dataset = out.create_dataset(
        "jets", (0,), dtype, maxshape=(None,), chunks=(2048,), compression="gzip"
    )
    for file in files:
        a = uproot.open(file)["CollectionTree"].arrays(names)
        passed = (a[f"{JET}pt"] > 20e3) & (abs(a[f"{JET}eta"]) < 2.5)
        tags = a[LINK][passed]
        rows = np.empty(ak.sum(passed), dtype)
        rows[LABEL] = ak.flatten(a[JET + LABEL][passed])
        for name, tagger in TAGGERS.items():
            b, u = (
                ak.to_numpy(ak.flatten(a[f"{TAG}{tagger}_p{f}"][tags])).astype("f8") for f in "bu"
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                rows[name] = np.log(b / u)
        dataset.resize(len(dataset) + len(rows), axis=0)
        dataset[len(dataset) - len(rows) :] = rows
