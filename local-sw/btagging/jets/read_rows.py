"""Read the rows of a file of jets: in ranges of whole chunks, in threads, a little ahead."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, TypeVar

from numpy.typing import NDArray

from btagging.errors import UserError, os_reason
from btagging.jets.chunks import ahead
from btagging.jets.hdf5 import damage_as_error
from btagging.jets.jet_file import JetFile, opened
from btagging.jets.track_file import TrackFile, read_track_file
from btagging.jets.tracks import Wanted, with_tracks

_LARGEST_READ = 2**23  # bytes

Result = TypeVar("Result")


def row_ranges(file: JetFile | TrackFile, size: int) -> list[range]:
    """Divide the rows of a file into ranges of whole chunks, so that each is decompressed once.

    Parameters
    ----------
    file
        Where tracks are read with the jets, their file, since most bytes are there.
    size
        The approximate number of rows in a range; fewer where rows are long.
    """
    size = min(size, _LARGEST_READ // file.bytes_per_row)
    step = max(size // file.rows_per_chunk, 1) * file.rows_per_chunk
    return [range(i, min(i + step, file.n_jets)) for i in range(0, file.n_jets, step)]


def read_ranges(
    file: JetFile,
    ranges: Iterable[range],
    use: Callable[[NDArray[Any], range], Result],
    tracks: Sequence[str] = (),
    wanted: Wanted | None = None,
) -> Generator[Result, None, None]:
    """Read rows of a file's jets, a little ahead and in threads.

    Parameters
    ----------
    ranges
        Some of the file's `row_ranges`.
    use
        Called in a thread, with the rows and their numbers.
    tracks
        The fields of tracks to read as well.
    wanted
        As for `with_tracks`.

    Yields
    ------
    Result
        What `use` returns, in the order of the ranges.

    Raises
    ------
    UserError
        If a part of the file is damaged.
    """
    with damage_as_error(file.path), opened(file.path, file.dataset) as dataset:
        read = with_tracks(dataset, file.tracks, tracks, wanted)
        for rows, future in ahead(lambda rows: use(read(rows), rows), ranges):
            try:
                yield future.result()
            except OSError as error:
                raise UserError(
                    f"{file.path}: jets {rows[0]} to {rows[-1]} are unreadable "
                    f"({os_reason(error)}); the file is damaged, copy or make it again"
                ) from error


def read_rows(
    file: JetFile, size: int, tracks: Sequence[str] = ()
) -> Generator[NDArray[Any], None, None]:
    """Read all rows of a file's jets, at most `size` at a time; as `read_ranges`."""
    ranges = row_ranges(read_track_file(file) if tracks else file, size)
    for rows in read_ranges(file, ranges, lambda rows, _: rows, tracks):
        yield from (rows[i : i + size] for i in range(0, len(rows), size))
