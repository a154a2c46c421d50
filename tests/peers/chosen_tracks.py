"""The tracks of jets that a peer has chosen and shuffled, compared with those in our file."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import yaml
from ftag.hdf5 import H5Reader
from step import check_equal

KEY = ["eventNumber", "pt_btagJes"]
"""Fields that tell one jet from all others."""

INPUTS = (
    "d0",
    "z0SinTheta",
    "dphi",
    "deta",
    "qOverP",
    "IP3D_signed_d0_significance",
    "IP3D_signed_z0_significance",
    "phiUncertainty",
    "thetaUncertainty",
    "qOverPUncertainty",
    "numberOfPixelHits",
    "numberOfSCTHits",
    "numberOfInnermostPixelLayerHits",
    "numberOfPixelSharedHits",
    "numberOfSCTSharedHits",
)
"""Those of GN2, as in UPP's variables.yaml, that all derivations have."""


def check_tracks(path: Path, jets: np.ndarray, tracks: np.ndarray) -> int:
    """Compare tracks with those that the same jets have in our file.

    Parameters
    ----------
    path
        Our file.
    jets, tracks
        Some rows of it, in any order, with some of its fields, those of `KEY` among them.

    Returns
    -------
    int
        How many tracks there are.
    """
    with h5py.File(path) as file:
        place = {key: i for i, key in enumerate(file["jets"][:][KEY].tolist())}
        assert len(place) == len(file["jets"]), "two jets that cannot be told apart"
        ours = file["tracks"].fields(list(tracks.dtype.names or ()))[:]
    check_equal(tracks, ours[[place[key] for key in jets[KEY].tolist()]])
    return int(tracks["valid"].sum())


def check_prepared(path: Path, out: Path) -> str:
    """Compare the tracks in UPP's files in a folder, and its normalisation, with our file.

    Returns
    -------
    str
        What was compared.
    """
    n_tracks = []
    for prepared in sorted(out.glob("pp_output_*.h5")):
        found = H5Reader(prepared, shuffle=False).load({"jets": None, "tracks": None})
        n_tracks.append(check_tracks(path, found["jets"], found["tracks"]))
        if "train" in prepared.name:
            tracks = found["tracks"][found["tracks"]["valid"]]
    scales = yaml.safe_load((out / "norm_dict.yaml").read_text())["tracks"]
    assert set(scales) == set(INPUTS)
    for name, scale in scales.items():
        mean, std = (f(tracks[name], dtype=float) for f in (np.nanmean, np.nanstd))
        pair = [scale["mean"], scale["std"]]
        np.testing.assert_allclose(pair, [mean, std], atol=1e-4 * std, rtol=0, err_msg=name)
    counts = ", ".join(f"{n:,}" for n in n_tracks)
    return (
        f"{counts} tracks, equal to those of the same jets; mean and standard deviation of "
        f"{len(scales)} fields as NumPy's"
    )
