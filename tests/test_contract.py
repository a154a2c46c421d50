"""The two sides share nothing but files; here is what they must agree on."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import mini_daod
import pytest
from btagging import discriminants, flavours
from btagging.export import lwtnn as lwtnn_export
from btagging.jets import dump_attributes
from btagging.jets.stream import open_jets
from dumpxaod import input_record, jet_classifier
from dumpxaod.__main__ import main
from dumpxaod.fields import columns
from dumpxaod.fields import jets as field_jets
from dumpxaod.lwtnn import variables

ROOT = Path(__file__).parents[1]
SIDES = {"atlas-sw": "dumpxaod", "local-sw": "btagging"}
FOREIGN = {
    "atlas-sw": {"btagging", "keras", "tensorflow", "matplotlib"},
    "local-sw": {"dumpxaod", "uproot", "awkward", "ROOT"},
}


def imported(path: Path) -> set[str]:
    """Top-level names of the packages that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("side", SIDES)
def test_no_side_imports_the_other_or_its_packages(side: str) -> None:
    sources = [*(ROOT / side).rglob("*.py"), *(ROOT / side).glob("dump-xaod")]
    assert len(sources) > 10
    found = {path.name: imported(path) & FOREIGN[side] for path in sources}
    assert {name: packages for name, packages in found.items() if packages} == {}


@pytest.mark.parametrize("module", ["errors", "output", "signals", "terminal"])
def test_both_sides_report_and_write_alike(module: str) -> None:
    """What both define is the same word for word."""
    atlas, local = (importlib.import_module(f"{side}.{module}") for side in SIDES.values())
    shared = [name for name in vars(atlas) if name in vars(local) and not name.startswith("__")]
    own = [
        name for name in shared if getattr(vars(atlas)[name], "__module__", "") == atlas.__name__
    ]
    expected = {
        "errors": "exit_code",
        "output": "write_atomically",
        "signals": "deferred_signals",
        "terminal": "progress",
    }
    assert expected[module] in own
    for name in own:
        assert inspect.getsource(vars(atlas)[name]) == inspect.getsource(vars(local)[name]), name


def test_both_sides_decompress_alike() -> None:
    atlas, local = (ROOT / folder / package / "deflate.py" for folder, package in SIDES.items())
    assert atlas.read_text() == local.read_text()


def test_both_sides_look_for_the_same_labels() -> None:
    """Files of others may say it by a class, which derivations do not have."""
    assert (*field_jets.LABELS, flavours.CLASS_FIELD) == flavours.LABEL_FIELDS


def test_several_files_are_of_one_kind_on_both_sides() -> None:
    """Of jets of several kinds, both sides name the one that comes first."""
    assert input_record.KINDS == dump_attributes.KINDS == ("synthetic", "simulation", "data")


def test_a_rounded_double_means_the_same_on_both_sides() -> None:
    assert columns.ROUNDED == dump_attributes.ROUNDED


def test_the_sources_of_inputs_are_kept_under_the_same_key() -> None:
    assert variables.SOURCE == lwtnn_export.SOURCE


def test_the_scores_are_called_alike() -> None:
    assert f"{lwtnn_export.NAME}_" == jet_classifier.PREFIX


@pytest.mark.parametrize("field", [*field_jets.TUTORIAL, *field_jets.FALLBACK_FIELDS])
def test_every_default_field_is_a_discriminant(field: str) -> None:
    assert [found.name for found in discriminants.known([field])] == [field]


def test_a_dumped_file_is_read_on_the_other_side(tmp_path: Path) -> None:
    daod = mini_daod.write(tmp_path / "a.root")
    assert main(["-o", str(tmp_path / "o.h5"), str(daod)]) == 0
    jets = open_jets([tmp_path / "o.h5"])
    assert (jets.kind, jets.sample, jets.n_jets) == ("simulation", "a.root", 2)
    assert jets.label_field == mini_daod.LABEL
    (batch,) = jets.batches(jets.fields)
    assert batch[mini_daod.LABEL].tolist() == [5, 4]
