"""Virtual datasets, which show rows of other datasets.

HDF5 reads zeros, in silence, wherever a virtual dataset leads to nothing: jets that all look
light. So everything it leads to is checked before a row is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from btagging.errors import UserError, shown
from btagging.jets.attributes import read_attributes
from btagging.jets.hdf5 import open_hdf5
from btagging.jets.rows import Pieces, StoredRows, count, first, selected, stored, whole
from btagging.jets.source_search import check_last, find_source, with_number
from btagging.jets.storage import find_chunks

if TYPE_CHECKING:
    import h5py


def stored_rows(
    dataset: h5py.Dataset, seen: dict[tuple[int, int, int], bool] | None = None
) -> list[StoredRows]:
    """Find the rows that a dataset consists of, and check that none is missing.

    Parameters
    ----------
    dataset
        With named fields, of one dimension or of two for tracks, virtual or not.
    seen
        The datasets visited before, by their location, and whether their check has ended.

    Returns
    -------
    list of StoredRows
        Its own, and those of its sources.

    Raises
    ------
    UserError
        If some of the rows lead to nothing, or were never written.
    """
    path, seen = Path(dataset.file.filename), {} if seen is None else seen
    own = stored(dataset, whole(len(dataset)))
    if not seen.get(own.location, True):
        raise UserError(f"{path}: virtual dataset that leads to itself; make it again")
    if own.location in seen:
        return [own]
    seen[own.location] = False
    found = [own, *_source_rows(path, dataset, seen)] if dataset.is_virtual else [own]
    if not dataset.is_virtual:
        find_chunks(dataset)
    seen[own.location] = True
    return found


def _source_rows(
    path: Path, dataset: h5py.Dataset, seen: dict[tuple[int, int, int], bool]
) -> list[StoredRows]:
    """Find the rows of all sources of a virtual dataset."""
    found, blocks = [], []
    for mapping in dataset.virtual_sources():
        names = mapping.file_name, mapping.dset_name
        numbered = any("%b" in name.replace("%%", "") for name in names)
        rows = selected(mapping.vspace, dataset.shape, join=not numbered)
        blocks.append(rows)
        if numbered:
            check_last(path, mapping.file_name, len(rows))
        for number, block in enumerate(rows[:, None] if numbered else [rows]):
            file_name, name = (with_number(name, number) for name in names)
            with _source(path, file_name, name) as source:
                with _blamed(path):
                    stored_rows(source, seen)
                what = f"{path}: virtual dataset whose source {shown(file_name)}"
                _check_fields(what, dataset, source)
                found.append(_shown(what, source, mapping.src_space, count(block)))
    _check_cover(path, blocks, len(dataset))
    return found


@contextmanager
def _source(path: Path, file_name: str, name: str) -> Iterator[h5py.Dataset]:
    """Open a source of a virtual dataset."""
    import h5py

    source_path = path if file_name == "." else find_source(path, file_name)
    if source_path is None:
        raise UserError(
            f"{path}: virtual dataset whose source {shown(file_name)} is gone; put it back"
        )
    with _blamed(path):
        read_attributes(source_path, name, ())
        file = open_hdf5(source_path)
    with file:
        source = file.get(name)
        if not isinstance(source, h5py.Dataset) or not source.shape or not source.dtype.names:
            raise UserError(
                f"{path}: virtual dataset whose source {source_path} has no dataset {shown(name)} "
                "of rows with named fields; make the virtual dataset again"
            )
        yield source


@contextmanager
def _blamed(path: Path) -> Iterator[None]:
    """Say which virtual dataset led to a bad file."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{path}: virtual dataset with a bad source: {error}") from error


def _check_fields(what: str, dataset: h5py.Dataset, source: h5py.Dataset) -> None:
    """Check that a source has the same rows and all fields: HDF5 makes up what it lacks."""
    if source.shape[1:] != dataset.shape[1:]:
        shapes = f"{source.shape[1:]} instead of {dataset.shape[1:]}"
        raise UserError(f"{what} has rows of shape {shapes}; make it again")
    for name in dataset.dtype.names:
        if name not in source.dtype.names:
            raise UserError(f"{what} has no field '{shown(name)}'; make it again without the field")
        here, there = dataset.dtype[name], source.dtype[name]
        if not np.can_cast(there, here, "same_kind"):
            raise UserError(
                f"{what} has {there} in field '{shown(name)}' instead of {here}; make it again"
            )


def _shown(what: str, source: h5py.Dataset, space: h5py.h5s.SpaceID, n_rows: int) -> StoredRows:
    """Find the first `n_rows` selected rows of a source, and check that they exist."""
    pieces = first(selected(space, source.shape), n_rows)
    if count(pieces) < n_rows:
        raise UserError(
            f"{what} no longer has {n_rows} rows in {shown(source.name.strip('/'))}; "
            "make the virtual dataset again"
        )
    return stored(source, pieces)


def _check_cover(path: Path, blocks: list[Pieces], n_rows: int) -> None:
    """Check that each row leads to exactly one row of a source."""
    pieces = np.concatenate([*blocks, [[n_rows, n_rows]]])
    starts, stops = pieces[pieces[:, 0].argsort()].T
    ends = np.concatenate([[0], stops[:-1]])
    for found, problem in ((starts > ends, "no source"), (starts < ends, "two sources")):
        if found.any():
            rows = sorted((ends[found.argmax()], starts[found.argmax()]))
            raise UserError(
                f"{path}: virtual dataset whose rows {rows[0]} to {rows[1] - 1} lead to {problem}; "
                "make it again"
            )
