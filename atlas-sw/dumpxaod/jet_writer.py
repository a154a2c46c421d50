"""Append batches of jets to one HDF5 dataset, as in the tutorial."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .errors import UserError, WorkError

DATASET = "jets"
CHUNK = 2048  # rows
ROWS_PER_COPY = 128 * CHUNK
DEFLATE_LEVEL = 4  # 7 would take three times as long to write, for 4% fewer bytes


class JetWriter:
    """Writes the file under a temporary name, and gives it its own when it is complete.

    Use it in a ``with`` statement: if that ends with an exception, an older file of
    that name stays as it was.

    Parameters
    ----------
    path
        The output file.
    compress
        Whether it is; a file that is soon read again and removed needn't be.

    Attributes
    ----------
    path
        The same.
    progress
        Is told how many jets there are, after each batch.

    Raises
    ------
    WorkError
        If the file cannot be written there.
    """

    def __init__(self, path: Path, *, compress: bool = True) -> None:
        self.path = path
        self._compress = compress
        self.progress: Callable[[int], None] = lambda n_jets: None
        self._part = path.with_name(f"{path.name}.part")
        self._dataset: Any = None

    def __str__(self) -> str:
        return str(self.path)

    def __enter__(self) -> JetWriter:
        _check_replaceable(self.path)
        try:
            self._part.touch()
            # Attributes of any length, such as a list of a thousand inputs, need version 1.8.
            self._file = h5py.File(self._part, "w", libver=("v108", "latest"))
        except OSError as error:
            reason = error.strerror or str(error).splitlines()[0]
            raise WorkError(f"{self.path}: cannot be written ({reason})") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._file.close()
            if kind is None:
                os.replace(self._part, self.path)  # noqa: PTH105 - atomic, unlike a move
        finally:
            self._part.unlink(missing_ok=True)

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
            self._dataset = self._file.create_dataset(
                DATASET,
                shape=(0,),
                maxshape=(None,),
                dtype=dtype,
                chunks=(CHUNK,),
                compression="gzip" if self._compress else None,
                compression_opts=DEFLATE_LEVEL if self._compress else None,
            )
        rows = np.empty(len(next(iter(columns.values()))), self._dataset.dtype)
        for name, values in columns.items():
            if not np.can_cast(values.dtype, rows.dtype[name], "safe"):
                raise UserError(
                    f"{name} is {values.dtype} here, but was {rows.dtype[name]} in the files before"
                )
            rows[name] = values
        self._extend(rows)

    def _extend(self, rows: NDArray[Any]) -> None:
        first = len(self._dataset)
        self._dataset.resize(first + len(rows), axis=0)
        self._dataset[first:] = rows
        self.progress(self.n_jets)

    def truncate(self, n_jets: int) -> None:
        """Take back what was written last.

        Parameters
        ----------
        n_jets
            How many jets stay; without any, the next batch decides names and types anew.
        """
        if self._dataset is not None and n_jets:
            self._dataset.resize(n_jets, axis=0)
        elif self._dataset is not None:
            del self._file[DATASET]
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
        self._dataset.attrs.update(attributes)


def _check_replaceable(path: Path) -> None:
    """Refuse to write over what is certainly no earlier output."""
    if path.is_dir():
        raise WorkError(f"{path}: is a folder; name a file with -o")
    if path.is_file():
        with path.open("rb") as file:
            if file.read(4) == b"root":
                raise WorkError(
                    f"{path}: is a ROOT file, which is not overwritten; choose another -o"
                )
