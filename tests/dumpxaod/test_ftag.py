"""`--variables ftag`: the names that atlas-ftag-tools, puma, UPP and salt look for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import mini_daod
import numpy as np
import pytest
from dumped import dump

KINEMATICS = (
    *("pt", "eta", "mass", "energy", "pt_btagJes", "eta_btagJes", "absEta_btagJes"),
    "HadronConeExclTruthLabelID",
)


def rows(path: Path, *names: str, **changes: Any) -> Any:
    """Dump a tiny derivation."""
    daod = mini_daod.write(path / "a.root", m=[[5e3, 1e3], [3e3]], **changes)
    assert dump("-o", path / "a.h5", daod, "--variables", *names) == 0
    with h5py.File(path / "a.h5") as file:
        return file["jets"][:]


def test_what_a_derivation_has_is_written(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        "ftag",
        GN2v01_pc=[[0.05, 0.05], [0.2]],
        GN2v01_ptau=[[0.05, 0.05], [0.2]],
        other_pu=[[0.5, 0.5], [0.5]],
        event={"eventNumber": np.array([7, 8], np.uint64)},
    )
    taggers = ("GN2v01_pb", "GN2v01_pc", "GN2v01_ptau", "GN2v01_pu")
    assert found.dtype.names == (*KINEMATICS, "eventNumber", *taggers)
    momenta = [50e3 * np.cosh(0.5), 30e3 * np.cosh(2)]
    np.testing.assert_allclose(found["energy"], np.hypot(momenta, [5e3, 3e3]), rtol=1e-6)
    np.testing.assert_array_equal(found["eta_btagJes"], [0.5, 2])
    np.testing.assert_array_equal(found["eventNumber"], [7, 8])


def test_a_tagger_that_nobody_filled_is_left_out(tmp_path: Path) -> None:
    """Release 21's class of b-tagging objects has such members."""
    empty = ak.Array([[0.0], [0.0]])[:, :0]
    found = rows(tmp_path, "ftag", CombNN_pb=empty, CombNN_pu=empty)
    assert found.dtype.names == (*KINEMATICS, "GN2v01_pb", "GN2v01_pu")


def test_it_stands_beside_other_names(tmp_path: Path) -> None:
    found = rows(tmp_path, "default", "ftag", "GN2v01_pb_log1p")
    first = ("gn2_log_ratio", "HadronConeExclTruthLabelID")
    others = [name for name in KINEMATICS if name not in first]
    last = ("GN2v01_pb", "GN2v01_pu", "GN2v01_pb_log1p")
    assert found.dtype.names == (*first, *others, *last)


@pytest.mark.parametrize(
    ("name", "n_fields", "some"),
    [
        ("r21_full_ttree", 43, {"rnnip_ptau", "DL1mu_pc", "Jvt", "GhostBHadronsFinalCount"}),
        ("r22_physlite_ttree", 23, {"GN2v00_pc", "NNJvtPass", "mcChannelNumber"}),
        ("r25_physlite_rntuple", 24, {"GN2v01_ptau", "isJvtHS", "mcEventWeight"}),
    ],
)
def test_real_derivations(
    daod_dir: Path, tmp_path: Path, name: str, n_fields: int, some: set[str]
) -> None:
    assert dump("-o", tmp_path / "a.h5", daod_dir / f"{name}.root", "--variables", "ftag") == 0
    with h5py.File(tmp_path / "a.h5") as file:
        names = file["jets"].dtype.names
        assert {*KINEMATICS, "phi", "eventNumber", *some} <= set(names)
        assert len(names) == n_fields
        assert np.isfinite(file["jets"]["energy"]).all()
