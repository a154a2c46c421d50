"""Read, cut, split, join and rate our jets with atlas-ftag-tools.

use_ftag.py FOLDER
    FOLDER: with jets.h5 of dump-xaod and roc.json of make_roc_curves.py
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
import yaml
from ftag import Cuts, Flavours
from ftag.hdf5 import H5Reader
from ftag.utils import get_discriminant
from step import EFFICIENCIES, call, check_equal, compare, our_points, tell

TAGGER = "GN2v01"
FRACTIONS = {"fc": 0.2, "fu": 0.79, "ftau": 0.01}
EPSILON = 1e-10  # which ftag adds to numerator and denominator


def main() -> None:
    """Do one thing after the other; the first that fails ends the example."""
    folder = Path(sys.argv[1])
    path, out = folder / "jets.h5", folder / "ftag"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with h5py.File(path) as file:
        jets = file["jets"][:]
    read_in_batches(path, jets)
    count_flavours(jets)
    discriminant(jets)
    split_and_join(path, out, jets)
    rename_and_add(path, out, jets)
    rate(folder, out)
    optimise(path)


def read_in_batches(path: Path, jets: np.ndarray) -> None:
    """Read a selection in batches that don't divide the number of jets."""
    reader = H5Reader(path, batch_size=101, shuffle=False)
    cuts = Cuts.from_list(["pt > 30e3", "absEta_btagJes < 2.0"])
    variables = {"jets": ["pt", "eta", f"{TAGGER}_pb", "HadronConeExclTruthLabelID"]}
    pt = np.concatenate([b["jets"]["pt"] for b in reader.stream(variables, cuts=cuts)])
    np.testing.assert_array_equal(
        pt, jets["pt"][(jets["pt"] > 30e3) & (jets["absEta_btagJes"] < 2)]
    )
    tell("`H5Reader`, batches of 101, two cuts", f"{len(pt):,} of {len(jets):,} jets, equal")


def count_flavours(jets: np.ndarray) -> None:
    """Choose jets by the definitions of the flavours."""
    flavours = Flavours.by_category("single-btag")
    counts = {flavour.name: len(flavour.cuts(jets).idx) for flavour in flavours}
    assert sum(counts.values()) == len(jets), "some jets have no flavour"
    tell("`Flavours`", ", ".join(f"{count:,} {name}" for name, count in counts.items()))


def discriminant(jets: np.ndarray) -> None:
    """Compare D_b with the formula in double precision."""
    flavours = Flavours.by_category("single-btag")
    found = get_discriminant(jets, TAGGER, Flavours.bjets, flavours, FRACTIONS)
    b, c, u, tau = (jets[f"{TAGGER}_p{x}"].astype("f8") for x in ("b", "c", "u", "tau"))
    background = 0.2 * c + 0.79 * u + 0.01 * tau
    same = np.abs(found - np.log((b + EPSILON) / (background + EPSILON))).max()
    assert same < 1e-4, f"D_b differs by {same}"
    moved = np.abs(found - np.log(b / background)).max()
    tell(
        f"`get_discriminant`, {TAGGER}, f_c = 0.2, f_tau = 0.01",
        f"D_b within {same:.1e} of the formula; its epsilon moves D_b by {moved:.1e} at most",
    )


def split_and_join(path: Path, out: Path, jets: np.ndarray) -> None:
    """Split the jets into files, and join these in a virtual dataset."""
    per_file = len(jets) // 3
    call("h5split", "--src", path, "--dst", out / "split", "-n", str(per_file), "-b", "100")
    files = sorted((out / "split").glob("*.h5"))
    parts = []
    for file in files:
        with h5py.File(file) as opened:
            parts.append(opened["jets"][:])
    check_equal(np.concatenate(parts), jets)
    tell("`h5split`", f"{len(files)} files, all {len(jets.dtype)} fields equal")
    call("vds", f"{out}/split/*.h5", out / "vds.h5")
    with h5py.File(out / "vds.h5") as opened:
        np.testing.assert_array_equal(np.sort(opened["jets"]["pt"]), np.sort(jets["pt"]))
        kept = [name for name in ("kind", "sample") if name in opened["jets"].attrs]
    tell("`vds` of these", f"{len(jets):,} jets, equal; attributes kept: {', '.join(kept)}")


def rename_and_add(path: Path, out: Path, jets: np.ndarray) -> None:
    """Rename the dataset, and add a field."""
    shutil.copy(path, out / "moved.h5")
    call("h5move", "--fname", out / "moved.h5", "--src", "/jets", "--dst", "/muons")
    reader = H5Reader(out / "moved.h5", global_objects_name="muons", shuffle=False)
    np.testing.assert_array_equal(reader.load({"muons": ["pt"]})["muons"]["pt"], jets["pt"])
    tell("`h5move` to another name", f"{len(jets):,} jets read back, equal")
    here = Path(__file__).parent
    added = f"{here / 'added_field.py'}:log_pt"
    call("h5addcol", "-i", path, "--append_function", added, "--output", out / "added.h5")
    with h5py.File(out / "added.h5") as opened:
        np.testing.assert_allclose(opened["jets"]["log_pt"], np.log(jets["pt"]), rtol=1e-6)
    tell("`h5addcol`", "one more field, right")


def rate(folder: Path, out: Path) -> None:
    """Ask for the working points of log(p_b / p_u), and compare them with ours."""
    wanted = [f"{100 * efficiency:.0f}" for efficiency in EFFICIENCIES]
    plain = out / "plain.h5"
    with h5py.File(folder / "jets.h5") as file, h5py.File(plain, "w") as chosen:
        jets = file["jets"][:]
        chosen["jets"] = jets[np.isin(jets["HadronConeExclExtendedTruthLabelID"], [0, 4, 5, 15])]
    options = ("--fc", "0", "--fu", "1", "--ftau", "0", "-t", TAGGER, "-e", *wanted)
    call("wps", "--ttbar", plain, *options, "-o", out / "wps.yaml")
    theirs = yaml.safe_load((out / "wps.yaml").read_text())[TAGGER]
    found = [theirs[name]["ttbar"]["rej"]["ujets"] for name in wanted]
    points, n_light = our_points(folder / "roc.json", TAGGER)
    difference = compare(found, [point["light_rejection"] for point in points], n_light)
    shown = ", ".join(f"{value:g}" for value in found)
    tell(
        f"`wps`, {TAGGER}, f_c = 0: light rejection at {', '.join(wanted)}%",
        f"{shown} (rounded); largest relative difference to ours {difference}",
    )


def optimise(path: Path) -> None:
    """Let the program look for the best fractions."""
    options = ("-t", TAGGER, "-w", "0.77", "-n", "20000")
    output = call("fraction_optimization", "-i", path, *options)
    found = re.findall(r": (f\w+): ([\d.]+)", output)
    assert len(found) == len(FRACTIONS), output
    converged = "converged" if "Minimization Success: True" in output else "did not converge"
    fractions = ", ".join(" = ".join(pair) for pair in found)
    tell(f"`fraction_optimization` of {TAGGER} at 77%", f"{converged}: {fractions}")


if __name__ == "__main__":
    main()
