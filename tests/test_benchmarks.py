"""The benchmarks' own arithmetic and bookkeeping; nothing here is timed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from benchmarks import before, bench_plots, bench_start, inputs, results
from benchmarks import run as program
from benchmarks.pairing import Command, Cost, medians, run
from benchmarks.results import Group, Row

OLD = [Row("a", "b", "wall", 1.0, None, ""), Row("make_hist.py", "C++", "CPU", 2.0, 1.0, "2 s")]
NEW = [Row("dump", "C++", "CPU", 0.5, 0.4, "4 and 8 s"), Row("dump", "C++", "wall", 3, None, "")]
SIDES = {"dumpxaod": "atlas-sw", "btagging": "local-sw"}
HEAD = ["| work | against | what | found | at most | met | |", "|---|---|---|---|---|---|---|"]
HIST = "| make_hist.py | C++ | CPU | 2 | 1 | **no** | 2 s |"
DUMP = "| dump | C++ | CPU | 0.5 | 0.4 | **no** | 4 and 8 s |"


def test_a_run_is_measured_without_the_memory_of_the_caller(tmp_path: Path) -> None:
    ballast = np.ones(40_000_000)  # 320 MB
    code = "x = b'x' * 60_000_000; print(sum(range(3_000_000)))"
    cost = run([sys.executable, "-c", code], tmp_path)
    assert cost.output == "4499998500000"
    assert 60 < cost.memory < 200 < ballast.nbytes / 2**20
    assert 0 < cost.cpu < 2 * cost.wall + 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans on")
def test_what_a_program_leaves_behind_is_waited_for_and_counted(tmp_path: Path) -> None:
    child = "import time; x = b'x' * 60_000_000; time.sleep(0.5); open('done', 'w')"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"
    cost = run([sys.executable, "-c", parent], tmp_path)
    assert (tmp_path / "done").exists()
    assert cost.wall > 0.5
    assert cost.memory > 60


def test_a_program_that_fails_stops_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"left with 3:\nno luck$"):
        run([sys.executable, "-c", "print('no luck'); raise SystemExit(3)"], tmp_path)


def test_ratios_and_verdicts() -> None:
    ours = medians([Cost(x, 2 * x, 50, "") for x in (3, 1, 2)])
    row = results.ratio("dump", "cpu", ours, Cost(9, 8, 100, ""), peer="C++", target=0.4)
    assert row == NEW[0]
    memory = results.ratio("dump", "memory", ours, Cost(9, 8, 100, ""), peer="C++", target=0.5)
    shown = results.ratio("dump", "wall", ours, Cost(4, 8, 100, ""), peer="C++", target=None)
    assert results.as_table([row, memory, shown]).split("\n") == [
        *HEAD,
        DUMP,
        "| dump | C++ | memory | 0.5 | 0.5 | yes | 50 and 100 MB |",
        "| dump | C++ | wall | 0.5 |  |  | 2 and 4 s |",
    ]


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    groups = {"dump": Group("2026-01-02", "a machine", {"numpy": "2"}, NEW)}
    results.save(groups, tmp_path / "results.json")
    assert results.load(tmp_path / "results.json") == groups


def test_rows_with_a_target_are_shown_under_where_they_were_measured() -> None:
    groups = {
        "start": Group("2026-01-01", "a machine", {"numpy": "2", "h5py": "3"}, []),
        "plots": Group("2026-01-02", "a machine", {"numpy": "2"}, OLD),
        "dump": Group("2026-01-02", "a machine", {"numpy": "2"}, NEW),
    }
    assert results.as_text(groups).split("\n") == [
        "- `start`: 2026-01-01, a machine, numpy 2, h5py 3.",
        "- `plots`, `dump`: 2026-01-02, a machine, numpy 2.",
        "",
        *HEAD,
        HIST,
        DUMP,
    ]


def test_the_readme_shows_what_the_figures_are() -> None:
    readme = results.README.read_text()
    assert readme.count("<!-- results -->\n") == readme.count("\n<!-- end -->") == 1
    assert readme == results.between_marks(readme, results.as_text(results.load(results.TRACKED)))


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the project's own figures and table, and for the scratch folder."""
    tracked, readme = tmp_path / "tracked.json", tmp_path / "README.md"
    groups = {"start": Group("d", "m", {}, OLD[:1]), "plots": Group("d", "m", {}, OLD)}
    results.save(groups, tracked)
    readme.write_text("Before.\n<!-- results -->\nold\n<!-- end -->\nAfter.\n")
    monkeypatch.setattr(results, "TRACKED", tracked)
    monkeypatch.setattr(results, "README", readme)
    monkeypatch.setattr(program, "SCRATCH", tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)  # set_up.sh
    monkeypatch.setattr(bench_start, "rows", lambda setting: iter(NEW))
    return tmp_path


@pytest.mark.parametrize("options", [[], ["--keep"]])
def test_a_group_replaces_its_own_rows_and_leaves_the_others(
    options: list[str], scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The project's figures and table change only with --keep."""
    untouched = {path: path.read_text() for path in scratch.iterdir()}
    program.main(["start", *options])
    assert capsys.readouterr().out.split("\n")[:4] == ["== start", *HEAD, DUMP]
    found = results.load(scratch / "results.json")
    assert {name: group.rows for name, group in found.items()} == {"start": NEW, "plots": OLD}
    if options:
        assert results.load(results.TRACKED) == found
        start, _, text = results.README.read_text().partition("<!-- results -->\n")
        assert (start, text) == ("Before.\n", f"{results.as_text(found)}\n<!-- end -->\nAfter.\n")
    else:
        assert {path: path.read_text() for path in untouched} == untouched


def test_a_group_that_lacks_a_figure_with_a_target_is_not_kept(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without g++ there is no compiled peer: its row must not vanish from the table."""
    monkeypatch.setattr(bench_plots, "rows", lambda setting: iter(NEW))
    untouched = {path: path.read_text() for path in scratch.iterdir()}
    program.main(["plots", "--keep"])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "plots is not kept, without 'make_hist.py' against 'C++'"
    assert results.load(scratch / "results.json")["plots"].rows == NEW
    assert {path: path.read_text() for path in untouched} == untouched


def test_quick_figures_are_not_written(scratch: Path) -> None:
    program.main(["--quick", "start"])
    assert not (scratch / "results.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plot"], "no such group: plot"),
        (["--against", ".", "start"], "no such group: start"),
        (["--keep", "--quick"], "--keep is for figures against the peers, with the large inputs"),
        (
            ["--keep", "--against", "."],
            "--keep is for figures against the peers, with the large inputs",
        ),
        (["--against", "nowhere"], "nowhere is no checkout of this project"),
    ],
)
def test_a_mistaken_command_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        program.main(arguments)
    assert capsys.readouterr().err.splitlines()[-1].endswith(f": error: {message}")


@pytest.mark.parametrize(
    ("group", "scripts"),
    [
        ("dump", ["atlas-sw/dump-xaod"]),
        ("plots", ["local-sw/make_hist.py", "local-sw/make_roc_curves.py"]),
        ("network", ["local-sw/train_nn.py"]),
    ],
)
def test_two_checkouts_do_the_same_in_turn(
    group: str,
    scripts: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran: list[Path] = []

    def in_turn(programs: Mapping[str, Command], repetitions: int) -> dict[str, list[Cost]]:
        ours, theirs = programs["ours"], programs["before"]
        assert list(programs) == ["ours", "before"]
        assert [*ours[:1], *ours[2:]] == [*theirs[:1], *theirs[2:]]
        assert Path(theirs[1]) == tmp_path / Path(ours[1]).relative_to(inputs.PROJECT)
        ran.append(Path(ours[1]).relative_to(inputs.PROJECT))
        return {"ours": [Cost(3, 1, 50, "")] * repetitions, "before": [Cost(4, 4, 50, "")]}

    (tmp_path / "atlas-sw").mkdir()
    monkeypatch.setattr(results, "in_turn", in_turn)
    monkeypatch.setattr(before, "jets", lambda n: Path("jets.h5"))
    monkeypatch.setattr(before, "network", list)
    monkeypatch.setattr(before, "sample", lambda events: Path("sample.root"))
    monkeypatch.setattr(before, "copies", lambda source, n: [source])
    monkeypatch.setattr(before, "DAODS", tmp_path)
    program.main(["--against", str(tmp_path), group])
    assert list(map(str, ran)) == scripts
    shown = capsys.readouterr().out.split("\n")[-3:]
    assert shown[0].endswith("| before | wall | 0.75 |  |  | 3 and 4 s |")
    assert shown[1].endswith("| before | CPU | 0.25 |  |  | 1 and 4 s |")


def test_the_code_that_speed_costs_is_where_the_readme_says() -> None:
    """Each piece names files that exist, and what is found in one of them."""
    _, _, text = results.README.read_text().partition("| piece | lines | gains |\n|---|---|---|\n")
    pieces = [
        line.split("|")[1].partition(":")[0] for line in text.partition("\n\n")[0].split("\n")
    ]
    assert len(pieces) == 15
    for piece in pieces[:-1]:  # the last is in all scripts
        quoted = re.findall(r"`([^`]+)`", piece)
        paths = [name for name in quoted if name.endswith(".py")]
        assert paths
        code = "".join(
            (inputs.PROJECT / SIDES[path.split("/")[0]] / path).read_text() for path in paths
        )
        assert [name for name in quoted if name not in paths and name not in code] == []
