"""Make the README's pictures with the README's own commands. Run it when they should change.

A test compares them with those of the day.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from test_readme import ROOT, commands

# Each with how the first command begins that makes it.
PICTURES = {
    "correlation": ("plots/correlation.png", "local-sw/make_hist.py data/output.h5"),
    "roc": ("plots/roc.png", "local-sw/make_roc_curves.py data/output.h5 --nn"),
    "tracks": ("plots/tracks/roc.png", "local-sw/make_roc_curves.py data/tracks.h5"),
}
_COLOURS = 128  # are enough for lines, and make the files small


def main() -> None:
    """Run the commands in a fresh copy of the project, up to the last picture."""
    left = dict(PICTURES)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for side in ("atlas-sw", "local-sw"):
            shutil.copytree(ROOT / side, copy / side, symlinks=True)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        for command in commands():
            subprocess.run(
                command, shell=True, cwd=copy, env={**os.environ, "PATH": path}, check=True
            )
            for name in [name for name in left if command.startswith(left[name][1])]:
                keep(copy / left.pop(name)[0], ROOT / "plots" / f"example-{name}.png")
            if not left:
                return
    raise SystemExit(f"the README has no commands for {list(left)}")


def keep(picture: Path, target: Path) -> None:
    """Keep a picture in few colours."""
    with Image.open(picture) as image:
        image.convert("RGB").quantize(_COLOURS).save(target, optimize=True)
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
