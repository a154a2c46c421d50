"""Append batches of jets to one HDF5 dataset, as in the tutorial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError
from dumpxaod.hdf5.new_file import HDF5Output, attach, with_attributes_in_header

DATASET = "jets"
CHUNK = 2048  # rows
ROWS_PER_COPY = 128 * CHUNK
DEFLATE_LEVEL = 4  # 7 would take three times as long to write, for 4% fewer bytes
COMPRESSED = {"compression": "gzip", "compression_opts": DEFLATE_LEVEL}


class JetWriter:
    """Writes the file under a temporary name, and gives it its own when it is complete.

    Use it in a ``with`` statement: if that ends with an exception, an older file of
    that name stays as it was.

    Parameters
    ----------
    path
        The output file.
    keep
        Whether it is to stay: then it is compressed. A part that is soon read again has
        checksums instead.
    inputs
        Files that must not be replaced.

    Attributes
    ----------
    path
        The same.

    Raises
    ------
    FatalError
        If the file cannot be written there.
    """

    def __init__(self, path: Path, *, keep: bool = True, inputs: Iterable[Path] = ()) -> None:
        self.path = path
        self._output = HDF5Output(path, inputs)
        self._storage = COMPRESSED if keep else {"fletcher32": True}
        self._dataset: Any = None

    def __str__(self) -> str:
        return str(self.path)

    def __enter__(self) -> JetWriter:
        self._output.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._output.__exit__(kind, error, trace)

    @property
    def n_jets(self) -> int:
        """How many jets were written so far."""
        return 0 if self._dataset is None else len(self._dataset)

    def append(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Append a batch of jets.

        Parameters
        ----------
        columns
            For each field one value a jet; the first batch decides names and types.

        Raises
        ------
        UserError
            If a later batch has values of a type that does not fit.
        """
        if self._dataset is None:
            dtype = np.dtype([(name, values.dtype) for name, values in columns.items()])
            self._dataset = self._create(dtype)
        rows = np.empty(len(next(iter(columns.values()))), self._dataset.dtype)
        for name, values in columns.items():
            if not np.can_cast(values.dtype, rows.dtype[name], "safe"):
                raise UserError(
                    f"{name} is {values.dtype} here, but was {rows.dtype[name]} in the files before"
                )
            rows[name] = values
        self._extend(rows)

    def _create(self, dtype: np.dtype[Any]) -> Any:
        with self._output.writing():
            return self._output.file.create_dataset(
                DATASET,
                shape=(0,),
                maxshape=(None,),
                dtype=dtype,
                chunks=(CHUNK,),
                dcpl=with_attributes_in_header(),
                **self._storage,
            )

    def _extend(self, rows: NDArray[Any]) -> None:
        first = len(self._dataset)
        with self._output.writing():
            self._dataset.resize(first + len(rows), axis=0)
            self._dataset[first:] = rows

    def truncate(self, n_jets: int) -> None:
        """Take back what was written last.

        Parameters
        ----------
        n_jets
            How many jets stay; without any, the next batch decides names and types anew.
        """
        if self._dataset is None:
            return
        with self._output.writing():
            if n_jets:
                self._dataset.resize(n_jets, axis=0)
            else:
                del self._output.file[DATASET]
                self._dataset = None

    def add_part(self, part: Path) -> None:
        """Append the jets of another file that was written so.

        Parameters
        ----------
        part
            The file.

        Raises
        ------
        UserError
            If it has values of a type that does not fit.
        """
        with h5py.File(part) as file:
            jets = file[DATASET]
            for start in range(0, len(jets), ROWS_PER_COPY) or [0]:
                rows = jets[start : start + ROWS_PER_COPY]
                if self._dataset is not None and self._dataset.dtype == rows.dtype:
                    self._extend(rows)
                else:
                    self.append({name: rows[name] for name in rows.dtype.names})

    def describe(self, attributes: Mapping[str, str]) -> None:
        """Attach attributes to the dataset.

        Parameters
        ----------
        attributes
            Name and text of each.
        """
        with self._output.writing():
            for name, text in attributes.items():
                attach(self._dataset, name, text)
