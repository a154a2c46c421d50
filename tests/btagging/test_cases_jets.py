"""Small files that failed once give the right number, or one line that names what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import make_hist
import make_roc_curves
import pytest
from btagging.errors import UserError


def roc(folder: Path, path: Path) -> dict[str, Any]:
    make_roc_curves.main([str(path), "-o", str(folder), "--format", "png"])
    return json.loads((folder / "roc.json").read_text())["discriminants"]


def test_a_discriminant_a_hundred_times_wider(tmp_path: Path, cases_dir: Path) -> None:
    found = roc(tmp_path, cases_dir / "jets" / "scale_x100.h5")
    assert found["my_log_ratio"]["auc_light"] == pytest.approx(0.954, abs=5e-4)


def test_both_versions_are_drawn(tmp_path: Path, cases_dir: Path) -> None:
    found = roc(tmp_path, cases_dir / "jets" / "two_versions.h5")
    assert list(found) == ["gn2_log_ratio", "GN2v00_Db", "GN2v01_Db"]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_good_virtual_dataset(tmp_path: Path, cases_dir: Path, elsewhere: bool) -> None:
    """Its 600 and 400 jets are read by a link as well."""
    path = cases_dir / "jets" / "vds_good.h5"
    if elsewhere:
        (tmp_path / "link.h5").symlink_to(path.resolve())
        path = tmp_path / "link.h5"
    make_hist.main([str(path), "-o", str(tmp_path), "--format", "png"])
    assert (tmp_path / "correlation.png").exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("vds_gap", "virtual dataset whose rows 1000 to 1999 lead to no source; make it again"),
        (
            "vds_nolabel",
            "virtual dataset whose source vds_c_nolabel.h5 has no field "
            "'HadronConeExclExtendedTruthLabelID'; make it again without the field",
        ),
        (
            "h5_globalheap_hang",
            "the file is damaged (a heap contradicts itself); copy or make it again",
        ),
        (
            "jets_bomb_3x_deflate",
            "/jets is compressed more than once; make it again with h5repack",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, cases_dir: Path, name: str, reason: str) -> None:
    path = cases_dir / "jets" / f"{name}.h5"
    with pytest.raises(UserError) as caught:
        roc(tmp_path, path)
    assert str(caught.value) == f"{path}: {reason}"


@pytest.mark.parametrize("script", [make_hist, make_roc_curves])
@pytest.mark.parametrize("name", ["field_with_path", "jets_sample_mathtext"])
def test_names_of_strangers(tmp_path: Path, cases_dir: Path, script: ModuleType, name: str) -> None:
    script.main([str(cases_dir / "jets" / f"{name}.h5"), "-o", str(tmp_path / "x" / "y")])
    written = {path.parent for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {tmp_path / "x" / "y"}
