"""Models of strangers: any value of their JSON may be of any kind, and far too large."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attempt import call, run_here, verdict
from inputs import DUMP, EXPORT, dumped, exported, make

# Each is as small as it is hostile.
ATOMS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 0.5, 2**31, 2**63, 10**400, 1e308, -1e308),
    *("", "../../etc/passwd", "\x1b[31mred\x1b[0m", "x" * 100_000, "\ud800", "keras.ops", "linear"),
    *([], {}, [[]], [None] * 10_000, list(range(85_000)), {"class_name": "Lambda", "config": {}}),
    [{}] * 85_000,
)
SECONDS = 10


def rows(scratch: Path, tries: int, seed: int) -> Iterator[tuple[str, Counter[str]]]:
    """Replace one value of a model's JSON after the other."""
    sample, _, model = make(scratch, 100)
    folder, out = scratch / "hostile", scratch / "out"
    shutil.copytree(model, folder)
    out.mkdir()
    export = [folder / "architecture.json", folder / "nn.weights.h5", "--lwtnn", out / "lwtnn.json"]
    dump = ["-o", out / "jets.h5", "--nn-file", folder / "lwtnn-network.json", sample]
    for name, script, arguments, digest in (
        ("architecture.json", EXPORT, export, exported),
        ("variables.json", EXPORT, export, exported),
        ("lwtnn-network.json", DUMP, dump, dumped),
    ):
        rng = random.Random(f"{seed} {name}")
        if run_here(script, arguments):
            raise SystemExit(f"{name}: the sound model failed")
        sound = json.loads((model / name).read_text())
        found: Counter[str] = Counter()
        for _ in range(tries):
            write(folder, name, hostile(sound, rng))
            result = call(script, arguments, seconds=SECONDS)
            outcome = verdict(result, lambda: digest(out), "")  # noqa: B023 - called at once
            # Another number may stand there by right: it is a stranger's network.
            found["same" if outcome == "silent" else outcome] += 1
            shutil.rmtree(folder)
            shutil.copytree(model, folder)
        yield f"a hostile {name}", found


def hostile(content: Any, rng: random.Random) -> Any:
    """Replace one value, anywhere in there."""
    content = copy.deepcopy(content)
    places = list(_places(content))
    parent, key = rng.choice(places)
    parent[key] = rng.choice(ATOMS)
    return content


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    """List each value by its parent and its key or index."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in list(pairs):
        yield content, key
        if isinstance(value, dict | list):
            yield from _places(value)


def write(folder: Path, name: str, content: Any) -> None:
    """Write a file of a model such that the checksums agree: the stranger knows them, too."""
    path = folder / name
    path.write_text(json.dumps(_signed(content)))
    variables = json.loads((folder / "variables.json").read_text())
    files = variables.get("files")
    if name != "variables.json" and isinstance(files, dict) and name in files:
        files[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        (folder / "variables.json").write_text(json.dumps(_signed(variables)))


def _signed(content: Any) -> Any:
    if not (isinstance(content, dict) and "sha256" in content):
        return content
    rest = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return rest | {"sha256": hashlib.sha256(text.encode()).hexdigest()}
