"""The plotting scripts against the tutorial's first way and scikit-learn; and the reading alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from btagging.network.network import load

from benchmarks.inputs import Setting, jets, local, model, network, peer
from benchmarks.pairing import SCRATCH, in_turn, medians, printed
from benchmarks.results import Row, compare


def rows(setting: Setting) -> Iterator[Row]:
    """Compare wall times, for 20 million jets."""
    n = setting.size(20_000_000)
    path = jets(n)
    programs = {
        "ours": local("make_hist", path, "-o", "plots"),
        "the tutorial's way": peer("tutorial_hist", path, "plots-peer"),
    }
    targets = {"the tutorial's way": 0.4}
    yield from compare(f"make_hist.py, {n:,} jets", programs, targets, setting.repetitions(5))
    weights = _weights()
    programs = {
        "ours": local("make_roc_curves", path, "-o", "plots", *network()),
        "the tutorial's way": peer("tutorial_roc", path, "plots-peer", weights),
        "scikit-learn": peer("sklearn_roc", path, "plots-peer", weights),
    }
    targets = {"the tutorial's way": 0.3, "scikit-learn": 0.2}
    work = f"make_roc_curves.py --nn, {n:,} jets"
    yield from compare(work, programs, targets, setting.repetitions())
    plain, work = programs["ours"], f"make_roc_curves.py --nn --fc --weight, {n:,} jets"
    programs = {"ours": [*plain, "--fc", "0.1", "--weight", "jf_sig"], "only --nn": plain}
    yield from compare(work, programs, {"only --nn": 1.5}, setting.repetitions(5))
    if (SCRATCH / "inflate").exists():
        yield _reading(setting, path, n)


def _weights() -> Path:
    """Write the weights of the tutorial's network for the peers, which have their own reader."""
    path = SCRATCH / "model.npz"
    (layer,) = load(model() / "architecture.json", model() / "nn.weights.h5").layers
    np.savez(path, kernel=layer.kernel, bias=layer.bias)
    return path


def _reading(setting: Setting, path: Path, n: int) -> Row:
    """Compare the reading with the mere decompression by a faster library, in two threads."""
    with h5py.File(path) as file:
        found: list[str] = []
        file["jets"].id.chunk_iter(lambda i: found.append(f"{i.byte_offset} {i.size}\n"))
        size = file["jets"].chunks[0] * file["jets"].dtype.itemsize
    (SCRATCH / "places").write_text("".join(found))
    work, peer_name = f"reading of {n:,} jets", "decompression alone (libdeflate, 2 threads)"
    print(work)
    programs = {
        "ours": peer("read", path),
        "libdeflate": ["sh", "-c", f"./inflate {path} {size} < places"],
    }
    runs = in_turn(programs, setting.repetitions(5))
    ours, theirs = printed(runs["ours"]), medians(runs["libdeflate"]).wall
    detail = f"{ours:.3g} and {theirs:.3g} s; ours without the start of Python"
    return Row(work, peer_name, "wall", ours / theirs, 2.0, detail)
