"""HDF5 files of Keras that are no weights file: whole models, and the weights of old versions."""

from __future__ import annotations

from pathlib import Path

from btagging.errors import UserError


def check_layout(path: Path, content: bytes) -> None:
    """Refuse an HDF5 file in another layout than that of a weights file.

    Parameters
    ----------
    path
        Where it was read from.
    content
        Its bytes. They are searched for the names that Keras gives to attributes, since HDF5
        should not see a stranger's file before that is needed.

    Raises
    ------
    UserError
        If it is a whole model, or has the weights in the layout of Keras 2.
    """
    if b"model_config" in content and b"model_weights" in content:
        raise UserError(
            f"{path}: a whole Keras model in HDF5, which is not supported; load it with Keras and "
            "save it with model.save('model.keras')"
        )
    if b"layer_names" in content and b"weight_names" in content:
        raise UserError(
            f"{path}: weights in the old layout of Keras 2; load them with Keras 2 and save them "
            "with model.save_weights('nn.weights.h5')"
        )
