"""The plotting scripts against the tutorial's first way and scikit-learn; and the reading alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import h5py
import numpy as np
from btagging.network import network
from inputs import SCRATCH, jets
from pairing import in_turn
from results import Row, compare
from setting import Setting, local, peer


def rows(setting: Setting) -> Iterator[Row]:
    """Compare wall times, for 20 million jets."""
    n = setting.size(20_000_000)
    path = jets(n)
    yield from compare(
        f"make_hist.py, {n:,} jets",
        {
            "ours": [*local("make_hist"), path, "-o", "plots"],
            "the tutorial's way": peer("tutorial_hist", path, "plots-peer"),
        },
        {"the tutorial's way": 0.4},
        quantity="wall",
        folder=SCRATCH,
        repetitions=setting.repetitions,
    )
    yield from compare(
        f"make_roc_curves.py --nn, {n:,} jets",
        {
            "ours": [*local("make_roc_curves"), path, "-o", "plots", *setting.network()],
            "the tutorial's way": peer("tutorial_roc", path, "plots-peer", weights(setting)),
            "scikit-learn": peer("sklearn_roc", path, "plots-peer", weights(setting)),
        },
        {"the tutorial's way": 0.3, "scikit-learn": 0.2},
        quantity="wall",
        folder=SCRATCH,
        repetitions=min(setting.repetitions, 3),
    )
    yield from _reading(setting, path, n)


def weights(setting: Setting) -> Path:
    """Write the weights of the tutorial's network for the peers, which have their own reader."""
    path = SCRATCH / "model.npz"
    saved = network.load(setting.model() / "architecture.json", setting.model() / "nn.weights.h5")
    (layer,) = saved.layers
    np.savez(path, kernel=layer.kernel, bias=layer.bias)
    return path


def _reading(setting: Setting, path: Path, n: int) -> Iterator[Row]:
    """Compare the reading with the mere decompression by a faster library, in two threads."""
    if not (SCRATCH / "inflate").exists():
        return
    places = SCRATCH / "places"
    with h5py.File(path) as file:
        found: list[str] = []
        file["jets"].id.chunk_iter(lambda i: found.append(f"{i.byte_offset} {i.size}\n"))
        size = file["jets"].chunks[0] * file["jets"].dtype.itemsize
    places.write_text("".join(found))
    command = ["sh", "-c", f"./inflate {path} {size} < places"]
    print(f"reading {n:,} jets")
    costs = in_turn(
        {"ours": peer("read", path), "libdeflate": command}, SCRATCH, setting.repetitions
    )
    ours = median(float(cost.output) for cost in costs["ours"])
    theirs = median(cost.wall for cost in costs["libdeflate"])
    yield Row(
        f"reading of {n:,} jets",
        "decompression alone (libdeflate, 2 threads)",
        "wall",
        ours / theirs,
        2.0,
        f"{ours:.3g} and {theirs:.3g} s; ours without the start of Python",
    )
