"""Recognise HDF5 files of Keras in other layouts: whole models, and weights of Keras 2."""

from __future__ import annotations

from pathlib import Path

from btagging.errors import UserError


def check_layout(path: Path, content: bytes) -> None:
    """Refuse an HDF5 file in another layout than that of a weights file.

    The bytes are searched for the names of Keras's attributes, so that HDF5 does not read a
    malicious file before that is needed.

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
