"""No text leaves its picture, and no two texts overlap, whatever the jets are and are called."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import make_hist
import make_roc_curves
import numpy as np
import pytest
import toy
from btagging.figures import style
from btagging.figures.file_names import file_stems
from btagging.figures.loss import draw_loss
from btagging.figures.validation import draw_differences
from btagging.jets.stream import open_jets
from btagging.performance.validation import Comparison
from dumped import dump
from dumpxaod.sample.__main__ import main as make_sample

LABEL = "HadronConeExclExtendedTruthLabelID"
SAMPLE = "mc23_13p6TeV.601229.PhPy8EG_A14_ttbar_hdamp258p75_SingleLep.deriv.DAOD_FTAG1.e8514_p5980"


def taggers(names: list[str], n: int) -> np.ndarray:
    """Draw jets with discriminants of any names, each better than the one before."""
    jets, noise = toy.jets(n), np.random.default_rng(5)
    rows = np.zeros(n, [*((name, "<f4") for name in names), (LABEL, "<i4")])
    rows[LABEL] = jets[LABEL]
    for i, name in enumerate(names):
        rows[name] = (0.6 + 0.35 * i) * (rows[LABEL] == 5) + noise.normal(size=n)
    return rows


def without(label: int) -> np.ndarray:
    jets = toy.jets(5000)
    return jets[jets[LABEL] != label]


def perfect() -> np.ndarray:
    jets = toy.jets(5000)
    jets["rnnip_log_ratio"] = np.where(jets[LABEL] == 5, 5, -5)
    return jets


def scaled(factor: float) -> np.ndarray:
    jets = toy.jets(5000)
    jets["rnnip_log_ratio"] *= factor
    return jets


NINE = [f"T{i}_log_ratio" for i in range(9)]
LONG = [f"{letter * 60}_log_ratio" for letter in "WMi_"]
TOYS: dict[str, Any] = {
    "no c-jets": lambda: without(4),
    "no light jets": lambda: without(0),
    "20 jets": lambda: toy.jets(20, 3),
    "nine discriminants": lambda: taggers(NINE, 5000),
    "60-letter names": lambda: taggers(LONG, 5000),
    "a perfect tagger": perfect,
    "a constant": lambda: scaled(0),
    "a hundred times wider": lambda: scaled(100),
}
DAODS = ["r21_full_ttree", "r22_physlite_ttree", "r25_physlite_rntuple"]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Collect the pictures that a script would write."""
    pictures: dict[str, Any] = {}

    def collect(figure: Any, stem: Path, _: Any = None) -> dict[Path, Any]:
        pictures[stem.name] = figure
        return {}

    monkeypatch.setattr(style, "writers", collect)
    return pictures


def texts(figure: Any) -> Iterator[tuple[str, Any]]:
    """Give all texts that are really drawn, and where."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    found = []
    draw: Any = Text.draw

    def note(text: Any, renderer: Any, *args: Any, **kwargs: Any) -> None:
        draw(text, renderer, *args, **kwargs)
        if text.get_visible() and text.get_text().strip():
            found.append((text.get_text(), text.get_window_extent(renderer)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", note)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
    yield from found


def faults(figure: Any) -> list[str]:
    """List texts that are outside of the picture or over others, by more than a pixel."""
    inside, found = figure.bbox.padded(1), list(texts(figure))
    assert len(found) > 5
    wrong = [
        f"{text!r} leaves the picture"
        for text, box in found
        if not (inside.contains(*box.min) and inside.contains(*box.max))
    ]
    for (text, box), (other, there) in combinations(found, 2):
        if box.padded(-1).overlaps(there.padded(-1)):
            wrong.append(f"{text!r} and {other!r} overlap")
    return wrong


def assert_readable(drawn: dict[str, Any], names: set[str]) -> None:
    assert set(drawn) == names
    assert {name: faults(figure) for name, figure in drawn.items()} == {key: [] for key in names}


def histogram_names(path: Path) -> set[str]:
    names = {name for name in open_jets([path]).fields if name != LABEL}
    return {"correlation", *file_stems(sorted(names)).values()}


@pytest.mark.parametrize("name", TOYS)
def test_of_any_jets(name: str, tmp_path: Path, drawn: dict[str, Any]) -> None:
    path = toy.write(tmp_path / "jets.h5", TOYS[name](), sample=SAMPLE, collection="Jets" * 12)
    make_hist.main([str(path)])
    assert_readable(drawn, histogram_names(path))
    drawn.clear()
    make_roc_curves.main([str(path), "-o", str(tmp_path)])
    assert_readable(drawn, {"roc"})


@pytest.mark.parametrize("name", DAODS)
def test_of_real_derivations(
    name: str, tmp_path: Path, daod_dir: Path, drawn: dict[str, Any]
) -> None:
    pytest.importorskip("uproot")
    path = tmp_path / "jets.h5"
    assert dump("-o", path, daod_dir / f"{name}.root") == 0
    make_hist.main([str(path)])
    assert_readable(drawn, histogram_names(path))
    if name != "r22_physlite_ttree":  # which has no b-jets
        drawn.clear()
        make_roc_curves.main([str(path), "-o", str(tmp_path)])
        assert_readable(drawn, {"roc"})


def test_of_the_tutorial(tmp_path: Path, drawn: dict[str, Any]) -> None:
    pytest.importorskip("uproot")
    daod, path = tmp_path / "sample.root", tmp_path / "jets.h5"
    assert make_sample([str(daod), "--events", "2000"]) == 0
    assert dump("-o", path, daod) == 0
    make_hist.main([str(path)])
    assert_readable(drawn, histogram_names(path))
    drawn.clear()
    make_roc_curves.main([str(path), "-o", str(tmp_path)])
    assert_readable(drawn, {"roc"})


@pytest.mark.parametrize(("error", "losses"), [(0.0045, [0.42, 0.4145]), (1e-7, [0.5]), (0, [1e3])])
def test_of_a_training(error: float, losses: list[float], tmp_path: Path) -> None:
    jets = open_jets([toy.write(tmp_path / "jets.h5", toy.jets(10), sample=SAMPLE)])
    history = {"loss": losses, "val_loss": losses}
    assert faults(draw_loss(jets, [10**9, 10**8, 10**9], history, error)) == []


@pytest.mark.parametrize("difference", [0, 1e-9, 1e-7, 1e-5, 0.3, np.inf])
def test_of_a_validation(difference: float, tmp_path: Path) -> None:
    jets = open_jets([toy.write(tmp_path / "jets.h5", toy.jets(10), sample=SAMPLE)])
    compared = Comparison(("pu", "pc", "pb"))
    compared.add(np.full((1000, 3), difference), np.zeros((1000, 3)))
    assert faults(draw_differences(jets, compared, 1e-5)) == []
