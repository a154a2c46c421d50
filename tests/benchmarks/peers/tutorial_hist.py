"""Histograms as the tutorial first made them: all jets in memory, np.histogram a flavour."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from tutorial import LABEL, read, save

plt.switch_backend("agg")
BOUNDS = {"rnnip_log_ratio": (-8, 12), "jf_sig": (0, 50)}
FLAVOURS = {"b": 5, "c": 4, "light": 0}
path, output = sys.argv[1:]
jets = read(path)

for name, bounds in BOUNDS.items():
    edges = np.linspace(*bounds, 51)
    figure, panel = plt.subplots()
    for flavour, label in FLAVOURS.items():
        values = jets[name][jets[LABEL] == label]
        counts, _ = np.histogram(values, np.concatenate([[-np.inf], edges, [np.inf]]))
        panel.step(edges[:-1], counts[1:-1] / counts.sum(), where="post", label=flavour)
    panel.set(yscale="log", xlabel=name)
    panel.legend()
    save(figure, output, name)

colours = []
edges = [np.linspace(*bounds, 51) for bounds in BOUNDS.values()]
for label in FLAVOURS.values():
    chosen = jets[jets[LABEL] == label]
    counts, *_ = np.histogram2d(*(chosen[name] for name in BOUNDS), edges)
    colours.append(np.log1p(counts.T) / np.log1p(counts.max()))
figure, panel = plt.subplots()
panel.imshow(np.dstack(colours), origin="lower", aspect="auto")
save(figure, output, "correlation")
