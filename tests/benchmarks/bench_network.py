"""Scoring and training against Keras used as the tutorial first did, and how well was learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from btagging.flavours import FLAVOURS, flavour_index
from btagging.inputs import prepare
from btagging.network.network import load
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from benchmarks.inputs import LABEL, Setting, jets, local, model, peer
from benchmarks.pairing import SCRATCH, run
from benchmarks.peers.tutorial import normalised
from benchmarks.results import Row, compare, compare_printed

Array = NDArray[Any]
Network = Callable[[Array], tuple[Array, Array]]  # from rows to inputs and scores
OPTIMUM = ("the optimum with the same inputs", "cross-entropy")


def rows(setting: Setting) -> Iterator[Row]:
    """Compare scoring and training, and show that the order of the jets does not matter."""
    yield from _scoring(setting)
    yield from _training(setting, setting.size(1_000_000), 0.15, 2e-5)
    yield from _training(setting, 140_000, 0.5, 1e-4)
    n = setting.size(1_000_000)
    run(local("train_nn", "-o", "model-sorted", jets(n, by_label=True)))
    work = f"train_nn.py, {n:,} jets sorted by label"
    found = _distance(jets(n), _ours("model-sorted"))
    yield Row(work, *OPTIMUM, found, 1e-4, "distance")


def _scoring(setting: Setting) -> Iterator[Row]:
    work = "scoring a linear network, with the preparation of its inputs"
    path = jets(setting.size(1_000_000))
    # Keras's default batch takes a minute per million.
    few = jets(20_000 if setting.quick else 200_000)
    for batch, theirs, target in (32, few, 0.01), (262144, path, 0.3):
        keras = f"model.predict without it, batch {batch}"
        programs = {
            "ours": peer("predict", "numpy", path, model()),
            keras: peer("predict", str(batch), theirs, model()),
        }
        n, targets = setting.repetitions(), {keras: target}
        yield from compare_printed(work, programs, targets, n, unit="ns a jet")


def _training(setting: Setting, n: int, ratio: float, distance: float) -> Iterator[Row]:
    path, work = jets(n), f"train_nn.py, {n:,} jets"
    programs = {
        "ours": local("train_nn", "-o", "model-ours", path),
        "the tutorial's way": peer("tutorial_train", path, "model-peer.npz"),
    }
    yield from compare(work, programs, {"the tutorial's way": ratio}, setting.repetitions())
    ours, theirs = _distance(path, _ours("model-ours")), _distance(path, _peers)
    yield Row(work, *OPTIMUM, ours, distance, f"distance; the tutorial's {theirs:.2g}")


def _ours(folder: str) -> Network:
    saved = load(SCRATCH / folder / "architecture.json", SCRATCH / folder / "nn.weights.h5")

    def evaluate(rows: Array) -> tuple[Array, Array]:
        batch = {field: rows[field] for field in saved.fields}
        return prepare(saved.inputs, batch), saved.scores(batch)

    return evaluate


def _peers(rows: Array) -> tuple[Array, Array]:
    x, saved = normalised(rows), np.load(SCRATCH / "model-peer.npz")
    powers = np.exp(x @ saved["kernel"] + saved["bias"], dtype=np.float64)
    return x, powers / powers.sum(axis=1, keepdims=True)


def _distance(path: Path, network_of: Network) -> float:
    """Tell how much larger the cross-entropy of all jets is than it could be."""
    with h5py.File(path) as file:
        rows = file["jets"][:]
    flavour = flavour_index(rows[LABEL])
    known = flavour < len(FLAVOURS)
    x, scores = (values[known].astype(np.float64) for values in network_of(rows))
    best = LogisticRegression(C=np.inf, tol=1e-8).fit(x, flavour[known]).predict_proba(x)
    return float(log_loss(flavour[known], scores) - log_loss(flavour[known], best))
