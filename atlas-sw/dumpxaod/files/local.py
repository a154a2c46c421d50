"""The bytes of a file: uproot's interface of a source, and ranges of bytes for the stores."""

from __future__ import annotations

import os
import queue
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uproot
from uproot.source.chunk import Chunk
from uproot.source.futures import TrivialFuture

Ranges = Sequence[tuple[int, int]]


class Source(uproot.source.chunk.Source):  # type: ignore[misc]
    """A file of which ranges of bytes are fetched; the options of `uproot.open` are ignored."""

    closed = False

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__()
        self._file_path = file_path

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *error: object) -> None:
        self.closed = True

    @abstractmethod
    def fetch(self, ranges: Ranges) -> list[bytes]:
        """Fetch several ranges at once.

        Parameters
        ----------
        ranges
            Start and stop of each.

        Raises
        ------
        OSError
            If the file ends before a range does, or cannot be read.
        """

    def chunk(self, start: int, stop: int) -> Chunk:
        """Fetch the bytes from `start` to before `stop`."""
        return self.chunks([(start, stop)], queue.Queue())[0]

    def chunks(self, ranges: Ranges, notifications: queue.Queue[Chunk]) -> list[Chunk]:
        """Fetch several ranges at once, for uproot, whose queue receives the chunks too."""
        found = zip(ranges, self.fetch(ranges), strict=True)
        chunks = [Chunk(self, *span, TrivialFuture(data)) for span, data in found]
        for chunk in chunks:
            notifications.put(chunk)
        return chunks


class LocalSource(Source):
    """A file on this machine: see `Source`."""

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__(file_path)
        self._file = Path(file_path).open("rb", buffering=0)  # noqa: SIM115 - see __exit__

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._file.close()

    @property
    def num_bytes(self) -> int:
        """Size of the file."""
        return os.fstat(self._file.fileno()).st_size

    def fetch(self, ranges: Ranges) -> list[bytes]:
        """See `Source`."""
        file = self._file.fileno()
        # No more than the file has, since memory is allocated before anything is read.
        size = self.num_bytes
        found = [os.pread(file, min(stop, size) - start, start) for start, stop in ranges]
        check_complete(ranges, found)
        return found


def check_complete(ranges: Ranges, found: Sequence[bytes]) -> None:
    """Raise an `OSError` if fewer bytes arrived than were requested."""
    for (start, stop), data in zip(ranges, found, strict=True):
        if len(data) != stop - start:
            raise OSError(f"{len(data)} of {stop - start} bytes arrived")
