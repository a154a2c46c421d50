"""What counting in bins costs in precision: against scikit-learn's exact curve."""

from __future__ import annotations

from collections.abc import Iterator

import h5py
import numpy as np
from btagging.discriminants import known
from btagging.flavours import LIGHT
from btagging.jets.stream import open_jets
from btagging.performance import roc
from btagging.performance.histogram import count_jets
from sklearn.metrics import roc_auc_score, roc_curve

from benchmarks.inputs import LABEL, Setting, jets
from benchmarks.results import Row


def rows(setting: Setting) -> Iterator[Row]:
    """Compare areas and rejections with those of a sorted list, for a million jets."""
    found = open_jets([jets(setting.size(1_000_000))])
    with h5py.File(found.paths[0]) as file:
        whole = file["jets"][:]
    axes = [roc.fine_axis(each) for each in known(found.fields)]
    curves = roc.curves(found, count_jets(found, [[axis] for axis in axes]), axes)
    chosen = whole[np.isin(whole[LABEL], [0, 5])]
    truth = chosen[LABEL] == 5
    for each, curve in curves.items():
        peer = (f"ROC of {each.title}", "scikit-learn")
        values = np.nan_to_num(chosen[each.name], nan=-1e9)
        area = abs(curve.auc(LIGHT) - roc_auc_score(truth, values))
        yield Row(*peer, "area", area, 1e-6, "difference")
        fake, real, _ = roc_curve(truth, values, drop_intermediate=False)
        wanted = np.array(roc.WORKING_POINTS)
        exact = 1 / fake[np.searchsorted(real, wanted)]
        rejection, error = (x[curve.tightest_cut(wanted)] for x in curve.rejection(LIGHT))
        off = np.max(np.abs(rejection - exact) / np.maximum(error, 1e-9))
        yield Row(*peer, "rejection", off, 0.1, "difference, in errors")
