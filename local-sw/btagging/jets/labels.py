"""Turn the label fields of different formats into truth labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.flavours import CLASS_FIELD, CLASS_LABELS, NO_LABEL, class_label


def labels_of(path: Path, names: Sequence[str]) -> tuple[int, ...]:
    """Find the truth labels of classes, which are in the order of their numbers.

    Raises
    ------
    UserError
        If a name is unknown, or there twice.
    """
    labels = []
    for name in names:
        label = class_label(name)
        if label is None or names.count(name) > 1:
            reason = "is there twice" if label is not None else "is none of the classes known here"
            raise UserError(
                f"{path}: {shown(name)}, a class of {CLASS_FIELD}, {reason}: "
                f"{', '.join(CLASS_LABELS)}; say which they are with --labels"
            )
        labels.append(label)
    return tuple(labels)


def truth_labels(
    path: Path, field: str, values: NDArray[Any], classes: Sequence[int]
) -> NDArray[Any]:
    """Turn the values of a label field into truth labels.

    Parameters
    ----------
    values
        Of shape (jets,), of any numeric type.
    classes
        The truth label of each class, for `CLASS_FIELD`.

    Returns
    -------
    ndarray
        Integers of shape (jets,); `NO_LABEL` for what is not finite.

    Raises
    ------
    UserError
        If a value is no integer, or not the number of a class.
    """
    if values.dtype.kind in "fb":
        values = _whole(path, field, values)
    if field != CLASS_FIELD:
        return values
    wrong = ((values < 0) | (values >= len(classes))) & (values != NO_LABEL)
    if wrong.any():
        raise UserError(
            f"{path}: {field} is {values[wrong][0]} for a jet, but there are only the classes "
            f"0 to {len(classes) - 1}; say which they are with --labels"
        )
    return np.where(values == NO_LABEL, NO_LABEL, np.take(classes, values, mode="clip"))


def _whole(path: Path, field: str, values: NDArray[Any]) -> NDArray[np.int64]:
    known = np.isfinite(values)
    numbers = np.where(known, values, 0).astype(np.float64)
    wrong = (numbers % 1 != 0) | (abs(numbers) > 2**53)
    if wrong.any():
        raise UserError(
            f"{path}: {field} is {numbers[wrong][0]:g} for a jet, which is no label; "
            "make the file again with whole numbers in it"
        )
    return np.where(known, numbers.astype(np.int64), NO_LABEL)
