"""Draw ROC curves of our jets with puma, and compare its numbers with ours.

use_puma.py FOLDER
    FOLDER: with jets.h5 of dump-xaod and roc.json of make_roc_curves.py
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
from ftag import Flavours
from ftag.utils import calculate_rejection
from puma import Roc, RocPlot
from puma.hlplots import Results, Tagger
from step import EFFICIENCIES, compare, our_points, tell

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
    draw_roc(results, folder / "puma" / "roc.png")


def load(folder: Path, names: list[str], fractions: dict[str, float]) -> Results:
    """Load taggers of the jets that our plots use, too: those with label 0, 4, 5 or 15."""
    results = Results(
        signal="bjets",
        sample="ours",
        output_dir=folder / "puma",
        extension="png",
        perf_vars=["pt", "absEta_btagJes"],
        global_cuts=[(LABEL, "<", 40)],
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
    scores = tagger.discriminant("bjets")
    b, light = scores[tagger.is_flav("bjets")], scores[tagger.is_flav("ujets")]
    chosen = list(EFFICIENCIES)
    found = calculate_rejection(b, light, target_eff=chosen)
    ours = [point["light_rejection"] for point in points]
    shown = ", ".join(f"{value:.4g}" for value in found)
    tell(
        f"{tagger.name}, f_c = 0: light rejection at 60, 70, 77, 85, 90%",
        f"{shown}; largest relative difference to ours {compare(found, ours, n_light)}",
    )
    no_value = np.ones(len(scores), bool)
    for name in tagger.scores.dtype.names:
        no_value &= tagger.scores[name] == 0
    if no_value.any():
        lowest = np.where(no_value, -1e9, scores)
        b, light = lowest[tagger.is_flav("bjets")], lowest[tagger.is_flav("ujets")]
        found = calculate_rejection(b, light, target_eff=chosen)
        shown = ", ".join(f"{value:.4g}" for value in found)
        tell(
            f"the same, {no_value.sum():,} jets with probabilities of 0 taken for the least b-like",
            f"{shown}; largest relative difference to ours {compare(found, ours, n_light)}",
        )
    cuts = [point["cut"] for point in points]
    found = [calculate_rejection(b, light, cut_value=cut)[0] for cut in cuts]
    tell("the same at the cuts of our table", f"difference {compare(found, ours, n_light)}")


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


if __name__ == "__main__":
    main()
