"""ROC curves with scikit-learn: exact, from sorted lists. `sklearn_roc.py JETS PLOTS MODEL.npz`."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_curve
from tutorial import LABEL, normalised, read, save

plt.switch_backend("agg")
path, output, weights = *sys.argv[1:3], np.load(sys.argv[3])
jets = read(path)
logits = normalised(jets) @ (weights["kernel"][:, 2] - weights["kernel"][:, 0])

figure, panels = plt.subplots(1, 2)
for values in (np.nan_to_num(jets["rnnip_log_ratio"], nan=-1e9), jets["jf_sig"], logits):
    for panel, label in zip(panels, (0, 4), strict=True):
        chosen = (jets[LABEL] == label) | (jets[LABEL] == 5)
        fake, real, _ = roc_curve(jets[LABEL][chosen] == 5, values[chosen])
        at = np.searchsorted(real, np.linspace(0.5, 1, 501))
        with np.errstate(divide="ignore"):
            panel.plot(real[at], 1 / fake[at])
for panel in panels:
    panel.set(yscale="log", xlim=(0.5, 1))
save(figure, output, "roc")
