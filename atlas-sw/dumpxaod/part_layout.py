"""Where the parts of an output lie, while processes work on them or for good."""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import h5py

from . import __version__
from .errors import WorkError
from .inputs import is_remote
from .jet_writer import DATASET, JetWriter
from .recipe import Recipe


@dataclass(frozen=True)
class Layout:
    """The place of an output, and the places of its parts.

    Parameters
    ----------
    output
        The HDF5 file that is asked for.
    merge
        Whether the parts become that one file. If not, they stay beside where it would be:
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
        return (
            self.output.with_name(f"{self.output.name}.parts") if self.merge else self.output.parent
        )

    def part(self, number: int) -> Path:
        """Name a part by the number of its input, which counts from 1."""
        return self.folder / f"{self.output.stem}.{number:05}.h5"

    def parts(self) -> list[Path]:
        """List the parts that there are."""
        return sorted(self.folder.glob(f"{glob.escape(self.output.stem)}.[0-9]*.h5"))

    def prepare(self, done: Collection[Path]) -> None:
        """Make the folder, and look at what is in it.

        Parameters
        ----------
        done
            The parts that can be used.

        Raises
        ------
        WorkError
            If other parts are there that are someone's output.
        """
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise WorkError(f"{self.folder}: cannot be made ({error.strerror})") from None
        for part in self.parts():
            if part not in done and not self.merge:
                raise WorkError(
                    f"{part}: is there from another call; remove it, choose another -o, "
                    "or --resume that call"
                )
            if part not in done:
                part.unlink()

    def note(self) -> str:
        """Tell of the parts that are done, after the work broke off."""
        n_parts = len(self.parts())
        are = "part is" if n_parts == 1 else "parts are"
        return f" ({n_parts} {are} done: --resume uses them)" if n_parts else ""

    def clean(self) -> None:
        """Remove what is unfinished, and the folder if it was only for that."""
        for path in self.folder.glob(f".{glob.escape(self.output.stem)}.[0-9]*.h5.*"):
            path.unlink(missing_ok=True)
        if self.merge:
            with suppress(OSError):  # it has parts in it
                self.folder.rmdir()

    def finish(self) -> None:
        """Remove the parts, once they are merged."""
        for path in self.parts() if self.merge else []:
            path.unlink()


class KeptParts(JetWriter):
    """Stands for an output of which only the parts are wanted: copies no jets.

    Parameters
    ----------
    path
        Where the output would be. Its attributes are written beside it, as output.json.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._n_jets = 0

    def __str__(self) -> str:
        return str(self.path.with_name(f"{self.path.stem}.*.h5"))

    def __enter__(self) -> KeptParts:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    @property
    def n_jets(self) -> int:
        """How many jets are in the parts so far."""
        return self._n_jets

    def add_part(self, part: Path) -> None:
        """Count the jets of a part; one without any would only be in the way of its readers."""
        with h5py.File(part) as file:
            n_jets = len(file[DATASET])
        if not n_jets:
            part.unlink()
        self._n_jets += n_jets
        self.progress(self._n_jets)

    def describe(self, attributes: Mapping[str, str]) -> None:
        """Write the attributes to a text file."""
        unfinished = self.path.with_name(f".{self.path.stem}.json.part")
        unfinished.write_text(json.dumps(attributes, indent=1))
        unfinished.replace(self.path.with_suffix(".json"))


def fingerprint(path: str, recipe: Recipe) -> str:
    """Compute what tells the part of an input from others that it must not be mistaken for.

    Parameters
    ----------
    path
        The input.
    recipe
        What is dumped of it.
    """
    facts = [__version__, path, repr(recipe)]
    with suppress(OSError):  # it is missing: the work on it will tell
        if not is_remote(path):
            status = Path(path).stat()
            facts += [str(status.st_size), str(status.st_mtime_ns)]
        if recipe.nn_file:
            facts.append(hashlib.sha256(recipe.nn_file.read_bytes()).hexdigest())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()
