"""Draw ROC curves of our jets with puma, and compare its numbers with ours.

use_puma.py FOLDER
    FOLDER: with jets.h5 of dump-xaod and roc.json of make_roc_curves.py
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np
import yaml
from ftag import Flavours
from ftag.utils import calculate_rejection
from puma import Roc, RocPlot
from puma.hlplots import Results, Tagger
from step import EFFICIENCIES, call, compare, our_points, tell

LABEL = "HadronConeExclExtendedTruthLabelID"
LOG_RATIO = {"fc": 0.0, "fu": 1.0, "ftau": 0.0}  # D_b with these is log(p_b / p_u)
OFFICIAL = {"fc": 0.2, "fu": 0.79, "ftau": 0.01}  # of GN2
WITH_TAU = "GN2v01"  # the ratio panels need all backgrounds in the reference


def main() -> None:
    """Draw everything that the high-level API has, then compare numbers."""
    folder = Path(sys.argv[1])
    shutil.rmtree(folder / "puma", ignore_errors=True)
    with h5py.File(folder / "jets.h5") as file:
        names = file["jets"].dtype.names
    names = [name.removesuffix("_pb") for name in names if name.endswith("_pb")]
    draw(folder, names)
    results = load(folder, names, LOG_RATIO)
    for tagger in results.taggers.values():
        compare_points(tagger, folder)
    rate_official(load(folder, [WITH_TAU], OFFICIAL).taggers.values())
    draw_roc(results, folder / "puma" / "roc.png")
    draw_from_yaml(folder.resolve())


def load(folder: Path, names: list[str], fractions: dict[str, float]) -> Results:
    """Load taggers of the jets that our plots use, too: those with label 0, 4, 5 or 15."""
    results = Results(
        signal="bjets",
        sample="ours",
        output_dir=folder / "puma",
        extension="png",
        perf_vars=["pt", "absEta_btagJes"],
        global_cuts=[(LABEL, "<", 40)],
        label_var=["HadronConeExclTruthLabelID", LABEL],
    )
    for name in names:
        flavours = ["ujets", "cjets", "bjets"] + ["taujets"] * (name == WITH_TAU)
        tagger = Tagger(
            name,
            fxs=dict(fractions),
            sample_path=folder / "jets.h5",
            output_flavours=flavours,
            reference=name == WITH_TAU,
            aux_tasks=[],
        )
        results.add(tagger)
    results.load()
    return results


def draw(folder: Path, names: list[str]) -> None:
    """Draw all that `Results` can draw."""
    results = load(folder, names, OFFICIAL)
    results.plot_probs()
    results.plot_discs(bins=40, bins_range=(-12, 12))
    results.plot_rocs()
    results.plot_var_perf(working_point=0.77, bins=[20, 40, 60, 100, 250])
    results.plot_fraction_scans(backgrounds_to_plot=["cjets", "ujets"], efficiency=0.77)
    pictures = len(results.saved_plots)
    assert pictures == len(list((folder / "puma").rglob("*.png")))
    what = "`Results`: probabilities, D_b, ROC, efficiency against pT, scan of f_c"
    tell(what, f"{pictures} pictures of {', '.join(names)}")


def compare_points(tagger: Tagger, folder: Path) -> None:
    """Compare rejections at the same efficiencies, and at the same cuts."""
    points, n_light = our_points(folder / "roc.json", tagger.name)
    ours = [point["light_rejection"] for point in points]
    b, light = (tagger.labels[LABEL] == label for label in (5, 0))  # the label that we go by
    scores = tagger.discriminant("bjets")

    def rate(what: str, scores: np.ndarray) -> None:
        found = calculate_rejection(scores[b], scores[light], target_eff=list(EFFICIENCIES))
        shown = ", ".join(f"{value:.4g}" for value in found)
        tell(what, f"{shown}; largest relative difference to ours {compare(found, ours, n_light)}")

    rate(f"{tagger.name}, f_c = 0: light rejection at 60, 70, 77, 85, 90%", scores)
    no_value = np.all([tagger.scores[name] == 0 for name in tagger.scores.dtype.names], axis=0)
    if no_value.any():
        scores = np.where(no_value, -1e9, scores)
        rate(f"the same, {no_value.sum():,} jets with all p = 0 as the least b-like", scores)
    cuts = [point["cut"] for point in points]
    found = [calculate_rejection(scores[b], scores[light], cut_value=cut)[0] for cut in cuts]
    difference = compare(found, ours, n_light)
    tell("the same at the cuts of our table", f"largest relative difference to ours {difference}")


def rate_official(taggers: Iterable[Tagger]) -> None:
    """Tell the rejections of the collaboration's own D_b."""
    for tagger in taggers:
        scores, labels = tagger.discriminant("bjets"), tagger.labels[LABEL]
        shown = []
        for flavour, label in {"light": 0, "c": 4, "tau": 15}.items():
            both = scores[labels == 5], scores[labels == label]
            found = calculate_rejection(*both, target_eff=list(EFFICIENCIES))
            shown.append(f"{flavour} {', '.join(f'{value:.4g}' for value in found)}")
        what = f"{tagger.name}, f_c = 0.2, f_tau = 0.01: rejections at 60, 70, 77, 85, 90%"
        tell(what, "; ".join(shown))


def draw_roc(results: Results, path: Path) -> None:
    """Draw a ROC curve with puma's own classes."""
    efficiencies = np.linspace(0.5, 1, 100)
    plot = RocPlot(n_ratio_panels=1, ylabel="Light rejection", xlabel="b efficiency")
    for tagger in results.taggers.values():
        scores = tagger.discriminant("bjets")
        b, light = scores[tagger.is_flav("bjets")], scores[tagger.is_flav("ujets")]
        curve = Roc(
            efficiencies,
            calculate_rejection(b, light, target_eff=efficiencies),
            n_test=len(light),
            rej_class=Flavours.ujets,
            signal_class=Flavours.bjets,
            label=tagger.name,
        )
        plot.add_roc(curve, reference=tagger.reference)
    plot.set_ratio_class(1, Flavours.ujets)
    plot.draw()
    plot.savefig(path)
    tell("`Roc`, `RocPlot`", f"{len(results.taggers)} curves of 100 points")


def draw_from_yaml(folder: Path) -> None:
    """Draw what a configuration of `yuma` asks for, with c-jets for signal."""
    fractions = {"fb": 0.3, "fu": 0.69, "ftau": 0.01}
    curve = {"signal": "cjets", "plot_kwargs": {"x_range": [0.2, 1]}}
    config = {
        "plot_dir": str(folder / "puma"),
        "results_config": {"sample": "ours", "sample_path": "jets.h5", "extension": "png"},
        "taggers_config": {
            "ours": {"name": WITH_TAU, "fxs": fractions, "reference": True, "aux_tasks": []}
        },
        "plots": {"roc": [curve], "probs": [{"signal": "cjets"}]},
    }
    path = folder / "puma" / "from_yaml.yaml"
    path.write_text(yaml.safe_dump(config))
    call("yuma", "--config", path, "--dir", folder)
    pictures = len(list((folder / "puma" / "from_yaml").rglob("*.png")))
    assert pictures, "no pictures"
    tell("`yuma`: ROC and probabilities for c-jets, f_b = 0.3", f"{pictures} pictures")


if __name__ == "__main__":
    main()
