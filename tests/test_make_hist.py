"""make_hist.py from the command line: what it writes, says and refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import make_hist
import numpy as np
import pytest
import toy
from btagging.discriminants import Discriminant
from btagging.errors import UserError
from numpy.lib.recfunctions import append_fields, rename_fields, repack_fields

SCRIPTS = Path(make_hist.__file__).parent
LABEL = "HadronConeExclExtendedTruthLabelID"


@pytest.fixture
def jets(tmp_path: Path) -> Path:
    return toy.write(tmp_path / "output.h5", toy.jets(3000))


def test_writes_pictures_of_all_discriminants_and_says_so(
    tmp_path: Path, jets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_hist.main([str(jets), "-o", str(tmp_path / "plots"), "--format", "png"])
    names = ["rnnip_log_ratio", "jf_sig", "correlation"]
    labels = toy.jets(3000)[LABEL].tolist()
    assert capsys.readouterr().out.splitlines() == [
        "read 3,000 jets (synthetic: toy)",
        f"left out jets with label 15: {labels.count(15)}",
        f"left out jets with label 44: {labels.count(44)}",
        *(f"wrote {tmp_path}/plots/{name}.png" for name in names),
    ]
    assert {path.stem for path in (tmp_path / "plots").iterdir()} == set(names)


def test_pdf_and_png_by_default(tmp_path: Path, jets: Path) -> None:
    make_hist.main([str(jets), "-o", str(tmp_path / "plots")])
    assert {path.suffix for path in (tmp_path / "plots").iterdir()} == {".pdf", ".png"}


def test_one_discriminant_has_no_correlation(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(100)[["jf_sig", LABEL]])
    make_hist.main([str(path), "-o", str(tmp_path / "plots"), "--format", "png"])
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["jf_sig.png"]


@pytest.mark.parametrize(
    ("pair", "labels"),
    [([], "RT"), (["--pair", "jf_sig", "T_log_ratio"], "JT"), (["--pair", "T", "RNNIP"], "TR")],
)
def test_the_pair_may_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: list[str], labels: str
) -> None:
    drawn = []
    draw = make_hist.draw_correlation

    def draw_and_keep(*args: Any) -> Any:
        drawn.append(draw(*args))
        return drawn[-1]

    monkeypatch.setattr(make_hist, "draw_correlation", draw_and_keep)
    rows = toy.jets(500)
    rows = append_fields(rows[["rnnip_log_ratio", LABEL]], "T_log_ratio", rows["rnnip_log_ratio"])
    rows = append_fields(rows, "jf_sig", toy.jets(500)["jf_sig"], usemask=False)
    path = toy.write(tmp_path / "a.h5", rows)
    make_hist.main([str(path), "-o", str(tmp_path), "--format", "png", *pair])
    panel = drawn[0].axes[0]
    assert panel.get_xlabel()[0] + panel.get_ylabel()[0] == labels


def test_an_unknown_discriminant_of_a_pair_is_one_line(tmp_path: Path, jets: Path) -> None:
    with pytest.raises(UserError) as caught:
        make_hist.main([str(jets), "-o", str(tmp_path / "p"), "--pair", "jf_sig", "GN2"])
    assert str(caught.value) == (
        "--pair GN2: no such discriminant; there are: rnnip_log_ratio, jf_sig"
    )


def test_fields_in_some_files_only_are_mentioned(
    tmp_path: Path, jets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = toy.write(tmp_path / "b.h5", toy.jets(100)[["jf_sig", LABEL]])
    make_hist.main([str(jets), str(other), "-o", str(tmp_path / "plots"), "--format", "png"])
    assert "left out field rnnip_log_ratio, which not all files have" in capsys.readouterr().out


def test_the_network_is_drawn_too(
    tmp_path: Path, jets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any network that gives a discriminant will do here."""

    class Network:
        inputs, tracks = (), None

        def discriminant(self, options: Any, number: int) -> Discriminant:
            return Discriminant(
                "nn", "network", "network", (-1.0, 1.0), ("jf_sig",), lambda b: np.tanh(b["jf_sig"])
            )

    class Module:
        @staticmethod
        def load(architecture: Path, weights: Path) -> Network:
            assert (architecture, weights) == (Path("arch.json"), Path("nn.weights.h5"))
            return Network()

    monkeypatch.setattr("btagging.network.network", Module, raising=False)
    monkeypatch.setitem(sys.modules, "btagging.network.network", Module)
    arguments = ["-n", "arch.json", "nn.weights.h5", "--all-jets", "--format", "png", str(jets)]
    make_hist.main([*arguments, "-o", str(tmp_path / "plots")])
    assert (tmp_path / "plots" / "nn.png").exists()


def test_a_field_that_is_called_like_a_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rename_fields(
        repack_fields(toy.jets(100)[["jf_sig", LABEL]]), {"jf_sig": "../../evil_log_ratio"}
    )
    path = toy.write(tmp_path / "a.h5", rows)
    make_hist.main([str(path), "-o", str(tmp_path / "x" / "plots"), "--format", "png"])
    written = tmp_path / "x" / "plots" / "______evil_log_ratio.png"
    assert capsys.readouterr().out.splitlines()[-1] == f"wrote {written}"
    assert {file for file in tmp_path.rglob("*") if file.is_file()} == {path, written}


def test_an_output_without_a_name(jets: Path) -> None:
    with pytest.raises(UserError) as caught:
        make_hist.main([str(jets), "-o", ""])
    assert str(caught.value) == ("-o: the name of the folder is empty; name one, or leave -o out")


def test_a_picture_never_replaces_the_jets(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "jf_sig.png", toy.jets(100)[["jf_sig", LABEL]])
    with pytest.raises(UserError, match="is an input of this call"):
        make_hist.main([str(path), "-o", str(tmp_path), "--format", "png"])


def test_escapes_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(100)[["jf_sig", LABEL]], sample="\x1b[2Jx")
    other = rename_fields(toy.jets(100), {"rnnip_log_ratio": "\x1b[2Jy"})
    paths = [str(path), str(toy.write(tmp_path / "b.h5", other))]
    make_hist.main([*paths, "-o", str(tmp_path), "--format", "png"])
    out = capsys.readouterr().out
    assert out.splitlines()[0] == r"read 200 jets (synthetic: \x1b[2Jx + toy)"
    assert r"left out field \x1b[2Jy, which not all files have" in out
    assert "\x1b" not in out


def test_no_discriminant(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", toy.jets(10)[[LABEL]])
    with pytest.raises(UserError, match="no discriminant among the fields Had"):
        make_hist.main([str(path), "-o", str(tmp_path / "plots")])
    assert not (tmp_path / "plots").exists()


@pytest.mark.parametrize("name", ["make_hist.py", "make_hists.py", "make_roc_curves.py"])
def test_a_mistake_is_one_line_and_exit_code_2(tmp_path: Path, name: str) -> None:
    script = SCRIPTS / name
    command = [sys.executable, str(script), "nowhere.h5"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert os.access(script, os.X_OK)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"{script.name}: error: nowhere.h5: no such file; atlas-sw/dump-xaod makes one\n"
    )


@pytest.mark.parametrize("name", ["make_hist", "make_roc_curves", "train_nn"])
def test_help_and_typing_mistakes_wait_for_no_import(name: str) -> None:
    code = (
        f"import sys, {name}\n"
        "from btagging.errors import UserError\n"
        "for argument in '--help', 'nowhere.h5':\n"
        f"    try: {name}.main([argument])\n"
        "    except (SystemExit, UserError): pass\n"
        "slow = {'numpy', 'h5py', 'matplotlib', 'keras', 'tensorflow'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"
