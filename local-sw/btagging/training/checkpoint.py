"""What a training has reached after an epoch, in a file beside the network that it will give."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.output import write_atomically

NAME = "checkpoint.npz"

State = Mapping[str, Sequence[NDArray[Any]]]
"""The variables of the model and of its optimizer, and the weights of the best epoch."""


class Checkpoint:
    """The file, which is there until the network is trained and saved.

    Parameters
    ----------
    folder
        Of the network.
    facts
        What decides the training, in words; only the same one may go on.
    resume
        Whether to go on.

    Raises
    ------
    UserError
        If the file that is there is damaged, or of another training.
    """

    def __init__(self, folder: Path, facts: Mapping[str, str], *, resume: bool) -> None:
        self._path, self._facts = folder / NAME, dict(facts)
        self.history: dict[str, list[float]] = {}
        self.state: State = {}
        found, name = self._path.exists(), shown(self._path)
        if resume and found:
            self._read()
            print(f"{name}: going on after epoch {self.epoch}")
        elif resume:
            print(f"{name}: nothing to resume, starting with the first epoch")
        elif found:
            print(f"{name}: is not used without --resume, starting over")

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.history.get("loss", ()))

    def _read(self) -> None:
        try:
            with np.load(self._path) as file:  # which compares the checksums
                facts, self.history, numbers = json.loads(file["about"].item())
                self.state = {
                    kind: [file[f"{kind}/{i}"] for i in range(n)] for kind, n in numbers.items()
                }
        except Exception as error:  # of the many that NumPy and zipfile have
            raise UserError(
                f"{self._path}: is damaged ({shown(error)}); start over without --resume"
            ) from error
        for name in {**self._facts, **facts}:
            now, was = (some.get(name, "not given") for some in (self._facts, facts))
            if now != was:
                raise UserError(
                    f"{self._path}: {name} was {shown(was)} and is {shown(now)}; --resume needs "
                    "the same command, jets and packages, without it the training starts over"
                )

    def write(self, history: Mapping[str, Sequence[float]], state: State) -> None:
        """Replace the file, after an epoch; if that is interrupted, the earlier one stays.

        Parameters
        ----------
        history
            Keras's, of all epochs so far.
        state
            That after the last of them.
        """
        numbers = {kind: len(arrays) for kind, arrays in state.items()}
        about = np.array(json.dumps([self._facts, history, numbers]))
        arrays: dict[str, Any] = {
            f"{kind}/{i}": x for kind, some in state.items() for i, x in enumerate(some)
        }
        with write_atomically(self._path) as (partial,):
            np.savez(partial, about=about, **arrays)
        self.history = {name: list(losses) for name, losses in history.items()}

    @contextmanager
    def announced(self) -> Iterator[None]:
        """Tell of the file, if the block is interrupted."""
        try:
            yield
        except KeyboardInterrupt:
            if self.epoch:
                program = Path(sys.argv[0]).name
                print(f"{program}: (--resume goes on after the last epoch)", file=sys.stderr)
            raise

    def remove(self) -> None:
        """Remove the file: there is nothing left to do."""
        self._path.unlink(missing_ok=True)
