"""Floats with shorter mantissas, which compress better, as ATLAS stores them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# The two choices of Athena's output streams: CompressionBitsLow and CompressionBitsHigh.
MANY, FEW = 15, 7
_MANTISSA = 23  # bits of single precision


def shortened(values: NDArray[Any], bits: int) -> NDArray[np.float32]:
    """Round to single precision with a shorter mantissa.

    Parameters
    ----------
    values
        Finite numbers.
    bits
        Number of mantissa bits that are kept; the others become 0.
    """
    pattern = np.ascontiguousarray(values, dtype="f4").view("u4")
    cleared = np.uint32(_MANTISSA - bits)
    half = np.uint32(1 << (_MANTISSA - bits - 1))
    return ((pattern + half) >> cleared << cleared).view("f4")
