"""The bytes of a new HDF5 file, written such that a full disk is an error and not a crash.

HDF5 may crash a process that closes a file whose last bytes cannot be written. So it writes
through `Disk`, which notes the first failure and lets HDF5 believe that all is well.
"""

from __future__ import annotations

import io
from typing import Any


class Disk(io.FileIO):
    """A file that notes the first exception, and from then on throws away what is written."""

    failure: BaseException | None = None

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self.failure:
            raise self.failure

    def write(self, data: Any) -> int:
        """Write all of some bytes."""
        if self.failure is None:
            try:
                view = memoryview(data)
                while view:  # the last bytes before a limit are written apart
                    view = view[super().write(view) :]
            except BaseException as error:  # a signal must not pass through HDF5 either
                self.failure = error
        return len(data)

    def truncate(self, size: int | None = None) -> int:
        """Make the file longer or shorter."""
        if self.failure is None:
            try:
                return super().truncate(size)
            except BaseException as error:
                self.failure = error
        return size or 0
