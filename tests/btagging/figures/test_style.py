"""All pictures have this project's style: nothing of a user's matplotlib gets in."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import make_hist
import make_roc_curves
import pytest
import toy
from btagging.figures import roc, text

HOSTILE = """\
text.usetex: True
font.size: 30
lines.linewidth: 20
figure.facecolor: red
savefig.bbox: tight
savefig.dpi: 30
pdf.fonttype: 3
axes.grid: True
axes.formatter.use_locale: True
"""


@pytest.mark.parametrize("name", ["make_hist", "make_roc_curves"])
def test_a_matplotlibrc_changes_nothing(name: str, tmp_path: Path) -> None:
    """Not even LaTeX, which may not be there; `$` in a file's name means nothing."""
    path = toy.write(tmp_path / r"a$b $\frac{.h5", toy.jets(1000), kind="", sample="")
    (tmp_path / "matplotlibrc").write_text(HOSTILE)
    script = Path(make_hist.__file__).with_name(f"{name}.py")
    outputs = []
    for folder, rc in (("plain", tmp_path / "nowhere"), ("hostile", tmp_path / "matplotlibrc")):
        subprocess.run(
            [sys.executable, script, path, "-o", tmp_path / folder],
            env={**os.environ, "MATPLOTLIBRC": str(rc)},
            check=True,
            capture_output=True,
        )
        files = sorted((tmp_path / folder).iterdir())
        outputs.append({file.name: file.read_bytes() for file in files})
    assert len(outputs[0]) >= 3
    assert outputs[0] == outputs[1]


def test_fonts_are_truetype_and_pictures_sharp(tmp_path: Path) -> None:
    """Journals take no Type 3 fonts, and want 200 dots per inch or more."""
    path = toy.write(tmp_path / "a.h5", toy.jets(1000))
    make_roc_curves.main([str(path), "-o", str(tmp_path)])
    pdf = (tmp_path / "roc.pdf").read_bytes()
    assert b"/Subtype /Type0" in pdf
    assert b"/Type3" not in pdf
    width, _ = struct.unpack(">II", (tmp_path / "roc.png").read_bytes()[16:24])
    assert width == 11 * 200


def test_each_curve_looks_different() -> None:
    """The network is black and solid, and nothing else is black."""
    names = [f"T{i}" for i in range(30)]
    looks = roc.looks([*names[:15], "nn", *names[15:]])
    distinct = {(look["color"], str(look["linestyle"]), look["marker"]) for look in looks}
    assert len(distinct) == 31
    network = looks.pop(15)
    assert (network["color"], network["linestyle"]) == ("black", "-")
    assert not any(look["color"] == "black" or look["linestyle"] == "-" for look in looks)
    lines = {(look["color"], str(look["linestyle"])) for look in looks}
    assert len(lines) == 30


@pytest.mark.parametrize("name", ["W" * 60, "i" * 300, "$a_b$" * 30, "日" * 50])
def test_an_elided_text_fits(name: str) -> None:
    found = text.elided(name, 12, 2.0)
    assert text.width(text.literal(found), 12) <= 2.0
    assert "…" in found
    assert (found[0], found[-1]) == (name[0], name[-1])


def test_a_short_text_stays() -> None:
    assert text.elided("a name", 12, 2.0) == "a name"
