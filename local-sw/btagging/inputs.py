"""The inputs of a network: from the fields of jets to normalised numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.jets.stream import Batch

TRANSFORMS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "identity": lambda x: x,
    "log1p": np.log1p,  # shortens a long tail; 0 stays 0
}
"""Applied to a field before the normalisation; log1p of `jf_sig` is called `jf_sig_log1p`."""

TRACK_TRANSFORMS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    **TRANSFORMS,
    "log": np.log,
    "symlog": lambda x: np.sign(x) * np.log1p(np.abs(x)),  # two long tails
}
"""The same for fields of tracks."""


@dataclass(frozen=True)
class Input:
    """One input of a network.

    Parameters
    ----------
    name
        In the files of lwtnn.
    field
        Of `/jets`, or of `/tracks` after "tracks/".
    transform
        A key of `TRANSFORMS`, or for a field of tracks of `TRACK_TRANSFORMS`.
    offset, scale
        The network sees `(x + offset) * scale`, computed in double precision, as in lwtnn.
    default
        Replaces x where that is NaN or infinite.
    source
        From what the field was made where the network was trained; empty where unknown.
    """

    name: str
    field: str
    transform: str
    offset: float = 0.0
    scale: float = 1.0
    default: float = 0.0
    source: str = ""

    def transformed(self, jets: Batch) -> NDArray[np.float64]:
        """Compute x, of the field's shape; it may be NaN or infinite."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return TRACK_TRANSFORMS[self.transform](jets[self.field].astype(np.float64))

    def normalised(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """Replace what is not finite by the default, then shift and scale.

        The order is that of lwtnn's NanReplacer in its mode rep::all, which Athena uses.
        """
        known = np.where(np.isfinite(x), x.astype(np.float64), self.default)
        return (known + self.offset) * self.scale


def unknown(i: Input, jets: Batch, x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for which jets an input is unknown, so that the default is taken.

    Returns
    -------
    ndarray
        Of shape (2, jets): where the field is not finite, and where it is, but not the transformed
        x, as log1p of -999.
    """
    field = ~np.isfinite(jets[i.field])
    return np.stack([field, ~np.isfinite(x) & ~field])


def prepare(inputs: Sequence[Input], jets: Batch) -> NDArray[np.float64]:
    """Compute the normalised inputs, of shape (jets, inputs)."""
    if not inputs:  # of jets, in a network on tracks
        return np.empty((len(next(iter(jets.values()))), 0))
    return np.stack([i.normalised(i.transformed(jets)) for i in inputs], axis=1)
