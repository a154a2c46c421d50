"""How an interrupted training goes on: as if it had not been interrupted.

Keras's own `BackupAndRestore` knows neither the losses nor the best of the earlier epochs, nor of
what training it has a state, and a kill at the wrong time leaves it half written.
"""

from __future__ import annotations

import hashlib
import sys
from argparse import Namespace
from typing import Any

import numpy as np

from btagging import __version__
from btagging.training.checkpoint import Checkpoint

_NOT_DECISIVE = ("jets", "output", "resume")  # files of jets may move: their content counts


def open_checkpoint(args: Namespace, keras: Any, model: Any, jets: str) -> Checkpoint:
    """Look for what an earlier call has reached, and say how this one begins.

    Parameters
    ----------
    args
        The command line.
    keras
        The module.
    model
        Compiled.
    jets
        What tells them from others, as a text.

    Raises
    ------
    UserError
        As `Checkpoint`.
    """
    backend = keras.backend.backend()
    options = {name: x for name, x in vars(args).items() if name not in _NOT_DECISIVE}
    facts = {
        **{f"--{name.replace('_', '-')}": _as_typed(x) for name, x in options.items()},
        "btagging": __version__,
        "Keras": keras.__version__,
        backend: str(sys.modules[backend].__version__),
        "NumPy": np.__version__,
        "the digest of the jets": _digest(jets),
        "the digest of the network": _digest(model.to_json()),  # with optimizer and learning rate
    }
    return Checkpoint(args.output, facts, resume=args.resume)


def _as_typed(value: Any) -> str:
    words = value if isinstance(value, list | tuple) else [value]
    none = value is None or value is False or not words
    return "not given" if none else " ".join(map(str, words))


def _digest(text: str) -> str:
    words = " ".join(text.split())  # a terminal may have wrapped the lines
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def keep_checkpoint(keras: Any, checkpoint: Checkpoint, best: Any, batches: Any) -> Any:
    """Let Keras begin with what the checkpoint holds, and write a new one after each epoch.

    Parameters
    ----------
    keras
        The module.
    checkpoint
        Its `epoch` must be the `initial_epoch` of `fit`.
    best
        What `best_epoch.keep_best` returns, which must come first in the list of callbacks.
    batches
        What `batches.keras_batches` returns.

    Returns
    -------
    keras.callbacks.History
        For `fit`.
    """

    class KeepCheckpoint(keras.callbacks.History):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            super().on_train_begin(logs)
            if checkpoint.epoch:
                state, optimizer = checkpoint.state, self.model.optimizer
                self.model.set_weights(state["weights"])
                optimizer.build(self.model.trainable_variables)
                # The learning rate follows from the optimizer's number of steps.
                optimizer.load_own_variables({str(i): x for i, x in enumerate(state["optimizer"])})
                self.history = dict(checkpoint.history)
                best.best, best.best_weights = min(self.history["val_loss"]), state["best"]
                batches.epoch += checkpoint.epoch  # each has an order of its own

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            super().on_epoch_end(epoch, logs)
            optimizer: dict[str, Any] = {}
            self.model.optimizer.save_own_variables(optimizer)
            state = {
                "weights": self.model.get_weights(),
                "optimizer": list(optimizer.values()),
                "best": best.best_weights,
            }
            checkpoint.write(self.history, state)

    return KeepCheckpoint()
