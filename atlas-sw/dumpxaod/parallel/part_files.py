"""The paths of an output's parts, which are merged in the end or kept."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dumpxaod.errors import FatalError, os_reason


@dataclass(frozen=True)
class Layout:
    """The path of an output, and the paths of its parts.

    Parameters
    ----------
    output
        The merged HDF5 file.
    merge
        Whether the parts are merged. If not, they are kept in the same folder:
        output.00001.h5 and so on.
    resume
        Whether parts of an earlier call are used.
    """

    output: Path
    merge: bool
    resume: bool

    @property
    def folder(self) -> Path:
        """The folder of the parts."""
        return self._beside(f"{self._target.name}.parts") if self.merge else self._target.parent

    @property
    def _target(self) -> Path:
        return Path(os.path.realpath(self.output))

    def _beside(self, name: str) -> Path:
        return self._target.with_name(name)

    def part(self, number: int) -> Path:
        """Name a part by the number of its input, from 1."""
        return self.folder / f"{self._target.stem}.{number:05}.h5"

    def parts(self) -> list[Path]:
        """List the parts that exist."""
        return self._matching("")

    def _matching(self, before: str) -> list[Path]:
        pattern = re.compile(rf"{before}{re.escape(self._target.stem)}\.\d{{5,}}\.h5")
        with suppress(FileNotFoundError):
            return sorted(path for path in self.folder.iterdir() if pattern.fullmatch(path.name))
        return []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the parts against other calls; remove unfinished parts before and after.

        Raises
        ------
        FatalError
            If another call is writing the same output, or the folder cannot be written to.
        """
        with _lock(self._beside(f".part-lock-{self._target.name}"), self.output):
            self._clean()
            try:
                self.folder.mkdir(exist_ok=True)
            except OSError as error:
                raise FatalError(f"{self.folder}: cannot be made ({os_reason(error)})") from error
            try:
                yield
            finally:
                self._clean()

    def _clean(self) -> None:
        with suppress(OSError):  # the folder does not exist, or has parts
            for path in self._matching(r"\.part-.+-"):
                path.unlink(missing_ok=True)
            if self.merge:
                self.folder.rmdir()

    def prepare(self, done: Collection[Path], damaged: Collection[Path]) -> None:
        """Remove the parts that cannot be used.

        Parameters
        ----------
        damaged
            Parts that nobody can use as an output either.

        Raises
        ------
        FatalError
            If another part may be somebody's output.
        """
        for part in self.parts():
            if part in done:
                continue
            if not (self.merge or part in damaged):
                raise FatalError(
                    f"{part}: exists, from another call; remove it, choose another -o, "
                    "or --resume that call"
                )
            part.unlink()

    def note(self) -> str:
        """Say how many parts are done, for the message after an interruption."""
        n_parts = len(self.parts())
        are = "part is" if n_parts == 1 else "parts are"
        return f" ({n_parts} {are} done: --resume uses them)" if n_parts else ""

    def finish(self) -> None:
        """Remove the parts after they are merged."""
        for path in self.parts() if self.merge else []:
            path.unlink()


@contextmanager
def _lock(path: Path, output: Path) -> Iterator[None]:
    """Hold a lock, which the system releases if the process dies."""
    file = _locked_file(path, output)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(file)


def _locked_file(path: Path, output: Path) -> int:
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise FatalError(f"{output}: cannot be written ({os_reason(error)})") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise FatalError(
                f"{output}: another call is writing its parts; wait for it, or choose another -o"
            ) from None
        except OSError:
            return file  # a file system without locks
        with suppress(FileNotFoundError):  # another call has just ended, and removed the file
            if path.stat().st_ino == os.fstat(file).st_ino:
                return file
        os.close(file)
