"""The same with coffea's NanoEvents, PHYSLITESchema. `coffea_dump.py OUT IN...`."""

import sys

import awkward as ak
import h5py
import numpy as np
from coffea.nanoevents import NanoEventsFactory, PHYSLITESchema

output, *files = sys.argv[1:]
LABEL = "HadronConeExclExtendedTruthLabelID"
TAGGERS = {"gn2_log_ratio": "GN2v00", "dl1d_log_ratio": "DL1dv01"}

with h5py.File(output, "w") as out:
    dtype = [("gn2_log_ratio", "f4"), ("dl1d_log_ratio", "f4"), (LABEL, "i4")]
    dataset = out.create_dataset(
        "jets", (0,), dtype, maxshape=(None,), chunks=(2048,), compression="gzip"
    )
    for file in files:
        events = NanoEventsFactory.from_root(
            {file: "CollectionTree"}, schemaclass=PHYSLITESchema, mode="virtual"
        ).events()
        jets = events.Jets
        passed = (jets.pt > 20e3) & (abs(jets.eta) < 2.5)
        tags = jets.btaggingLink.m_persIndex[passed]
        rows = np.empty(ak.sum(passed), dtype)
        rows[LABEL] = ak.flatten(jets[LABEL][passed])
        for name, tagger in TAGGERS.items():
            b, u = (
                ak.to_numpy(
                    ak.flatten(events.BTagging_AntiKt4EMPFlow[f"{tagger}_p{f}"][tags])
                ).astype("f8")
                for f in "bu"
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                rows[name] = np.log(b / u)
        dataset.resize(len(dataset) + len(rows), axis=0)
        dataset[len(dataset) - len(rows) :] = rows
