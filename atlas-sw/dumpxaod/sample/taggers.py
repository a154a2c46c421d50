"""The outputs of flavour taggers for the jets of the built-in sample.

Each jet has a latent variable: how displaced its tracks look, relative to other jets of its
flavour. Each tagger sees it with noise of its own. So the taggers are correlated, but not fully,
and a combination of two of them, or of one with the tracks, is better than either.

The strength of the taggers in ttbar rests on

1. arXiv:2211.16345 (ATLAS, Eur. Phys. J. C 83 (2023) 681): at 77% b efficiency DL1r keeps 1
   light jet in 170 and 1 c jet in 5. DL1dv01, its successor, is given the same.
2. arXiv:2505.19689 (ATLAS, Nature Commun. 17 (2026) 541): at 70% b efficiency GN2 keeps 1.8
   times fewer light jets and 3.5 times fewer c jets than the tagger before it. That is measured
   in data; it is used for GN2v01 relative to DL1dv01.
3. The 461 jets of `jets`: approximate medians and widths, and jets without tracks.

RNNIP (ATL-PHYS-PUB-2017-003) and JetFitter (ATL-PHYS-PUB-2018-025) are inputs of such taggers.
How much weaker they are is a choice made here: at 77% RNNIP keeps 1 light jet in about 70.
The rejections hold for log(pb / (fc pc + ftau ptau + (1 - fc - ftau) pu)), with fc = 0.018 for
DL1dv01, fc = 0.2 and ftau = 0.01 for GN2v01.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.sample.displacement import BOTTOM, CHARM, LIGHT, Latent

Array = NDArray[Any]

# Columns: median and width of log(pb/pu), of log(pc/pu) and, if the tagger has it, of log(ptau/pu).
LOG_RATIOS = {
    "rnnip": np.array(
        [[-2.7, 0.9, -1.0, 0.6], [-0.9, 1.4, 0.4, 0.8], [1.8, 2.1, 0.4, 0.8], [-1.8, 1.0, 0.0, 0.7]]
    ),
    "DL1dv01": np.array(
        [[-2.4, 1.3, -0.8, 0.8], [0.6, 3.2, 1.8, 2.4], [6.35, 3.7, 3.0, 2.4], [-1.4, 1.5, 0.2, 0.8]]
    ),
    "GN2v01": np.array(
        [
            [-3.9, 1.48, -1.5, 1.1, -2.6, 1.2],
            [-0.2, 3.40, 1.7, 2.6, -4.0, 1.5],
            [6.6, 3.40, 1.8, 2.8, -6.0, 2.5],
            [-2.8, 1.80, -0.3, 1.0, 1.5, 2.0],
        ]
    ),
}
# Light and tau jets have a tail to large log(pb/pu), from V0 decays and material; b jets to small.
SKEW = np.array([0.34, 0.10, -0.12, 0.34])
# Between log(pc/pu) and log(pb/pu) within a flavour.
CHARM_CORRELATION = np.array([0.80, 0.80, 0.25, 0.80])

# JetFitter: the fraction of jets with a vertex, and the slope of log(1 + significance).
VERTEX_SHARE = np.array([0.14, 0.45, 0.80, 0.30])
SIGNIFICANCE_SLOPE = np.array([1.7, 2.0, 2.4, 1.8])

# Fraction of a tagger's variance that comes from the latent displacement.
SHARED = {"rnnip": 0.70, "JetFitter": 0.42, "DL1dv01": 0.75, "GN2v01": 0.75}
# A boosted hadron flies further: shift of the displacement per unit of log(pt).
BOOST = np.array([0.0, 0.25, 0.25, 0.0])
MEDIAN_PT = 70_000  # of b jets, in MeV

# Outputs for jets without tracks: pb, pc, pu, ptau. Zeros are as in release 21; the others are
# typical values of real jets.
ANSWERS_WITHOUT_TRACKS = {
    "rnnip": (0, 0, 0),
    "DL1dv01": (0.13, 0.13, 0.74),
    "GN2v01": (0.0084, 0.0133, 0.2660, 0.7123),
}
OUTPUTS = ("pb", "pc", "pu", "ptau")
PRECISION = {"rnnip": "f8", "DL1dv01": "f4", "GN2v01": "f4"}  # as release 21 and 25 store them


def taggers(
    rng: np.random.Generator, flavour: Array, pt: Array, latent: Latent
) -> tuple[dict[str, Array], Array]:
    """Draw the outputs of all taggers.

    Parameters
    ----------
    flavour
        LIGHT, CHARM, BOTTOM or TAU, of each jet.
    pt
        Of each jet, in MeV.
    latent
        The latent variables of each jet.

    Returns
    -------
    answers
        By event-data name, one value per jet.
    impact
        The displacement that RNNIP sees, standard normal within a flavour and a pt: its inputs
        are the impact parameters of the tracks.
    """
    boost = np.log(pt / MEDIAN_PT).clip(-1.2, 1.2)
    shift, no_tracks = BOOST[flavour] * boost, latent.no_tracks
    displacement = latent.displacement + shift
    significance = _significance(flavour, _seen(rng, "JetFitter", displacement))
    answers: dict[str, Array] = {
        "JetFitter_significance3d": np.where(no_tracks, 0, significance).astype("f4")
    }
    for tagger, without_tracks in ANSWERS_WITHOUT_TRACKS.items():
        seen = _seen(rng, tagger, displacement)
        if tagger == "rnnip":
            impact = seen - np.sqrt(SHARED[tagger]) * shift
        probabilities = _softmax(_log_ratios(rng, tagger, flavour, seen))
        probabilities[no_tracks] = without_tracks
        for output, column in zip(OUTPUTS, probabilities.T, strict=False):
            # The networks compute in single precision, whatever is stored.
            answers[f"{tagger}_{output}"] = column.astype("f4").astype(PRECISION[tagger])
    return answers, impact


def _seen(rng: np.random.Generator, tagger: str, displacement: Array) -> Array:
    """Draw the displacement that a tagger sees, roughly standard normal within a flavour."""
    shared, own = np.sqrt([SHARED[tagger], 1 - SHARED[tagger]])
    return np.asarray(shared * displacement + own * rng.normal(size=len(displacement)))


def _log_ratios(rng: np.random.Generator, tagger: str, flavour: Array, seen: Array) -> list[Array]:
    """Draw log(pb/pu), log(pc/pu) and, if the tagger has it, log(ptau/pu)."""
    skew, correlation = SKEW[flavour], CHARM_CORRELATION[flavour]
    own = rng.normal(size=len(flavour))
    draws = [
        np.expm1(skew * seen) / skew,
        correlation * seen + np.sqrt(1 - correlation**2) * own,
        rng.normal(size=len(flavour)),
    ]
    columns = LOG_RATIOS[tagger][flavour].T
    ratios = [m + w * draw for m, w, draw in zip(columns[::2], columns[1::2], draws, strict=False)]
    heavy = np.isin(flavour, (CHARM, BOTTOM))
    for i, (median, width) in enumerate(LOG_RATIOS[tagger][LIGHT, :4].reshape(2, 2)):
        # Where nothing is displaced a heavy jet looks light, but no lighter than a light jet.
        like_light = median + width * rng.normal(size=len(flavour))
        ratios[i] = np.where(heavy, np.logaddexp(ratios[i], like_light), ratios[i])
    return ratios


def _softmax(log_ratios: list[Array]) -> Array:
    """Compute the columns pb, pc, pu and, if there is a third ratio, ptau."""
    weights = np.insert(np.exp(np.stack(log_ratios, axis=1)), 2, 1, axis=1)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _significance(flavour: Array, seen: Array) -> Array:
    """Compute decay length over its uncertainty; 0 where the tracks form no vertex."""
    threshold = np.array([NormalDist().inv_cdf(1 - share) for share in VERTEX_SHARE])
    above = (seen - threshold[flavour]).clip(min=0)
    # The root makes vertices close to the primary one rare, since they cannot be resolved.
    return np.asarray(np.expm1(SIGNIFICANCE_SLOPE[flavour] * np.sqrt(above)))
