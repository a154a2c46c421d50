"""Parts that are kept as the output, with --no-merge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py

from dumpxaod.hdf5.jet_writer import DATASET
from dumpxaod.output import write_atomically


class KeptParts:
    """An `Output` that keeps the parts, and copies no jets.

    Parameters
    ----------
    path
        Where the merged file would be. Its attributes are written beside it, as output.json.
    inputs
        Files that must not be overwritten.
    """

    def __init__(self, path: Path, *, inputs: Iterable[Path] = ()) -> None:
        self._path, self._inputs = path, tuple(inputs)

    def __str__(self) -> str:
        return str(self._path.with_name(f"{self._path.stem}.*.h5"))

    def __enter__(self) -> KeptParts:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    @property
    def n_rows(self) -> dict[str, int]:
        """See `Output`; there are no rows here."""
        return {}

    def append(self, columns: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
        """Refuse jets that are not in a part, as of `--max-events`."""
        raise NotImplementedError

    def truncate(self, n_rows: Mapping[str, int]) -> None:
        """Do nothing: a derivation that is left out has no part."""

    def add_part(self, part: Path) -> None:
        """Remove a part without jets, which readers could not use."""
        with h5py.File(part) as file:
            has_jets = len(file[DATASET]) > 0
        if not has_jets:
            part.unlink()

    def describe(
        self, attributes: Mapping[str, str], tables: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Write the attributes of /jets to the JSON file."""
        path = self._path.with_suffix(".json")
        with write_atomically(path, inputs=self._inputs) as (partial,):
            partial.write_text(json.dumps(attributes, indent=1))
