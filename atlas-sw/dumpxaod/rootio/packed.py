"""Double32_t and Float16_t: real numbers that a TTree stores with fewer bits.

With a range, such as ``x/d[0,100,16]``, they are integers of 32 bits; without one, floats of which
only the first bits of the mantissa may be stored. See ROOT's `TBufferFile::ReadWithFactor` and
`ReadWithNbits`, and for the range `GetRange` in `TStreamerElement.cxx`.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.rootio.column import no_number

_WHOLE = np.dtype(">f4")
_STEPS = np.dtype(">u4")
_SHORTENED = np.dtype([("exponent", "u1"), ("mantissa", ">u2")])
_MOST_BITS = 14  # of a shortened mantissa; ROOT ignores a larger number
_USUAL_BITS = {"Double32_t": 0, "Float16_t": 12}  # 0: the whole mantissa

# By ROOT's number of a member's type (single, in an array, in one of variable length), or by the
# class of a leaf.
_TYPENAMES: dict[int | str, str] = {
    **dict.fromkeys((9, 29, 49, "TLeafD32"), "Double32_t"),
    **dict.fromkeys((19, 39, 59, "TLeafF16"), "Float16_t"),
}

# The last brackets with a comma; those of an array come first.
_RANGE = re.compile(r"\[([^][,]+),([^][,]+)(?:,\s*(-?\d+)\s*)?\]")
_ANGLES = {"2pi": 2, "2*pi": 2, "twopi": 2, "pi/2": 1 / 2, "pi/4": 1 / 4, "pi": 1}


class Packing(NamedTuple):
    """How a real number is stored.

    Parameters
    ----------
    typename
        Double32_t or Float16_t.
    low, high
        Its range; equal if it has none.
    bits
        Of the stored integer, or of the mantissa.
    """

    typename: str
    low: float
    high: float
    bits: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a number as stored."""
        if self.low < self.high:
            return _STEPS
        return _SHORTENED if self.bits else _WHOLE

    def unpack(self, values: NDArray[Any]) -> NDArray[Any]:
        """Convert numbers of type `dtype`, in the native byte order, to their values."""
        reals = values
        if self.low < self.high:
            steps = 2**self.bits if self.bits < 32 else 2**32 - 1
            reals = values / (steps / (self.high - self.low)) + self.low
        elif self.bits:
            reals = _lengthened(values, self.bits)
        return reals.astype("f4" if self.typename == "Float16_t" else "f8", copy=False)


def packing(typename: str, title: str) -> Packing:
    """Find out how ROOT stores Double32_t or Float16_t.

    Parameters
    ----------
    typename
        Double32_t or Float16_t.
    title
        Of the leaf or the member: the range is in brackets.

    Raises
    ------
    ValueError
        If ROOT does not know the form of the range.
    """
    brackets = _RANGE.findall(title)
    if not brackets:
        return Packing(typename, 0.0, 0.0, _USUAL_BITS[typename])
    low, high = (_bound(text) for text in brackets[-1][:2])
    bits = int(brackets[-1][2] or 32)
    bits = bits if 2 <= bits <= 32 else 32
    if low < high:
        return Packing(typename, low, high, bits)
    return Packing(typename, 0.0, 0.0, bits if bits <= _MOST_BITS else _USUAL_BITS[typename])


def branch_packing(branch: Any, class_name: str) -> Packing | None:
    """Find out how a branch stores Double32_t or Float16_t; None for any other type.

    uproot confuses these types with float in arrays.

    Parameters
    ----------
    branch
        uproot's.
    class_name
        Its fClassName.

    Raises
    ------
    UserError
        If they are stored in an unknown way.
    """
    vector = next((t for t in _USUAL_BITS if class_name == f"vector<{t}>"), None)
    if vector:
        return packing(vector, "")
    leaves = branch.member("fLeaves")
    if len(leaves) != 1:
        return None
    (leaf,) = leaves
    is_member = leaf.classname == "TLeafElement"
    typename = _TYPENAMES.get(leaf.member("fType") if is_member else leaf.classname)
    if typename is None:
        return None
    # The streamer costs a request: read it only when it is needed.
    title = getattr(branch.streamer, "title", "") if is_member else leaf.member("fTitle")
    try:
        found = packing(typename, title)
    except ValueError:
        raise no_number(branch.name, f"{typename} ({title})") from None
    if leaf.member("fLen") != 1:
        raise no_number(branch.name, f"an array of {typename}")
    return found


def _bound(text: str) -> float:
    text = text.lower().replace(" ", "")
    for angle, factor in _ANGLES.items():
        if text in (angle, f"-{angle}"):
            return math.copysign(factor * math.pi, -1 if text.startswith("-") else 1)
    return float(text)


def _lengthened(values: NDArray[Any], bits: int) -> NDArray[np.float32]:
    """Make floats of sign, exponent and the first bits of the mantissa."""
    mantissa = values["mantissa"].astype(np.uint32)
    # One bit more than the mantissa, for ROOT's rounding; the sign is above it.
    fraction = (mantissa & np.uint32(2 ** (bits + 1) - 1)) << np.uint32(23 - bits)
    sign = (mantissa >> np.uint32(bits + 1) & np.uint32(1)) << np.uint32(31)
    exponent = values["exponent"].astype(np.uint32) << np.uint32(23)
    return (sign | (exponent | fraction)).view(np.float32)
