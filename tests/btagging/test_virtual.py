"""Virtual datasets are read where all of their rows are somewhere, and refused where not.

HDF5 itself reads zeros wherever a row leads to nothing: jets that all look light.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.jets.source_search import find_source
from btagging.jets.stream import open_jets
from h5py import h5d, h5p, h5s, h5t
from numpy.lib.recfunctions import drop_fields

LABEL = "HadronConeExclExtendedTruthLabelID"
ROWS = toy.jets(100)
Part = tuple[Any, str | Path, int, Any]  # rows here, the file, its number of rows, those


def virtual(path: Path, n_rows: int, *parts: Part) -> Path:
    """Make a virtual dataset."""
    layout = h5py.VirtualLayout((n_rows,), toy.DTYPE)
    for here, name, n, there in parts:
        layout[here] = h5py.VirtualSource(str(name), "jets", (n,))[there]
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("jets", layout)
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return toy.write(tmp_path / "part.h5", ROWS)


def significances(path: Path) -> list[float]:
    (batch,) = open_jets([path]).batches(["jf_sig"])
    return batch["jf_sig"].tolist()


def error(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        open_jets([path])
    return str(caught.value)


ALL = np.s_[:]


@pytest.mark.parametrize(
    "parts",
    [
        [(ALL, "part.h5", 100, ALL)],
        [(np.s_[:60], "part.h5", 100, np.s_[:60]), (np.s_[60:], "part.h5", 100, np.s_[60:])],
        [(np.s_[0::2], "part.h5", 100, np.s_[0::2]), (np.s_[1::2], "part.h5", 100, np.s_[1::2])],
    ],
    ids=["whole", "two parts", "interleaved"],
)
@pytest.mark.parametrize("absolute", [False, True])
def test_all_rows_are_somewhere(
    tmp_path: Path, source: Path, parts: list[Part], absolute: bool
) -> None:
    if absolute:
        parts = [(here, source, n, there) for here, _, n, there in parts]
    path = virtual(tmp_path / "all.h5", 100, *parts)
    assert significances(path) == ROWS["jf_sig"].tolist()
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.h5"
    link.symlink_to(path)
    assert significances(link) == ROWS["jf_sig"].tolist()


def test_virtual_datasets_of_virtual_datasets(tmp_path: Path, source: Path) -> None:
    virtual(tmp_path / "inner.h5", 100, (ALL, "part.h5", 100, ALL))
    path = virtual(tmp_path / "all.h5", 100, (ALL, "inner.h5", 100, ALL))
    assert significances(path) == ROWS["jf_sig"].tolist()
    source.unlink()
    assert error(path) == (
        f"{path}: virtual dataset with a bad source: {tmp_path}/inner.h5: virtual dataset whose "
        "source part.h5 is gone; put it back"
    )


def test_a_virtual_dataset_that_leads_to_itself(tmp_path: Path) -> None:
    path = virtual(tmp_path / "a.h5", 100, (ALL, "b.h5", 100, ALL))
    other = virtual(tmp_path / "b.h5", 100, (ALL, "a.h5", 100, ALL))
    bad = "virtual dataset with a bad source"
    circle = f"{path}: virtual dataset that leads to itself; make it again"
    assert error(path) == f"{path}: {bad}: {other}: {bad}: {circle}"


def test_a_source_in_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    layout = h5py.VirtualLayout((100,), toy.DTYPE)
    layout[:] = h5py.VirtualSource(".", "some", (100,))
    with h5py.File(path, "w") as file:
        file["some"] = ROWS
        file.create_virtual_dataset("jets", layout)
    assert significances(path) == ROWS["jf_sig"].tolist()


@pytest.fixture
def numbered(tmp_path: Path) -> Path:
    """Show ten rows of each of part0.h5, part1.h5, and so on, as many as there are."""
    here = h5s.create_simple((0,), (h5s.UNLIMITED,))
    here.select_hyperslab((0,), (h5s.UNLIMITED,), (10,), (10,))
    created = h5p.create(h5p.DATASET_CREATE)
    created.set_virtual(here, b"part%b.h5", b"jets", h5s.create_simple((10,)))
    with h5py.File(tmp_path / "all.h5", "w", libver="latest") as file:
        space = h5s.create_simple((0,), (h5s.UNLIMITED,))
        h5d.create(file.id, b"jets", h5t.py_create(toy.DTYPE), space, created)
    for i in range(3):
        toy.write(tmp_path / f"part{i}.h5", ROWS[10 * i :][:10])
    return tmp_path / "all.h5"


def test_numbered_sources(numbered: Path) -> None:
    assert significances(numbered) == ROWS["jf_sig"][:30].tolist()


def test_numbered_sources_of_which_one_is_missing(numbered: Path) -> None:
    """HDF5 itself stops there, as if there were no more jets."""
    numbered.with_name("part1.h5").unlink()
    assert error(numbered) == (
        f"{numbered}: virtual dataset whose source part1.h5 is gone, but not part2.h5; put it back"
    )


def test_unlimited_rows_of_a_source_that_has_grown(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "part.h5", "w", libver="latest") as file:
        file.create_dataset("jets", data=ROWS, maxshape=(None,), chunks=(10,))
    layout = h5py.VirtualLayout((50,), toy.DTYPE, maxshape=(None,))
    rows = np.s_[: h5s.UNLIMITED]
    layout[rows] = h5py.VirtualSource("part.h5", "jets", (50,), maxshape=(None,))[rows]
    with h5py.File(tmp_path / "all.h5", "w", libver="latest") as file:
        file.create_virtual_dataset("jets", layout)
    assert significances(tmp_path / "all.h5") == ROWS["jf_sig"].tolist()


def test_a_source_is_gone(tmp_path: Path, source: Path) -> None:
    path = virtual(tmp_path / "all.h5", 100, (ALL, "part.h5", 100, ALL))
    source.unlink()
    assert error(path) == f"{path}: virtual dataset whose source part.h5 is gone; put it back"
    source.write_bytes(b"no HDF5")
    assert error(path) == f"{path}: virtual dataset whose source part.h5 is gone; put it back"


@pytest.mark.parametrize("n_jets", [0, 99])
def test_a_source_has_fewer_rows(tmp_path: Path, source: Path, n_jets: int) -> None:
    path = virtual(tmp_path / "all.h5", 100, (ALL, "part.h5", 100, ALL))
    toy.write(source, toy.jets(n_jets))
    assert error(path) == (
        f"{path}: virtual dataset whose source part.h5 no longer has 100 rows in jets; "
        "make the virtual dataset again"
    )


@pytest.mark.parametrize(
    ("shown", "rows"),
    [(np.s_[:90], "90 to 99"), (np.s_[10:], "0 to 9"), (np.s_[0::2], "1 to 1")],
)
def test_rows_that_lead_to_nothing(tmp_path: Path, source: Path, shown: slice, rows: str) -> None:
    n = len(range(100)[shown])
    path = virtual(tmp_path / "all.h5", 100, (shown, "part.h5", 100, np.s_[:n]))
    assert error(path) == (
        f"{path}: virtual dataset whose rows {rows} lead to no source; make it again"
    )


def test_rows_that_lead_to_two_sources(tmp_path: Path, source: Path) -> None:
    toy.write(tmp_path / "other.h5", ROWS)
    parts = (np.s_[:60], "part.h5", 100, np.s_[:60]), (np.s_[50:], "other.h5", 100, np.s_[50:])
    path = virtual(tmp_path / "all.h5", 100, *parts)
    assert error(path) == (
        f"{path}: virtual dataset whose rows 50 to 59 lead to two sources; make it again"
    )


def test_a_row_that_is_shown_twice(tmp_path: Path, source: Path) -> None:
    parts = (np.s_[:60], "part.h5", 100, np.s_[:60]), (np.s_[60:], "part.h5", 100, np.s_[50:90])
    path = virtual(tmp_path / "all.h5", 100, *parts)
    assert error(path) == (
        f"{path}: virtual dataset that shows rows of {source} twice; make it again"
    )


def test_a_source_without_a_field(tmp_path: Path, source: Path) -> None:
    path = virtual(tmp_path / "all.h5", 100, (ALL, "part.h5", 100, ALL))
    toy.write(source, drop_fields(ROWS, LABEL))
    assert error(path) == (
        f"{path}: virtual dataset whose source part.h5 has no field '{LABEL}'; make it again "
        "without the field"
    )


def test_a_source_with_another_kind_of_number(tmp_path: Path, source: Path) -> None:
    """HDF5 would cut 4.7 down to 4."""
    path = virtual(tmp_path / "all.h5", 100, (ALL, "part.h5", 100, ALL))
    types = [(name, "f8") for name in toy.FIELDS]
    toy.write(source, ROWS.astype(types))
    assert error(path) == (
        f"{path}: virtual dataset whose source part.h5 has float64 in field '{LABEL}' instead of "
        "int32; make it again"
    )


def test_a_source_without_the_dataset(tmp_path: Path, source: Path) -> None:
    path = virtual(tmp_path / "all.h5", 100, (ALL, "part.h5", 100, ALL))
    with h5py.File(source, "w") as file:
        file["events"] = [1]
    assert error(path) == (
        f"{path}: virtual dataset whose source {source} has no dataset jets of rows with named "
        "fields; make the virtual dataset again"
    )


def test_a_source_that_was_never_written_in_part(tmp_path: Path, source: Path) -> None:
    path = virtual(tmp_path / "all.h5", 100, (ALL, "part.h5", 100, ALL))
    with h5py.File(source, "w") as file:
        file.create_dataset("jets", (100,), toy.DTYPE, chunks=(10,))[:90] = ROWS[:90]
    assert error(path) == (
        f"{path}: virtual dataset with a bad source: {source}: /jets has parts that were never "
        "written; make the file again"
    )


@pytest.mark.parametrize("prefix", ["", "pre", "/nowhere:PLACE/pre2", "${ORIGIN}/orig", "."])
@pytest.mark.parametrize("name", ["part.h5", "sub/part.h5", "PLACE/absolute/part.h5"])
def test_sources_are_found_where_hdf5_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str, name: str
) -> None:
    """Each place holds another number; one after the other is emptied."""
    monkeypatch.chdir(tmp_path)
    name, prefix = (text.replace("PLACE", str(tmp_path)) for text in (name, prefix))
    relative = Path(name).name if name.startswith("/") else name
    real = virtual(tmp_path / "real" / "all.h5", 1, (ALL, name, 1, ALL))
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "all.h5").symlink_to(real)
    folders = ("pre", "pre2", "link/orig", "real/orig", "link", ".", "real")
    places = [*{tmp_path / name, *(tmp_path / folder / relative for folder in folders)}]

    def fill() -> None:
        for number, place in enumerate(places, 1):
            place.parent.mkdir(exist_ok=True, parents=True)
            rows = toy.jets(1)
            rows["jf_sig"] = number
            toy.write(place, rows)

    fill()
    script = (
        "import h5py, pathlib\n"
        "while n := int(h5py.File('link/all.h5')['jets']['jf_sig'][0]):\n"
        "    print(n)\n"
        f"    pathlib.Path({list(map(str, places))}[n - 1]).unlink()"
    )
    # HDF5 looks at the variable when it is loaded.
    environment = os.environ | {"HDF5_VDS_PREFIX": prefix}
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    fill()
    monkeypatch.setenv("HDF5_VDS_PREFIX", prefix)
    for number in map(int, run.stdout.split()):
        found = find_source(Path("link/all.h5"), name)
        assert found is not None
        assert found.samefile(places[number - 1])
        places[number - 1].unlink()
    assert run.stdout
    assert find_source(Path("link/all.h5"), name) is None
