"""What the dumpers in Python share: names, and the file that they append to."""

import h5py
import numpy as np

JET, TAG = "AnalysisJetsAuxDyn.", "BTagging_AntiKt4EMPFlowAuxDyn."
LABEL = "HadronConeExclExtendedTruthLabelID"
TAGGERS = {"gn2_log_ratio": "GN2v00", "dl1d_log_ratio": "DL1dv01"}
DTYPE = [("gn2_log_ratio", "f4"), ("dl1d_log_ratio", "f4"), (LABEL, "i4")]


def write(output, parts):
    """Append parts: the jets' labels, and by field their probabilities to be b and light."""
    with h5py.File(output, "w") as out:
        dataset = out.create_dataset(
            "jets", (0,), DTYPE, maxshape=(None,), chunks=(2048,), compression="gzip"
        )
        for label, probabilities in parts:
            rows = np.empty(len(label), DTYPE)
            rows[LABEL] = label
            for name, (b, u) in probabilities.items():
                with np.errstate(divide="ignore", invalid="ignore"):
                    rows[name] = np.log(b / u)
            dataset.resize(len(dataset) + len(rows), axis=0)
            dataset[len(dataset) - len(rows) :] = rows
