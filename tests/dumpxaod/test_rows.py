"""Rows that are appended to a dataset, and taken away again."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from dumpxaod import deflate
from dumpxaod.hdf5 import dataset
from dumpxaod.hdf5.dataset import CHUNK_BYTES, Dataset
from dumpxaod.hdf5.new_file import HDF5Output
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NARROW, WIDE = (), (1000,)
DTYPE = np.dtype([("x", "<f4"), ("valid", "?")])
CHUNK = CHUNK_BYTES // (1000 * DTYPE.itemsize)  # rows


def random_rows(n: int, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    rows = np.zeros((n, *shape), DTYPE)
    rows["x"] = rng.integers(0, 9, rows.shape)
    rows["valid"] = rng.integers(0, 2, rows.shape)
    return rows


@given(
    shape=st.sampled_from([NARROW, WIDE]),
    steps=st.lists(st.tuples(st.integers(0, 3 * CHUNK), st.integers(0, 5 * CHUNK)), max_size=6),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_rows_are_those_appended_less_those_truncated(
    tmp_path: Path, shape: tuple[int, ...], steps: list[tuple[int, int]]
) -> None:
    """Appended in pieces of any size; each time only so many are kept."""
    rng = np.random.default_rng(1)
    expected = random_rows(1, shape, rng)
    with HDF5Output(tmp_path / "o.h5") as output:
        found = Dataset(output, "rows", keep=True)
        found.append(expected)
        for n, keep in steps:
            more = random_rows(n, shape, rng)
            found.append(more)
            expected = np.concatenate([expected, more])[: keep + 1]
            found.truncate(len(expected))
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["rows"][:].tobytes() == expected.tobytes()


@pytest.mark.parametrize("library", [deflate.zlib, zlib])
def test_hdf5_decompresses_what_either_library_has_compressed(
    library: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They compress whole chunks, HDF5 the last one."""
    monkeypatch.setattr(dataset, "zlib", library)
    rows = random_rows(2 * CHUNK + 1, WIDE, np.random.default_rng(1))
    with HDF5Output(tmp_path / "o.h5") as output:
        Dataset(output, "rows", keep=True).append(rows)
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["rows"].compression == "gzip"
        assert file["rows"][:].tobytes() == rows.tobytes()
        _, content = file["rows"].id.read_direct_chunk((0, 0))
    assert zlib.decompress(content) == rows[:CHUNK].tobytes()
    assert len(content) < rows[:CHUNK].nbytes / 3
