"""Append batches of jets to one HDF5 dataset, as in the tutorial."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .errors import UserError

DATASET = "jets"
CHUNK = 2048  # rows
DEFLATE_LEVEL = 7  # the tutorial's h5ls shows "deflate-1 OPT {7}": filter 1 at level 7


class JetWriter:
    """Writes the file under a temporary name, and gives it its own when it is complete.

    Use it in a ``with`` statement: if that ends with an exception, an older file of
    that name stays as it was.

    Parameters
    ----------
    path
        The output file.

    Raises
    ------
    UserError
        If the file cannot be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._dataset: Any = None

    def __enter__(self) -> JetWriter:
        _check_replaceable(self._path)
        try:
            self._part.touch()
            # Attributes of any length, such as a list of a thousand inputs, need version 1.8.
            self._file = h5py.File(self._part, "w", libver=("v108", "latest"))
        except OSError as error:
            reason = error.strerror or str(error).splitlines()[0]
            raise UserError(f"{self._path}: cannot be written ({reason})") from None
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
                os.replace(self._part, self._path)  # noqa: PTH105 - atomic, unlike a move
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
                compression="gzip",
                compression_opts=DEFLATE_LEVEL,
            )
        first, n_new = len(self._dataset), len(next(iter(columns.values())))
        rows = np.empty(n_new, self._dataset.dtype)
        for name, values in columns.items():
            if not np.can_cast(values.dtype, rows.dtype[name], "safe"):
                raise UserError(
                    f"{name} is {values.dtype} here, but was {rows.dtype[name]} in the files before"
                )
            rows[name] = values
        self._dataset.resize(first + n_new, axis=0)
        self._dataset[first:] = rows

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
        raise UserError(f"{path}: is a folder; name a file with -o")
    if path.is_file():
        with path.open("rb") as file:
            if file.read(4) == b"root":
                raise UserError(
                    f"{path}: is a ROOT file, which is not overwritten; choose another -o"
                )
