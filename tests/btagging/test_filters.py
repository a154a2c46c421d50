"""Files that are compressed with filters of hdf5plugin are read, or the filter is named."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import h5py
import make_roc_curves
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.jets.stream import open_jets
from h5py import h5z

ROWS = toy.jets(3000)
CHUNK = 1024  # rows


def plugin() -> Any:
    return pytest.importorskip("hdf5plugin", reason="the filters need hdf5plugin")


def write(path: Path, compression: Any, rows: Any = ROWS, **options: Any) -> Any:
    with h5py.File(path, "w") as file:
        file.create_dataset("jets", data=rows, chunks=(CHUNK,), compression=compression, **options)
    return path


def read(path: Path, field: Any = "rnnip_log_ratio") -> Any:
    return np.concatenate([batch[field] for batch in open_jets([path]).batches([field])])


def error(path: Path) -> Any:
    with pytest.raises(UserError) as caught:
        list(open_jets([path]).batches(["jf_sig"]))
    return str(caught.value)


def renamed(path: Path, number: Any) -> Any:
    """Let a file say that it is compressed with another filter instead of deflate."""
    content = path.read_bytes()
    message = struct.pack("<HHHH", h5z.FILTER_DEFLATE, 8, 1, 1) + b"deflate\0"
    assert content.count(message) == 1
    name = struct.pack("<HHHH", number, 8, 1, 1) + b"strange\0"
    path.write_bytes(content.replace(message, name))
    return path


FILTERS: dict[str, Any] = {
    "LZ4": ("LZ4", {}),
    "LZ4 in blocks": ("LZ4", {"nbytes": 1024}),
    "Zstd": ("Zstd", {}),
    "Bitshuffle": ("Bitshuffle", {}),
    "Bitshuffle Zstd": ("Bitshuffle", {"cname": "zstd"}),
    "Bitshuffle alone": ("Bitshuffle", {"cname": "none"}),
    "Blosc": ("Blosc", {}),
    "Blosc uncompressed": ("Blosc", {"clevel": 0}),
    "Blosc2": ("Blosc2", {}),
    "BZip2": ("BZip2", {}),
}


@pytest.mark.parametrize("more", [{}, {"shuffle": True}, {"fletcher32": True}], ids=str)
@pytest.mark.parametrize("name", FILTERS)
def test_what_a_filter_compressed_is_read(tmp_path: Path, name: str, more: Any) -> None:
    """Also where all jets are the same, and where rows without meaning do not shrink."""
    kind, options = FILTERS[name]
    noise = np.frombuffer(np.random.default_rng(1).bytes(ROWS.nbytes), ROWS.dtype)
    for rows in (ROWS, np.zeros_like(ROWS), noise):
        path = write(tmp_path / "a.h5", getattr(plugin(), kind)(**options), rows, **more)
        expected = rows["rnnip_log_ratio"]
        assert read(path).tobytes() == expected.tobytes()


def test_a_virtual_dataset_of_compressed_files(tmp_path: Path) -> None:
    layout = h5py.VirtualLayout(shape=(6000,), dtype=ROWS.dtype)
    for i in range(2):
        path = write(tmp_path / f"{i}.h5", plugin().LZ4())
        layout[3000 * i : 3000 * (i + 1)] = h5py.VirtualSource(path, "jets", shape=(3000,))
    with h5py.File(tmp_path / "all.h5", "w") as file:
        file.create_virtual_dataset("jets", layout)
    assert np.array_equal(read(tmp_path / "all.h5", "jf_sig"), np.tile(ROWS["jf_sig"], 2))


def test_what_atlas_ftag_tools_writes_by_default(tmp_path: Path, cases_dir: Path) -> None:
    """Its 3000 jets are counted, and 87 taus left out."""
    plugin()
    path = cases_dir / "jets" / "ftag_h5writer_default.h5"
    make_roc_curves.main([str(path), "-o", str(tmp_path), "--format", "png"])
    assert open_jets([path]).n_jets == 3000


def test_without_the_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line names the filter and the remedy."""
    path = renamed(write(tmp_path / "a.h5", "gzip"), 32004)
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)
    monkeypatch.setattr(h5z, "filter_avail", lambda number: number < 32000)
    assert error(path) == (
        f"{path}: /jets is compressed with LZ4 (HDF5 filter 32004), which needs the package "
        "hdf5plugin: pip install '.[filters]' in the project's folder"
    )


@pytest.mark.parametrize(
    ("number", "name"), [(32013, "ZFP"), (32024, "SZ3"), (40000, "an unknown filter")]
)
def test_a_filter_that_is_not_supported(tmp_path: Path, number: Any, name: str) -> None:
    """Those of pictures and of lossy compression: no bound on their memory is known."""
    path = renamed(write(tmp_path / "a.h5", "gzip"), number)
    assert error(path) == (
        f"{path}: /jets is compressed with {name} (HDF5 filter {number}), which is not supported; "
        "make it again with h5repack -f GZIP=1"
    )


def test_the_plugin_is_loaded_only_where_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("btagging.jets.filters.importlib.import_module", loaded.append)
    open_jets([write(tmp_path / "a.h5", "gzip")])
    assert loaded == []


def stored(path: Path) -> Any:
    """Return the first chunk as it is stored."""
    with h5py.File(path) as file:
        return bytearray(file["jets"].id.read_direct_chunk((0,))[1])


GIGABYTES = 2**36


@pytest.mark.parametrize(
    ("name", "start", "size"),
    [
        ("LZ4", 0, struct.pack(">Q", GIGABYTES)),
        ("LZ4", 0, struct.pack(">Q", 12)),
        ("Bitshuffle", 0, struct.pack(">Q", GIGABYTES)),
        ("Blosc", 4, struct.pack("<I", 2**31 - 1)),
        ("Blosc2", 30, struct.pack(">Q", GIGABYTES)),
        ("Blosc2", 58, struct.pack(">I", 2**31 - 1)),
        ("Zstd", 4, bytes([0b11100000]) + struct.pack("<Q", GIGABYTES)),
        ("Zstd", 4, bytes([0b10100000]) + struct.pack("<I", 2**32 - 1)),
        ("Zstd", 0, b"none"),
        ("BZip2", 0, b"none"),
    ],
)
def test_a_chunk_that_says_it_is_larger(tmp_path: Path, name: str, start: Any, size: Any) -> None:
    """The filter would make room for it: refused before it is decompressed."""
    path = write(tmp_path / "a.h5", getattr(plugin(), name)())
    content = stored(path)
    content[start : start + len(size)] = size
    with h5py.File(path, "r+") as file:
        file["jets"].id.write_direct_chunk((0,), bytes(content))
    assert error(path) == (
        f"{path}: the file is damaged (a chunk would not decompress to the size of its rows); "
        "copy or make it again"
    )


def test_a_bomb_of_bzip2(tmp_path: Path) -> None:
    """Ten thousand times as many zeros in a few kilobytes."""
    import bz2

    path = write(tmp_path / "a.h5", plugin().BZip2())
    with h5py.File(path, "r+") as file:
        file["jets"].id.write_direct_chunk((0,), bz2.compress(bytes(50_000_000)))
    assert "would not decompress to the size of its rows" in error(path)


def test_compressed_twice_by_different_filters(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", "gzip", fletcher32=True)
    assert read(path).tobytes() == ROWS["rnnip_log_ratio"].tobytes()
    with h5py.File(path, "w") as file:
        created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        created.set_chunk((CHUNK,))
        created.set_deflate(1)
        created.set_filter(h5py.h5z.FILTER_LZF, h5py.h5z.FLAG_OPTIONAL)
        kind = h5py.h5t.py_create(ROWS.dtype, logical=True)
        space = h5py.h5s.create_simple(ROWS.shape)
        dataset = h5py.h5d.create(file.id, b"jets", kind, space, created)
        h5py.Dataset(dataset)[:] = ROWS
    assert error(path) == (
        f"{path}: /jets is compressed more than once; make it again with h5repack"
    )
