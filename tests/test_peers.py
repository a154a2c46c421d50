"""What `--variables ftag` writes is read unchanged by atlas-ftag-tools; `make peers` does more."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import mini_daod
import mini_tracks
import numpy as np
import pytest
from dumped import dump
from peers import run
from peers.step import check_equal, compare


@pytest.fixture
def jets(tmp_path: Path) -> Path:
    """Dump a tiny derivation."""
    daod = mini_daod.write(
        tmp_path / "a.root",
        m=[[5e3, 1e3], [3e3]],
        GN2v01_pc=[[0.05, 0.05], [0.2]],
        GN2v01_ptau=[[0.05, 0.05], [0.2]],
        event={"eventNumber": np.array([7, 8], np.uint64)},
    )
    assert dump("-o", tmp_path / "jets.h5", daod, "--variables", "ftag", "default") == 0
    return tmp_path / "jets.h5"


@pytest.mark.parametrize("extended", ["", "-extended"])
@pytest.mark.parametrize("ghost", ["", "-ghost"])
def test_all_labels_that_define_flavours_are_written(extended: str, ghost: str) -> None:
    """Flavours of single jets are cuts on these."""
    pytest.importorskip("ftag", reason="needs atlas-ftag-tools")
    from dumpxaod.fields.choice import FTAG_NAMES
    from ftag.labels import LabelContainer

    flavours = LabelContainer.from_yaml(include_categories=[f"single-btag{extended}{ghost}"])
    (label, *others) = flavours.cut_variables()
    assert label.endswith("TruthLabelID")
    assert {label, *others} <= set(FTAG_NAMES)


def test_ftag_reads_batches_and_cuts(jets: Path) -> None:
    pytest.importorskip("ftag", reason="needs atlas-ftag-tools")
    from ftag import Cuts, Flavours
    from ftag.hdf5 import H5Reader

    reader = H5Reader(jets, batch_size=1, shuffle=False)
    batches = [batch["jets"]["pt"].copy() for batch in reader.stream()]
    np.testing.assert_array_equal(np.concatenate(batches), [50e3, 30e3])
    cut = Cuts.from_list(["absEta_btagJes < 1"])
    assert [len(batch["jets"]) for batch in reader.stream(cuts=cut)] == [1, 0]
    all_jets = reader.load()["jets"]
    assert [len(Flavours[name].cuts(all_jets).idx) for name in ("bjets", "cjets")] == [1, 1]


def test_the_discriminant_of_ftag_is_the_formula(jets: Path) -> None:
    pytest.importorskip("ftag", reason="needs atlas-ftag-tools")
    from ftag import Flavours
    from ftag.utils import get_discriminant

    with h5py.File(jets) as file:
        found = get_discriminant(
            file["jets"][:],
            "GN2v01",
            Flavours.bjets,
            Flavours.by_category("single-btag"),
            {"fc": 0.2, "fu": 0.79, "ftau": 0.01},
        )
    # The first event's links exchange its two jets: the harder one has p_b = 0.1, p_u = 0.8.
    first = np.log(0.1 / (0.2 * 0.05 + 0.79 * 0.8 + 0.01 * 0.05))
    second = np.log(0.3 / (0.2 * 0.2 + 0.79 * 0.3 + 0.01 * 0.2))
    np.testing.assert_allclose(found, [first, second], rtol=1e-5)


def test_h5split_changes_nothing(jets: Path, tmp_path: Path) -> None:
    pytest.importorskip("ftag", reason="needs atlas-ftag-tools")
    from ftag.hdf5 import h5split

    h5split.main(["--src", str(jets), "--dst", str(tmp_path / "split"), "-n", "1"])
    with h5py.File(jets) as file:
        whole = file["jets"]
        for i, path in enumerate(sorted((tmp_path / "split").iterdir())):
            with h5py.File(path) as part:
                check_equal(part["jets"][:], whole[i : i + 1])
                assert dict(part["jets"].attrs) == dict(whole.attrs)
        assert len(whole) == i + 1 == 2


def test_h5split_takes_the_tracks_where_the_events_are_in_a_group(tmp_path: Path) -> None:
    """It wants as many rows in each dataset; its groups go whole into each part."""
    pytest.importorskip("ftag", reason="needs atlas-ftag-tools")
    from ftag.hdf5 import h5move, h5split

    daod, path = mini_tracks.write(tmp_path / "a.root"), tmp_path / "jets.h5"
    assert dump("-o", path, "--tracks", "--variables", "pt", "--", daod) == 0
    with h5py.File(path) as file:
        jets, tracks, events = (file[name][:] for name in file)
    h5move.main(["--fname", str(path), "--src", "/eventwise", "--dst", "/metadata/eventwise"])
    h5split.main(["--src", str(path), "--dst", str(tmp_path / "split"), "-n", "2"])
    for i, part in enumerate(sorted((tmp_path / "split").iterdir())):
        with h5py.File(part) as file:
            check_equal(file["jets"][:], jets[2 * i :][:2])
            check_equal(file["tracks"][:], tracks[2 * i :][:2])
            check_equal(file["metadata/eventwise"][:], events)
    assert len(jets) == 3
    assert i == 1


def test_rejections_are_compared_as_numbers_and_as_jets() -> None:
    """Of 100 jets 10 and 8 are left, then 1 and none."""
    assert compare([10, 100], [12.5, None], 100) == "0.2 (2 of 100 jets)"
    assert compare([float("inf")], [None], 100) == "0 (0 of 100 jets)"
    assert compare([float("inf")], [50], 100) == "0 (2 of 100 jets)"


def test_what_fails_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What worked before stays; the step that failed is named with the last line of the error."""
    monkeypatch.setattr(run, "HERE", tmp_path)
    monkeypatch.setenv("PEERS_DIR", str(tmp_path))
    peer = run.Peer("fake", "no-such-package")
    peer.python.parent.mkdir(parents=True)
    peer.python.symlink_to(sys.executable)
    (tmp_path / "use_fake.py").write_text(
        "def second_step():\n    raise ValueError('a | b')\n"
        "print('some words')\nprint('| first | 3 jets |')\nsecond_step()\n"
    )
    (tmp_path / "use_fake_again.py").write_text("print('| more | 2 jets |')\n")
    assert list(run.rows(peer, tmp_path / "sample")) == [
        "| no-such-package |  | sample | first | 3 jets |",
        "| no-such-package |  | sample | second step | **did not work**: ValueError: a / b |",
        "| no-such-package |  | sample | more | 2 jets |",
    ]
