"""Append batches of jets to /jets, and the rows that belong to them to other datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from dumpxaod.hdf5.dataset import Dataset
from dumpxaod.hdf5.new_file import HDF5Output, attach

DATASET = "jets"


class Output(Protocol):
    """What jets are appended to: see `JetWriter` and `KeptParts`."""

    @property
    def n_rows(self) -> Mapping[str, int]:
        """Number of rows of each dataset so far."""

    def __enter__(self) -> object: ...

    def __exit__(self, *error: Any) -> None: ...

    def append(self, columns: Mapping[str, NDArray[Any]], tables: Mapping[str, Any]) -> None:
        """Append a batch of jets.

        Parameters
        ----------
        columns
            For each field one value per jet; the first batch decides names and types.
        tables
            The rows of each other dataset, as for `Dataset.append`.

        Raises
        ------
        UserError
            If a later batch has values of a type that does not fit.
        """

    def add_part(self, part: Path) -> None:
        """Append all datasets of another file written by `JetWriter`.

        Raises
        ------
        UserError
            If it has values of a type that does not fit.
        """

    def truncate(self, n_rows: Mapping[str, int]) -> None:
        """Keep only the first rows of each dataset."""

    def describe(
        self, attributes: Mapping[str, str], tables: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Attach attributes, name and text, to /jets and to each other dataset."""


class JetWriter:
    """An `Output` that writes a file under a temporary name, and renames it when it is complete.

    Use it in a ``with`` statement: if that ends with an exception, an older file of
    that name stays as it was.

    Parameters
    ----------
    keep
        Whether it is to be kept: then it is compressed. A part that is soon merged has
        checksums instead.
    inputs
        Files that must not be overwritten.

    Raises
    ------
    FatalError
        If the file cannot be written there.
    """

    def __init__(self, path: Path, *, keep: bool = True, inputs: Iterable[Path] = ()) -> None:
        self._output = HDF5Output(path, inputs)
        self._keep = keep
        self._datasets: dict[str, Dataset] = {}

    def __str__(self) -> str:
        return str(self._output.path)

    def __enter__(self) -> JetWriter:
        self._output.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._output.__exit__(*error)

    @property
    def n_rows(self) -> dict[str, int]:
        """See `Output`."""
        return {name: len(dataset) for name, dataset in self._datasets.items()}

    def append(self, columns: Mapping[str, NDArray[Any]], tables: Mapping[str, Any]) -> None:
        """See `Output`."""
        dtype = [(name, values.dtype) for name, values in columns.items()]
        rows = np.empty(len(next(iter(columns.values()))), dtype)
        for name, values in columns.items():
            rows[name] = values
        for name, more in {DATASET: rows, **tables}.items():
            self._dataset(name).append(more)

    def _dataset(self, name: str) -> Dataset:
        if name not in self._datasets:
            self._datasets[name] = Dataset(self._output, name, keep=self._keep)
        return self._datasets[name]

    def truncate(self, n_rows: Mapping[str, int]) -> None:
        """See `Output`."""
        for name, dataset in self._datasets.items():
            dataset.truncate(n_rows.get(name, 0))

    def add_part(self, part: Path) -> None:
        """See `Output`."""
        with h5py.File(part) as file:
            for name, dataset in file.items():
                self._dataset(name).append(dataset)

    def describe(
        self, attributes: Mapping[str, str], tables: Mapping[str, Mapping[str, str]]
    ) -> None:
        """See `Output`."""
        with self._output.writing():
            for dataset, texts in {DATASET: attributes, **tables}.items():
                for name, text in texts.items():
                    attach(self._datasets[dataset].dataset, name, text)
