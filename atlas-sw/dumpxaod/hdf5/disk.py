"""The bytes of a new HDF5 file, written so that a full disk is an error and not a crash.

HDF5 may crash a process that closes a file whose last bytes cannot be written. So it writes
through `Disk`, which records the first failure and hides it from HDF5.
"""

from __future__ import annotations

import io
from typing import Any


class Disk(io.FileIO):
    """A file that records the first exception, and discards whatever is written after it."""

    failure: BaseException | None = None

    def check(self) -> None:
        """Raise the recorded exception, if there is one."""
        if self.failure:
            raise self.failure

    def write(self, data: Any) -> int:
        """Write all bytes, also if the system takes them in several pieces."""
        if self.failure is None:
            try:
                view = memoryview(data)
                while view:  # the last bytes before a size limit are written separately
                    view = view[super().write(view) :]
            except BaseException as error:  # a signal must not pass through HDF5 either
                self.failure = error
        return len(data)

    def truncate(self, size: int | None = None) -> int:
        """Resize the file."""
        if self.failure is None:
            try:
                return super().truncate(size)
            except BaseException as error:
                self.failure = error
        return size or 0
