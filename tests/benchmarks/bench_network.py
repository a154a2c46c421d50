"""Scoring and training against Keras used as the tutorial first did, and how well was learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import h5py
import numpy as np
from btagging import inputs
from btagging.flavours import flavour_index
from btagging.network import network
from inputs import LABEL, SCRATCH, jets
from numpy.typing import NDArray
from optimum import cross_entropy, optimum, softmax
from pairing import in_turn, run
from peers.inputs_of import normalised
from results import Row, compare
from setting import Setting, local, peer

Rows = NDArray[Any]


def rows(setting: Setting) -> Iterator[Row]:
    """Compare scoring and training, and show that the order of the jets does not matter."""
    yield from _scoring(setting)
    for n, ratio, distance in ((1_000_000, 0.15, 2e-5), (140_000, 0.5, 1e-4)):
        yield from _training(setting, setting.size(n), ratio, distance)
    n = setting.size(1_000_000)
    run([*local("train_nn"), "-o", "model-sorted", jets(n, order="label")], SCRATCH)
    yield Row(
        f"train_nn.py, {n:,} jets sorted by label",
        "the optimum with the same inputs",
        "cross-entropy",
        _distance(jets(n), _ours("model-sorted")),
        1e-4,
        "distance",
    )


def _scoring(setting: Setting) -> Iterator[Row]:
    path, model = jets(setting.size(1_000_000)), setting.model()
    print("scoring")
    for batch, target in ((32, 0.01), (262144, 0.3)):
        # The default batch takes a minute a million.
        theirs = jets(20_000 if setting.quick else 200_000) if batch == 32 else path
        costs = in_turn(
            {
                "ours": peer("predict", "numpy", path, model),
                "Keras": peer("predict", str(batch), theirs, model),
            },
            SCRATCH,
            min(setting.repetitions, 3),
        )
        ours, other = (median(float(c.output.split()[-1]) for c in runs) for runs in costs.values())
        yield Row(
            "scoring a linear network, with the preparation of its inputs",
            f"model.predict without it, batch {batch}",
            "wall",
            ours / other,
            target,
            f"{ours:.3g} and {other:.5g} ns a jet",
        )


def _training(setting: Setting, n: int, ratio: float, distance: float) -> Iterator[Row]:
    path, work = jets(n), f"train_nn.py, {n:,} jets"
    yield from compare(
        work,
        {
            "ours": [*local("train_nn"), "-o", "model-ours", path],
            "the tutorial's way": peer("tutorial_train", path, "model-peer.npz"),
        },
        {"the tutorial's way": ratio},
        quantity="wall",
        folder=SCRATCH,
        repetitions=min(setting.repetitions, 3),
    )
    saved = np.load(SCRATCH / "model-peer.npz")

    def peers(rows: Rows) -> tuple[Rows, Rows]:
        x = normalised(rows)
        return x, softmax(x @ saved["kernel"] + saved["bias"])

    mine, theirs = _distance(path, _ours("model-ours")), _distance(path, peers)
    yield Row(
        work,
        "the optimum with the same inputs",
        "cross-entropy",
        mine,
        distance,
        f"distance; the tutorial's {theirs:.2g}",
    )


def _ours(folder: str) -> Callable[[Rows], tuple[Rows, Rows]]:
    path = SCRATCH / folder
    saved = network.load(path / "architecture.json", path / "nn.weights.h5")
    return lambda rows: (inputs.prepare(saved.inputs, rows), saved.scores(rows))


def _distance(path: Path, network_of: Callable[[Rows], tuple[Rows, Rows]]) -> float:
    """Tell how much larger the cross-entropy of all jets is than it could be."""
    with h5py.File(path) as file:
        rows = file["jets"][:]
    flavour = flavour_index(rows[LABEL])
    known = flavour < 3
    x, scores = (values[known] for values in network_of(rows))
    best = optimum(x.astype(np.float64), flavour[known])
    return cross_entropy(scores, flavour[known]) - cross_entropy(best, flavour[known])
