"""Prepare our jets for a training with the whole chain of umami-preprocessing (UPP).

use_upp.py FOLDER
    FOLDER: with tracks.h5 of dump-xaod --tracks
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import yaml
from chosen_tracks import INPUTS as TRACK_INPUTS
from chosen_tracks import check_prepared
from ftag import Flavours
from step import call, tell

FLAVOURS = ("bjets", "cjets", "ujets")
SPLITS = {"train": range(6), "val": [6, 7], "test": [8, 9]}  # eventNumber modulo 10
FEW = 5000  # jets per flavour in the training
CHUNK = 100  # jets: with tracks UPP writes no smaller file
INPUTS = ("pt_btagJes", "eta_btagJes", "DL1dv01_pb", "DL1dv01_pc", "DL1dv01_pu")
LABELS = ("HadronConeExclTruthLabelID", "eventNumber", "GN2v01_pb", "GN2v01_pc", "GN2v01_pu")
Plan = dict[str, tuple[Sequence[int], int]]
"""Of each split the last digits of its event numbers, and how many jets of a flavour it gets."""

BINS = {"pt_btagJes": [[20_000, 60_000, 2], [60_000, 250_000, 2]], "absEta_btagJes": [[0, 2.5, 2]]}


def main() -> None:
    """Run the chain with both methods of resampling, the second of which is left for salt."""
    folder = Path(sys.argv[1])
    with h5py.File(folder / "tracks.h5") as file:
        jets = file["jets"][:]
    plan = available(jets, SPLITS)
    if min(n for _, n in plan.values()) * len(FLAVOURS) < CHUNK:
        plan = available(jets, dict.fromkeys(SPLITS, range(10)))
        tell("few jets", "the files for test, training and validation are of the same events")
    for method in ("pdf", "countup"):
        out = folder / "upp" / method
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        config = out / "config.yaml"
        config.write_text(yaml.safe_dump(configuration(folder, out, method, plan)))
        call("preprocess", "--config", config, "--split", "all")
        check(out, plan, method)
        tell(f"tracks of these, by {method}", check_prepared(folder / "tracks.h5", out))


def available(jets: np.ndarray, splits: dict[str, Sequence[int]]) -> Plan:
    """Count the jets per flavour and split; a few less than the rarest flavour has."""
    inside = (jets["pt_btagJes"] > 20_000) & (jets["pt_btagJes"] < 250_000)
    plan = {}
    for split, last_digits in splits.items():
        chosen = jets[inside & np.isin(jets["eventNumber"] % 10, list(last_digits))]
        rarest = min(len(Flavours[name].cuts(chosen).idx) for name in FLAVOURS)
        plan[split] = last_digits, min(FEW, int(0.8 * rarest))
    return plan


def configuration(folder: Path, out: Path, method: str, plan: Plan) -> dict[str, object]:
    """Write down what UPP should do, as in its own single-b.yaml."""
    component = {
        "region": {"name": "lowpt", "cuts": [["pt_btagJes", ">", 20_000]]},
        "sample": {"name": "ttbar", "pattern": "tracks.h5", "equal_global_objects": False},
        "classes": list(FLAVOURS),
        "num_global_objects": plan["train"][1],
        "num_global_objects_val": plan["val"][1],
        "num_global_objects_test": plan["test"][1],
    }
    return {
        "global": {
            "base_dir": str(folder.resolve()),
            "ntuple_dir": ".",
            "components_dir": str(out.resolve() / "components"),
            "out_dir": str(out.resolve()),
            "batch_size": 20_000,
            "num_global_objects_estimate": 20_000,
            "num_global_objects_estimate_available": -1,
        },
        "global_cuts": {
            split: [["eventNumber", "%10>=", digits[0]], ["eventNumber", "%10<=", digits[-1]]]
            for split, (digits, _) in plan.items()
        },
        "components": [component],
        "resampling": {
            "target": "cjets",
            "method": method,
            "sampling_fraction": "auto",
            "variables": {name: {"bins": bins} for name, bins in BINS.items()},
        },
        "variables": {
            "jets": {"inputs": list(INPUTS), "labels": list(LABELS)},
            "tracks": {"inputs": list(TRACK_INPUTS), "labels": ["ptfrac"]},
        },
    }


def check(out: Path, plan: Plan, method: str) -> None:
    """Look at what was written."""
    with h5py.File(out / "pp_output_train.h5") as file:
        train = file["jets"][:]
        order = list(file["jets"].attrs["flavour_label"])
    for name, label in zip(order, range(len(order)), strict=True):
        chosen = train[train["flavour_label"] == label]
        assert len(chosen) == plan["train"][1], f"{len(chosen)} {name}"
    scales = yaml.safe_load((out / "norm_dict.yaml").read_text())["jets"]
    assert set(INPUTS) <= scales.keys()
    before, after = spectra(out.parents[1] / "tracks.h5", train, order, plan)
    written = [h5py.File(path)["jets"].shape[0] for path in sorted(out.glob("pp_output_*.h5"))]
    pictures = len(list((out / "plots").glob("*.png")))
    tell(
        f"`preprocess`: resampling by {method}, merge, normalise, plots",
        f"{', '.join(f'{n:,}' for n in written)} jets in the files for test, training and "
        f"validation, {pictures} pictures; mean pT of b-jets and light jets, relative to c-jets: "
        f"{before} before, {after} after",
    )


def spectra(path: Path, train: np.ndarray, order: list[str], plan: Plan) -> tuple[str, str]:
    """Tell the mean pT of b-jets and light jets relative to c-jets, before and after."""
    with h5py.File(path) as file:
        jets = file["jets"][:]
    last_digits, _ = plan["train"]
    jets = jets[(jets["pt_btagJes"] < 250_000) & (jets["eventNumber"] % 10 <= last_digits[-1])]
    pt_before = {n: jets[Flavours[n].cuts(jets).idx]["pt_btagJes"].mean() for n in FLAVOURS}
    pt_after = {
        name: train["pt_btagJes"][train["flavour_label"] == label].mean()
        for label, name in enumerate(order)
    }
    return relative(pt_before), relative(pt_after)


def relative(means: dict[str, float]) -> str:
    """Show two means relative to the third."""
    return " and ".join(f"{means[name] / means['cjets']:.2f}" for name in ("bjets", "ujets"))


if __name__ == "__main__":
    main()
