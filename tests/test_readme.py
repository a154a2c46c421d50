"""The README's commands, run as they stand there; what it shows is what they print."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.M | re.S)
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
ENVIRONMENT = {**os.environ, "PATH": PATH}
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")


def commands() -> list[str]:
    return [line for kind, text in BLOCKS if kind == "bash" for line in text.splitlines()]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run all commands in a fresh copy of the project; what each of them prints."""
    folder = tmp_path_factory.mktemp("readme") / "project"
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    for side in ("atlas-sw", "local-sw"):
        shutil.copytree(ROOT / side, folder / side, ignore=ignore, symlinks=True)
    outputs = {}
    for command in commands():
        run = subprocess.run(
            command,
            shell=True,
            cwd=folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
        outputs[command] = run.stdout
    outputs["folder"] = str(folder)
    outputs["files"] = " ".join(str(p.relative_to(folder)) for p in folder.rglob("*"))
    return outputs


def test_commands_leave_what_the_text_says(printed: dict[str, str]) -> None:
    assert len(commands()) >= 7
    for name in (
        "data/output.h5",
        "plots/roc.png",
        "plots/roc.pdf",
        "plots/roc.json",
        "plots/correlation.png",
        "model/architecture.json",
        "model/nn.weights.h5",
        "model/variables.json",
    ):
        assert name in printed["files"]


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        (
            "local-sw",
            "./make_hists.py data/output.h5 --nn model/architecture.json "
            "model/nn.weights.h5 --format svg",
        ),
        ("atlas-sw", "./dump-xaod data/sample.DAOD.root --max-events 100"),
    ],
)
def test_the_tutorials_own_commands_work_inside_the_folders(
    folder: str, line: str, printed: dict[str, str]
) -> None:
    """The links there lead to the outputs of the commands that are run from above."""
    project = Path(printed["folder"])
    subprocess.run(
        line, shell=True, cwd=project / folder, env=ENVIRONMENT, check=True, capture_output=True
    )
    made = {"local-sw": "plots/jf_sig.svg", "atlas-sw": "atlas-sw/output.h5"}[folder]
    assert (project / made).is_file()


def same_but_for_rounding(shown: str, line: str) -> bool:
    """Whether two lines have the same words, and numbers within a tenth of each other."""
    if NUMBER.sub("#", shown).split() != NUMBER.sub("#", line).split():
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(line), strict=True)
    values = [[float(number.replace(",", "")) for number in pair] for pair in pairs]
    return all(a == pytest.approx(b, rel=0.1, abs=0.02) for a, b in values)


SHOWN = [line for kind, text in BLOCKS if kind == "text" for line in text.splitlines() if line]


@pytest.mark.parametrize("shown", SHOWN)
def test_what_the_text_shows_is_printed(shown: str, printed: dict[str, str]) -> None:
    """An ellipsis stands for the rest of a line."""
    lines = "\n".join(printed.values()).splitlines()
    if shown.endswith("…"):
        words = len(shown.split()) - 1
        shown = " ".join(shown.split()[:words])
        lines = [" ".join(line.split()[:words]) for line in lines]
    assert any(same_but_for_rounding(shown, line) for line in lines)


PYTHON = [text for kind, text in BLOCKS if kind == "python"]


@pytest.mark.parametrize("block", [block for block in PYTHON if block.startswith("# ")])
def test_lines_of_scripts_stand_in_the_scripts_in_this_order(block: str) -> None:
    name, *lines = block.splitlines()
    script = [line.strip() for line in (ROOT / "local-sw" / name[2:]).read_text().splitlines()]
    places = [script.index(line.strip()) for line in lines]
    assert places == sorted(places)
    assert len(lines) >= 3


@pytest.mark.parametrize("block", [block for block in PYTHON if not block.startswith("# ")])
def test_other_python_runs(block: str, printed: dict[str, str]) -> None:
    """It stands after the commands that make its files."""
    code = subprocess.run(
        [sys.executable, "-c", block], cwd=printed["folder"], capture_output=True, text=True
    )
    assert (code.returncode, code.stderr) == (0, "")
    assert "b-jets" in code.stdout


def test_pictures_exist_and_are_small() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < 200_000


@pytest.mark.parametrize(
    ("example", "made"),
    [("example-roc.png", "plots/roc.png"), ("example-tracks.png", "plots/tracks/roc.png")],
)
def test_the_roc_curves_are_those_of_today(
    example: str, made: str, printed: dict[str, str]
) -> None:
    """If not, run tests/make_pictures.py, and look at what it made."""
    from matplotlib.testing.compare import compare_images

    found = Path(printed["folder"]) / made
    assert compare_images(str(ROOT / "plots" / example), str(found), 12) is None


@pytest.mark.parametrize(
    ("row", "epsilon"), [("no value is the least value (here)", "0"), ("with an epsilon", "1e-10")]
)
def test_the_table_of_epsilon(row: str, epsilon: str, printed: dict[str, str]) -> None:
    probabilities = "--variables rnnip_pu rnnip_pb HadronConeExclExtendedTruthLabelID"
    folder = printed["folder"]
    for command in (
        f"atlas-sw/dump-xaod -o data/p.h5 {probabilities} -- data/sample.DAOD.root",
        f"local-sw/make_roc_curves.py data/p.h5 -o plots/p --epsilon {epsilon}",
    ):
        subprocess.run(command, shell=True, cwd=folder, env=ENVIRONMENT, check=True)
    content = json.loads((Path(folder) / "plots/p/roc.json").read_text())
    points = content["discriminants"]["rnnip_log_ratio"]["working_points"][2:]
    (line,) = (line for line in README.splitlines() if line.startswith(f"| {row}"))
    shown = [float(cell) for cell in line.split("|")[2:-1]]
    assert shown == pytest.approx([point["light_rejection"] for point in points], rel=0.01)


def test_make_runs_the_commands_of_the_text() -> None:
    run = subprocess.run(
        ["make", "--dry-run", "tracks"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    made = [line for line in run.stdout.splitlines() if line.startswith(("atlas-sw/", "local-sw/"))]
    assert made[0] == "atlas-sw/get-dataset.sh --sample"
    assert len(made) == 14
    assert set(made[1:]) <= set(commands())
