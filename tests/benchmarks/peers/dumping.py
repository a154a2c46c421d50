"""What the dumpers in Python share: names, and the file that they append to."""

import h5py
import numpy as np

JET, TAG = "AnalysisJetsAuxDyn.", "BTagging_AntiKt4EMPFlowAuxDyn."
LABEL = "HadronConeExclExtendedTruthLabelID"
TAGGERS = {"gn2_log_ratio": "GN2v00", "dl1d_log_ratio": "DL1dv01"}
DTYPE = [("gn2_log_ratio", "f4"), ("dl1d_log_ratio", "f4"), (LABEL, "i4")]


def write(output, parts):
    """Append parts: the jets' labels, by field their probabilities to be b and light, tracks."""
    with h5py.File(output, "w") as out:
        for label, probabilities, *tracks in parts:
            rows = np.empty(len(label), DTYPE)
            rows[LABEL] = label
            for name, (b, u) in probabilities.items():
                with np.errstate(divide="ignore", invalid="ignore"):
                    rows[name] = np.log(b / u)
            append(out, "jets", rows, 2048)
            for more in tracks:
                append(out, "tracks", more, 256)


def append(out, name, rows, chunk):
    """Append rows to a dataset, which is made if need be."""
    if name not in out:
        shape = rows.shape[1:]
        layout = {"maxshape": (None, *shape), "chunks": (chunk, *shape), "compression": "gzip"}
        out.create_dataset(name, data=rows, **layout)
    else:
        dataset = out[name]
        dataset.resize(len(dataset) + len(rows), axis=0)
        dataset[len(dataset) - len(rows) :] = rows
