"""A training with salt on UPP's files, and what comes of it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import yaml
from ftag.hdf5 import H5Reader
from step import call, tell

NAME = "small"
LAYER = {"activation": "ReLU"}


@dataclass(frozen=True)
class Training:
    """What salt is to do.

    Parameters
    ----------
    folder
        Where use_upp.py was before.
    out
        The name of a new folder in there.
    network
        What `SaltModel` is made from, but for its task.
    width
        Number of outputs of the network, from which the task makes the classes.
    inputs
        The fields of each dataset that are inputs.
    epochs
        How often each jet is seen.
    """

    folder: Path
    out: str
    network: dict[str, Any]
    width: int
    inputs: dict[str, list[str]]
    epochs: int

    @property
    def prepared(self) -> Path:
        """What UPP has left."""
        found = self.folder / "upp" / "countup"
        if not (found / "pp_output_test_ttbar.h5").exists():
            raise SystemExit(f"{found} holds no jets: run the peer upp before")
        return found

    def run(self) -> None:
        """Train, let the best checkpoint judge the jets of the test, and rate that."""
        out = self.folder / self.out
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        config = {
            "name": NAME,
            "model": self._model(),
            "data": self._data(),
            "trainer": {
                "max_epochs": self.epochs,
                "accelerator": "cpu",
                "default_root_dir": str(out / "logs"),
            },
        }
        (out / "config.yaml").write_text(yaml.safe_dump(config))
        call("salt", "fit", "--config", out / "config.yaml", "--force")
        checkpoints = sorted(out.rglob("*.ckpt"))
        losses = [
            float(re.findall(r"val_loss=([\d.]+)\.ckpt", path.name)[0]) for path in checkpoints
        ]
        assert len(losses) == self.epochs
        assert np.isfinite(losses).all()
        assert losses[-1] <= losses[0], f"the loss rises: {losses}"
        fields = ", ".join(f"{len(names)} inputs of {name}" for name, names in self.inputs.items())
        shown = ", ".join(f"{loss:.3f}" for loss in losses)
        what = f"`salt fit`, {fields}, on the CPU, number of epochs: {self.epochs}"
        tell(what, f"{self._n_train:,} jets; loss of the validation: {shown}")
        test = self.prepared / "pp_output_test_ttbar.h5"
        trained = checkpoints[0].parents[1] / "config.yaml"
        call("salt", "test", "--config", trained, "--data.test_file", test)
        scored = next(out.rglob("*__test_*.h5")).rename(out / "scored.h5")
        rate(scored, len(H5Reader(test).load()["jets"]))

    @property
    def _n_train(self) -> int:
        with h5py.File(self.prepared / "pp_output_train.h5") as file:
            return len(file["jets"])

    def _model(self) -> dict[str, Any]:
        dense = {"input_size": self.width, "hidden_layers": [16], "output_size": 3, **LAYER}
        task = {
            "name": "jets_classification",
            "input_name": "jets",
            "label": "flavour_label",
            "loss": {"class_path": "torch.nn.CrossEntropyLoss"},
            "dense_config": dense,
        }
        tasks = [{"class_path": "salt.models.ClassificationTask", "init_args": task}]
        modules = {"class_path": "torch.nn.ModuleList", "init_args": {"modules": tasks}}
        return {
            "lrs_config": {"initial": 1e-4, "max": 1e-2, "end": 1e-4, "pct_start": 0.2},
            "model": {
                "class_path": "salt.models.SaltModel",
                "init_args": {**self.network, "tasks": modules},
            },
        }

    def _data(self) -> dict[str, Any]:
        """Name UPP's files; few jets need small batches."""
        return {
            "variables": self.inputs,
            "train_file": str(self.prepared / "pp_output_train.h5"),
            "val_file": str(self.prepared / "pp_output_val.h5"),
            "norm_dict": str(self.prepared / "norm_dict.yaml"),
            "class_dict": str(self.prepared / "class_dict.yaml"),
            "batch_size": min(100, self._n_train // 4),
            "num_workers": 0,
            "persistent_workers": False,
            "prefetch_factor": None,
        }


def rate(path: Path, n_test: int) -> None:
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
