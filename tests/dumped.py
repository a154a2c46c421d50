"""Run the dumper in a test, and compare what it wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
from dumpxaod.__main__ import main


def dump(*arguments: Any) -> int:
    """Run dump-xaod here."""
    return main([str(argument) for argument in arguments])


def assert_same(one: Path, other: Path) -> None:
    """Check that two outputs differ in nothing but the command line."""
    with h5py.File(one) as first, h5py.File(other) as second:
        assert list(first) == list(second) == ["jets"]
        a, b = first["jets"], second["jets"]
        assert a.dtype == b.dtype
        assert (a.chunks, a.compression, a.compression_opts, a.maxshape) == (
            b.chunks,
            b.compression,
            b.compression_opts,
            b.maxshape,
        )
        assert a[:].tobytes() == b[:].tobytes()
        attributes = [texts(jets) for jets in (a, b)]
        commands = [these.pop("command_line") for these in attributes]
        assert attributes[0] == attributes[1]
        assert all(command.startswith("dump-xaod ") for command in commands)


def texts(jets: h5py.Dataset) -> dict[str, str]:
    """Read the attributes, which h5py returns as bytes."""
    return {name: value.decode() for name, value in jets.attrs.items()}
