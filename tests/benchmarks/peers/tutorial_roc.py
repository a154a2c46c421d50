"""ROC curves as the tutorial first made them: all jets in memory, np.histogram a flavour.

`tutorial_roc.py JETS PLOTS MODEL.npz`. The network is Keras's, in batches of 262144: with the
default of 32, twenty million jets would take twenty minutes.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import matplotlib.pyplot as plt
import numpy as np
from tutorial import LABEL, normalised, read, save

plt.switch_backend("agg")
path, output, weights = *sys.argv[1:3], np.load(sys.argv[3])
jets = read(path)

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
model.set_weights([weights["kernel"], weights["bias"]])
p = model.predict(normalised(jets), batch_size=262144, verbose=0)
with np.errstate(divide="ignore"):
    network = np.log(p[:, 2] / p[:, 0])

figure, panels = plt.subplots(1, 2)
columns = {name: jets[name] for name in ("rnnip_log_ratio", "jf_sig")} | {"network": network}
bounds = {"rnnip_log_ratio": (-28, 32), "jf_sig": (-50, 100), "network": (-30, 30)}
for name, values in columns.items():
    edges = np.concatenate([[-np.inf], np.linspace(*bounds[name], 10_001), [np.inf]])
    passing = {}
    for label in (0, 4, 5):
        counts, _ = np.histogram(values[jets[LABEL] == label], edges)
        passing[label] = counts[::-1].cumsum() / counts.sum()
    for panel, label in zip(panels, (0, 4), strict=True):
        with np.errstate(divide="ignore"):
            panel.plot(passing[5], 1 / passing[label], label=name)
for panel in panels:
    panel.set(yscale="log", xlim=(0.5, 1))
panel.legend()
save(figure, output, "roc")
