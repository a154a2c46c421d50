"""Histograms as the tutorial first made them: all jets in memory, np.histogram a flavour."""

import sys
from pathlib import Path

import h5py
import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

LABEL = "HadronConeExclExtendedTruthLabelID"
BOUNDS = {"rnnip_log_ratio": (-8, 12), "jf_sig": (0, 50)}
FLAVOURS = {"b": 5, "c": 4, "light": 0}
path, output = sys.argv[1], Path(sys.argv[2])
output.mkdir(exist_ok=True)
with h5py.File(path) as file:
    jets = np.asarray(file["jets"])

for name, bounds in BOUNDS.items():
    edges = np.linspace(*bounds, 51)
    figure, panel = plt.subplots()
    for flavour, label in FLAVOURS.items():
        values = jets[name][jets[LABEL] == label]
        counts, _ = np.histogram(values, np.concatenate([[-np.inf], edges, [np.inf]]))
        panel.step(edges[:-1], counts[1:-1] / counts.sum(), where="post", label=flavour)
    panel.set(yscale="log", xlabel=name)
    panel.legend()
    for ending in "pdf", "png":
        figure.savefig(output / f"{name}.{ending}")

colours = []
edges = [np.linspace(*bounds, 51) for bounds in BOUNDS.values()]
for label in FLAVOURS.values():
    chosen = jets[jets[LABEL] == label]
    counts, *_ = np.histogram2d(*(chosen[name] for name in BOUNDS), edges)
    colours.append(np.log1p(counts.T) / np.log1p(counts.max()))
figure, panel = plt.subplots()
panel.imshow(np.dstack(colours), origin="lower", aspect="auto")
for ending in "pdf", "png":
    figure.savefig(output / f"correlation.{ending}")
