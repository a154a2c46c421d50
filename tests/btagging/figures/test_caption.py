"""The caption tells what is known of the jets, and nothing that is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import toy
from btagging.figures import style
from btagging.jets.stream import Jets, open_jets

SELECTION = "pt > 20 GeV, |eta| < 2.5"


def caption(jets: Jets, n_jets: tuple[int, ...] = (7000, 2000, 500), note: str = "") -> list[str]:
    """Draw one; its lines on the left and on the right."""
    found = [text.get_text() for text in style.new_figure(jets, n_jets, (9, 5), note=note).texts]
    return [*found[::2], *found[1::2]]


def jets(folder: Path, name: str = "a.h5", n: int = 100, **attributes: Any) -> Jets:
    return open_jets([toy.write(folder / name, toy.jets(n), **attributes)])


def test_all_of_it(tmp_path: Path) -> None:
    inputs = json.dumps([{"path": "mc23_13p6TeV.x/f.root", "uuid": "u", "size": 1, "events": 1}])
    attributes: dict[str, Any] = {
        "collection": "AnalysisJets",
        "selection": SELECTION,
        "inputs": inputs,
    }
    attributes |= {"command_line": "dump-xaod", "version": "1"}
    some = jets(tmp_path, kind="simulation", sample="dataset 601229", **attributes)
    assert caption(some, note="a note") == [
        "Simulation,  √s = 13.6 TeV",
        "dataset 601229",
        r"AnalysisJets,  $p_{\mathrm{T}}$ > 20 GeV, $|\eta|$ < 2.5",
        "9,500 jets",
        "a note",
        "500 b,  2,000 c,  7,000 light",
    ]


@pytest.mark.parametrize(
    ("sample", "line"),
    [("Synthetic ttbar, seed 1", "ttbar, seed 1"), ("synthetics", "synthetics"), ("a", "a")],
)
def test_the_kind_is_said_once(sample: str, line: str, tmp_path: Path) -> None:
    assert caption(jets(tmp_path, sample=sample))[:2] == ["Synthetic", line]


def test_nothing_is_made_up_of_a_file_without_attributes(tmp_path: Path) -> None:
    """Its name is all that is known, and is the heading."""
    some = jets(tmp_path, "ours.h5", kind="", sample="")
    assert caption(some)[:3] == ["ours.h5", "", ""]


def test_jets_of_several_kinds(tmp_path: Path) -> None:
    """Those of no known kind make the kind of all unknown."""
    paths = [
        toy.write(tmp_path / f"{kind}.h5", toy.jets(50, seed), kind=kind, sample=f"sample{seed}")
        for seed, kind in enumerate(["simulation", "synthetic", ""])
    ]
    assert caption(open_jets(paths[:2]))[:2] == ["Synthetic + simulation", "sample0 + sample1"]
    assert caption(open_jets(paths))[:2] == ["sample0 + sample1 + sample2", ""]


@pytest.mark.parametrize(
    ("sample", "energy"),
    [
        ("mc16_13TeV.410470.x", ",  √s = 13 TeV"),
        ("mc23_13p6TeV:mc23_13p6TeV.1", ",  √s = 13.6 TeV"),
        ("Zprime113TeV", ""),
        ("mc23.Zprime_5TeV", ""),
    ],
)
def test_energy(sample: str, energy: str, tmp_path: Path) -> None:
    assert caption(jets(tmp_path, sample=sample))[0] == f"Synthetic{energy}"


def test_energies_that_differ_are_not_said(tmp_path: Path) -> None:
    names = ["mc16_13TeV.1", "mc23_13p6TeV.1"]
    paths = [
        toy.write(tmp_path / name, toy.jets(50, i), sample=name) for i, name in enumerate(names)
    ]
    assert caption(open_jets(paths))[0] == "Synthetic"


def test_a_long_sample_is_cut_in_the_middle(tmp_path: Path) -> None:
    line = caption(jets(tmp_path, sample=f"begin{'x' * 300}end"))[1]
    assert line.startswith("beginx")
    assert "x…x" in line
    assert line.endswith("xend")
    assert len(line) < 200


def test_a_total_without_flavours(tmp_path: Path) -> None:
    assert caption(jets(tmp_path), (1234,))[3:] == ["1,234 jets", "", ""]
