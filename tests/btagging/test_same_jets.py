"""The same jets under two names are refused: their errors would be too small."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.jets.stream import open_jets

ROWS = toy.jets(3000)


def dump(path: Path, rows: np.ndarray, uuids: str, command: str = "", **attributes: Any) -> Path:
    """Write jets as the dumper does, from derivations with these UUIDs, one letter each."""
    inputs = [{"path": f"{uuid}.root", "uuid": uuid, "size": 1, "events": 1} for uuid in uuids]
    ours = {
        "collection": "AnalysisJets",
        "command_line": command or f"dump-xaod -o {path.name}",
        "version": "0.1.0",
        "inputs": json.dumps(inputs),
    }
    return toy.write(path, rows, **ours | attributes)


def error(*paths: Path) -> str:
    with pytest.raises(UserError) as caught:
        open_jets(paths)
    return str(caught.value)


def test_a_file_named_twice(tmp_path: Path) -> None:
    path = toy.write(tmp_path / "a.h5", ROWS)
    assert error(path, path) == f"{path}: named twice; name it once"


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_file_under_two_names(tmp_path: Path, link: Callable[[Path, Path], None]) -> None:
    path, other = toy.write(tmp_path / "a.h5", ROWS), tmp_path / "b.h5"
    link(other, path)
    assert error(path, other) == (
        f"{path} and {other}: the same jets, which are in {path}; name one of them"
    )


def virtual(path: Path, source: Path, rows: slice) -> Path:
    n = len(range(len(ROWS))[rows])
    layout = h5py.VirtualLayout((n,), toy.DTYPE)
    layout[:] = h5py.VirtualSource(str(source), "jets", (len(ROWS),))[rows]
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("jets", layout)
    return path


def test_a_virtual_dataset_and_its_source(tmp_path: Path) -> None:
    source = toy.write(tmp_path / "a.h5", ROWS)
    path = virtual(tmp_path / "b.h5", source, np.s_[:10])
    assert error(path, source) == (
        f"{path} and {source}: the same jets, which are in {source}; name one of them"
    )


def test_virtual_datasets_of_different_rows(tmp_path: Path) -> None:
    source = toy.write(tmp_path / "a.h5", ROWS)
    odd = virtual(tmp_path / "b.h5", source, np.s_[1::2])
    even = virtual(tmp_path / "c.h5", source, np.s_[0::2])
    assert open_jets([odd, even]).n_jets == 3000


def test_two_dumps_of_one_derivation(tmp_path: Path) -> None:
    """As after `make`: output.h5 and scored.h5 have the same jets and other fields."""
    output = dump(tmp_path / "output.h5", ROWS[["jf_sig"]], "ab")
    scored = dump(tmp_path / "scored.h5", ROWS, "bc")
    assert error(output, scored) == (
        f"{output} and {scored}: both have the jets of b.root (AnalysisJets), which would count "
        "twice; name one of them"
    )


def test_other_jets_of_one_derivation(tmp_path: Path) -> None:
    small = dump(tmp_path / "a.h5", ROWS, "a")
    large = dump(tmp_path / "b.h5", ROWS, "a", collection="AnalysisLargeRJets")
    assert open_jets([small, large]).n_jets == 6000


def test_dumps_of_different_derivations(tmp_path: Path) -> None:
    paths = [dump(tmp_path / f"{uuid}.h5", ROWS, uuid) for uuid in "abc"]
    assert open_jets(paths).n_jets == 9000


@pytest.mark.parametrize("attributes", [{"uuid": "1" * 32}, {}], ids=["uuid", "older"])
def test_a_copy_of_a_dump(tmp_path: Path, attributes: dict[str, str]) -> None:
    path = dump(tmp_path / "a.h5", ROWS, "a", **attributes)
    copy = Path(shutil.copy(path, tmp_path / "b.h5"))
    assert error(path, copy) == (
        f"{path} and {copy}: the same jets, of the same derivations; name one of them"
    )


def test_a_copy_without_derivations(tmp_path: Path) -> None:
    paths = [toy.write(tmp_path / name, ROWS, uuid="1" * 32) for name in ("a.h5", "b.h5")]
    one, other = paths
    assert error(*paths) == (
        f"{one} and {other}: the same jets, of the same derivations; name one of them"
    )


def test_parts_of_a_dump_that_was_split(tmp_path: Path) -> None:
    """As by h5split, which copies the attributes of the whole file to each part."""
    options = {"uuids": "a", "command": "dump-xaod a.root", "uuid": "1" * 32}
    parts = [dump(tmp_path / f"{i}.h5", ROWS[1000 * i :][:1000], **options) for i in range(3)]
    assert open_jets(parts).n_jets == 3000
    whole = dump(tmp_path / "whole.h5", ROWS, **options)
    assert error(*parts, whole) == (
        f"{parts[0]} and {whole}: the same jets, of the same derivations; name one of them"
    )
