"""Pictures look as they did when a person last looked at them, and say what they must."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import make_hist
import make_roc_curves
import numpy as np
import pytest
import toy
from btagging.discriminants import known
from btagging.errors import UserError
from btagging.figures import style as figures
from btagging.figures.style import file_stems
from btagging.jets.stream import Jets, open_jets
from btagging.output import write_files
from btagging.performance import roc
from btagging.performance.axis import Axis
from btagging.performance.histogram import count_jets
from matplotlib.figure import Figure
from numpy.lib.recfunctions import rename_fields, repack_fields

REFERENCES = Path(__file__).parents[1] / "references"
RNNIP, JF = known(["rnnip_log_ratio", "jf_sig"])
# matplotlib's measure, in shades of grey: fonts differ a little from version to version.
TOLERANCE = 8

Drawing = Callable[[Jets], Any]


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    """Turn warnings into errors: no division by zero, no logarithm of nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def save(figure: Figure, stem: Path, formats: Sequence[str]) -> list[Path]:
    return write_files(figures.writers(figure, stem, formats))


def toy_jets(folder: Path, n: int = 20_000, **attributes: str | bytes) -> Jets:
    return open_jets([toy.write(folder / "toy.h5", toy.jets(n), **attributes)])


def histogram(jets: Jets) -> Any:
    axis = Axis(RNNIP, RNNIP.bounds, 50)
    counts = count_jets(jets, [[axis]])
    return make_hist.draw_histogram(jets, counts.n_jets.tolist(), counts.histograms[0], axis)


def correlation(jets: Jets) -> Any:
    axes = [Axis(found, found.bounds, 50) for found in (RNNIP, JF)]
    counts = count_jets(jets, [axes])
    sums = counts.histograms[0].sums
    return make_hist.draw_correlation(jets, counts.n_jets.tolist(), sums, axes)


def roc_curves(jets: Jets) -> Any:
    axes = [roc.fine_axis(found) for found in (RNNIP, JF)]
    counts = count_jets(jets, [[axis] for axis in axes])
    curves = roc.curves(jets, counts, axes)
    return make_roc_curves.draw_roc(jets, counts.n_jets.tolist(), curves, RNNIP)


DRAWINGS = [histogram, correlation, roc_curves]


@pytest.mark.parametrize("draw", DRAWINGS)
def test_reference_picture(tmp_path: Path, draw: Drawing) -> None:
    """Delete a reference to get a new one; then look at it."""
    from matplotlib.testing.compare import compare_images

    drawn = tmp_path / f"{draw.__name__}.png"
    draw(toy_jets(tmp_path)).savefig(drawn, dpi=50)
    reference = REFERENCES / drawn.name
    if not reference.exists():
        reference.write_bytes(drawn.read_bytes())
        pytest.fail(f"made {reference}: look at it")
    assert compare_images(str(reference), str(drawn), TOLERANCE) is None


@pytest.mark.parametrize("draw", DRAWINGS)
@pytest.mark.parametrize("sample", [r"a $\frac{1$ b", "$x$ \x1b[2J", "日本", "caf\udce9"])
def test_a_strangers_sample_is_drawn_as_it_stands(
    tmp_path: Path, draw: Drawing, sample: str
) -> None:
    figure = draw(toy_jets(tmp_path, 200, sample=sample.encode("utf-8", "surrogateescape")))
    shown = sample.replace("\x1b", r"\x1b").replace("\udce9", r"\xe9")
    assert figure.texts[2].get_text() == shown.replace("$", r"\$")
    save(figure, tmp_path / "a", ["png", "pdf", "svg"])


def test_a_tagger_of_any_name_is_in_the_legend(tmp_path: Path) -> None:
    rows = toy.jets(500)[["rnnip_log_ratio", "HadronConeExclExtendedTruthLabelID"]]
    rows = rename_fields(repack_fields(rows), {"rnnip_log_ratio": "_$x$_log_ratio"})
    jets = open_jets([toy.write(tmp_path / "a.h5", rows)])
    axes = [roc.fine_axis(found) for found in known(jets.fields)]
    counts = count_jets(jets, [[axis] for axis in axes])
    curves, n_jets = roc.curves(jets, counts, axes), counts.n_jets.tolist()
    figure = make_roc_curves.draw_roc(jets, n_jets, curves, axes[0].discriminant)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [r" _\$x\$"]
    save(figure, tmp_path / "a", ["png"])


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["jf_sig", "correlation"], ["jf_sig", "correlation"]),
        (["../../x", "/home/x"], ["______x", "_home_x"]),
        (["a/b", "a_b", "A_b"], ["a_b", "a_b_2", "A_b_3"]),
        (["\x1b[2J", "é$"], ["__2J", "__"]),
        (["a" * 300, "a" * 300 + "b"], ["a" * 100, "a" * 100 + "_2"]),
    ],
)
def test_names_of_files(names: list[str], stems: list[str]) -> None:
    """Whatever a field is called, its picture stays in the folder, and replaces no other."""
    assert list(file_stems(names).items()) == list(zip(names, stems, strict=True))


@pytest.mark.parametrize("draw", DRAWINGS)
def test_few_jets(tmp_path: Path, draw: Drawing) -> None:
    """One b-jet and no other is the least that all pictures are made of."""
    rows = toy.jets(1)
    rows["HadronConeExclExtendedTruthLabelID"] = 5
    jets = open_jets([toy.write(tmp_path / "one.h5", rows)])
    assert save(draw(jets), tmp_path / "one", ["png"]) == [tmp_path / "one.png"]


@pytest.mark.parametrize("draw", [histogram, correlation])
def test_jets_without_any_value(tmp_path: Path, draw: Drawing) -> None:
    rows = toy.jets(100)
    rows["rnnip_log_ratio"] = np.nan
    jets = open_jets([toy.write(tmp_path / "nan.h5", rows)])
    assert save(draw(jets), tmp_path / "nan", ["png"]) == [tmp_path / "nan.png"]


def test_legend_counts_jets_without_value(tmp_path: Path) -> None:
    rows = toy.jets(1000)
    rows["rnnip_log_ratio"] = np.where(np.arange(1000) % 2, 20, 0)
    b = np.flatnonzero(rows["HadronConeExclExtendedTruthLabelID"] == 5)
    rows["rnnip_log_ratio"][b[: len(b) // 4]] = np.nan
    panel = histogram(open_jets([toy.write(tmp_path / "a.h5", rows)])).axes[0]
    found = [text.get_text() for text in panel.get_legend().get_texts()]
    without = (len(b) // 4) / len(b)
    above = (rows["rnnip_log_ratio"][b] == 20).sum() / len(b)
    assert found[0] == f"b-jets ({without:.1%} no value, {above:.1%} above 12)"
    assert found[1].startswith("c-jets (")
    assert panel.get_yscale() == "log"
    assert [patch.get_hatch() for patch in panel.patches if patch.get_hatch()] == ["////"]


def test_absent_flavours_are_not_in_the_legend(tmp_path: Path) -> None:
    rows = toy.jets(1000)
    rows = rows[rows["HadronConeExclExtendedTruthLabelID"] != 4]
    panel = histogram(open_jets([toy.write(tmp_path / "a.h5", rows)])).axes[0]
    found = [text.get_text().split(" (")[0] for text in panel.get_legend().get_texts()]
    assert found == ["b-jets", "light jets"]
    assert panel.get_ylabel() == "fraction of jets per 0.4"


def test_same_jets_give_the_same_bytes(tmp_path: Path) -> None:
    jets = toy_jets(tmp_path, 500)
    for name in ("a", "b"):
        save(histogram(jets), tmp_path / name, ["pdf", "png", "svg"])
    for ending in ("pdf", "png", "svg"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_save_makes_the_folder_and_leaves_nothing_else(tmp_path: Path) -> None:
    figure = histogram(toy_jets(tmp_path, 100))
    paths = save(figure, tmp_path / "plots" / "new" / "a.b", ["pdf", "png"])
    assert [path.name for path in paths] == ["a.b.pdf", "a.b.png"]
    assert sorted((tmp_path / "plots" / "new").iterdir()) == paths


def test_save_where_it_cannot(tmp_path: Path) -> None:
    figure = histogram(toy_jets(tmp_path, 100))
    (tmp_path / "plots").write_text("a file, not a folder")
    with pytest.raises(UserError) as caught:
        save(figure, tmp_path / "plots" / "a", ["png"])
    assert str(caught.value) == (
        f"{tmp_path}/plots/a.png: cannot be written (File exists); choose another place with -o"
    )


def test_a_failure_leaves_the_old_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = histogram(toy_jets(tmp_path, 100))
    (tmp_path / "a.png").write_text("old")

    def fail(path: Path, **_: Any) -> NoReturn:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(UserError, match="No space left on device"):
        save(figure, tmp_path / "a", ["png"])
    assert (tmp_path / "a.png").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "toy.h5"}
