"""Train a small network on UPP's output with salt, for one epoch on the CPU, and evaluate it.

use_salt.py FOLDER
    FOLDER: where use_upp.py was before
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
import yaml
from ftag.hdf5 import H5Reader
from step import call, tell

NAME = "small"
LAYER = {"activation": "ReLU"}


def main() -> None:
    """Train, evaluate, and rate the result."""
    folder = Path(sys.argv[1]).resolve()
    prepared, out = folder / "upp" / "countup", folder / "salt"
    if not (prepared / "pp_output_test_ttbar.h5").exists():
        raise SystemExit(f"{prepared} holds no jets: run the peer upp before")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with h5py.File(prepared / "pp_output_train.h5") as file:
        n_train, order = len(file["jets"]), list(file["jets"].attrs["flavour_label"])
    inputs = list(yaml.safe_load((prepared / "norm_dict.yaml").read_text())["jets"])
    config = {
        "name": NAME,
        "model": model(),
        "data": data(prepared, inputs, n_train),
        "trainer": {"max_epochs": 1, "accelerator": "cpu", "default_root_dir": str(out / "logs")},
    }
    (out / "config.yaml").write_text(yaml.safe_dump(config))
    call("salt", "fit", "--config", out / "config.yaml", "--force")
    (checkpoint,) = out.rglob("*.ckpt")
    tell(
        f"`salt fit`, {len(inputs)} inputs, one epoch on the CPU",
        f"{n_train:,} jets; checkpoint {checkpoint.name}; classes {', '.join(order)}",
    )
    trained = checkpoint.parents[1] / "config.yaml"
    test = prepared / "pp_output_test_ttbar.h5"
    call("salt", "test", "--config", trained, "--data.test_file", test)
    scored = next(out.rglob("*__test_*.h5")).rename(out / "scored.h5")
    evaluate(scored, len(H5Reader(test).load()["jets"]))


def model() -> dict[str, object]:
    """Describe a network that sees no tracks, as DL1 does."""
    task = {
        "name": "jets_classification",
        "input_name": "jets",
        "label": "flavour_label",
        "loss": {"class_path": "torch.nn.CrossEntropyLoss"},
        "dense_config": {"input_size": 32, "hidden_layers": [16], "output_size": 3, **LAYER},
    }
    first = {
        "input_name": "jets",
        "attach_global": False,
        "dense_config": {"hidden_layers": [32], "output_size": 32, **LAYER},
    }
    tasks = [{"class_path": "salt.models.ClassificationTask", "init_args": task}]
    network = {
        "init_nets": [first],
        "tasks": {"class_path": "torch.nn.ModuleList", "init_args": {"modules": tasks}},
    }
    return {
        "lrs_config": {"initial": 1e-4, "max": 1e-2, "end": 1e-4, "pct_start": 0.2},
        "model": {"class_path": "salt.models.SaltModel", "init_args": network},
    }


def data(prepared: Path, inputs: list[str], n_train: int) -> dict[str, object]:
    """Name UPP's files; few jets need small batches."""
    return {
        "variables": {"jets": inputs},
        "train_file": str(prepared / "pp_output_train.h5"),
        "val_file": str(prepared / "pp_output_val.h5"),
        "norm_dict": str(prepared / "norm_dict.yaml"),
        "class_dict": str(prepared / "class_dict.yaml"),
        "batch_size": min(100, n_train // 4),
        "num_workers": 0,
        "persistent_workers": False,
        "prefetch_factor": None,
    }


def evaluate(path: Path, n_test: int) -> None:
    """Look at the probabilities that salt wrote beside the jets."""
    scored = H5Reader(path).load()["jets"]  # which knows LZ4, the compression of salt's files
    assert len(scored) == n_test
    names = [f"{NAME}_p{flavour}" for flavour in "bcu"]
    np.testing.assert_allclose(sum(scored[name] for name in names), 1, atol=1e-3)
    labels = scored["HadronConeExclTruthLabelID"]
    found = auc(scored[names[0]][labels == 5], scored[names[0]][labels == 0])
    tell(
        "`salt test`",
        f"{len(scored):,} jets with {', '.join(names)}; AUC of b against light {found:.3f}",
    )


def auc(b_jets: np.ndarray, others: np.ndarray) -> float:
    """Compute how often a b-jet has a larger value than another jet."""
    return float(np.mean(b_jets[:, None] > others[None, :]))


if __name__ == "__main__":
    main()
