"""Parts that are the output themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py

from dumpxaod.hdf5.jet_writer import DATASET
from dumpxaod.output import write_atomically


class KeptParts:
    """Stands for an output of which only the parts are wanted: copies no jets.

    Parameters
    ----------
    path
        Where the output would be. Its attributes are written beside it, as output.json.
    inputs
        Files that must not be replaced.

    Attributes
    ----------
    n_jets
        How many jets are in the parts so far.
    """

    def __init__(self, path: Path, *, inputs: Iterable[Path] = ()) -> None:
        self._path, self._inputs = path, tuple(inputs)
        self.n_jets = 0

    def __str__(self) -> str:
        return str(self._path.with_name(f"{self._path.stem}.*.h5"))

    def __enter__(self) -> KeptParts:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    @property
    def n_rows(self) -> dict[str, int]:
        """Nothing that could be taken back."""
        return {}

    def append(self, columns: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
        """Refuse jets that are in no part: `--max-events` cannot be had with parts."""
        raise NotImplementedError

    def truncate(self, n_rows: Mapping[str, int]) -> None:
        """Take nothing back: a derivation that is left out has no part."""

    def add_part(self, part: Path) -> None:
        """Count the jets of a part; one without any would only be in the way of its readers."""
        with h5py.File(part) as file:
            n_jets = len(file[DATASET])
        if not n_jets:
            part.unlink()
        self.n_jets += n_jets

    def describe(
        self, attributes: Mapping[str, str], tables: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Write the attributes of the jets to a text file."""
        path = self._path.with_suffix(".json")
        with write_atomically(path, inputs=self._inputs) as (partial,):
            partial.write_text(json.dumps(attributes, indent=1))
