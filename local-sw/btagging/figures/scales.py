"""Numbers along axes: few, readable, and none in a corner between two panels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axis import Axis

_PLAIN = 1e-3, 1e5
"""In this range, numbers are written without exponents."""

_CORNER = 0.09  # inches at each end of an axis
_MOST = 5  # numbers along a linear axis
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def label_logarithmic(axis: Axis) -> None:
    """Label a logarithmic axis whose limits are set."""
    from matplotlib.ticker import NullFormatter

    low, high = axis.get_view_interval()
    decades = math.log10(high / low)
    steps = [1.0]
    if decades < 2:
        steps = [1.0, 2.0, 5.0] if decades > 0.8 else [1.0, 1.5, 2.0, 3.0, 5.0, 7.0]
    every = math.ceil(decades / 8)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    exponents = [n for n in range(first, last + 1) if n % every == 0]
    ticks = np.array([step * 10.0**n for n in exponents for step in steps])
    position = np.log10(ticks / low) / decades
    ticks = ticks[_is_inside(axis, position)]
    plain = ticks.size == 0 or (ticks.min() >= _PLAIN[0] and ticks.max() < _PLAIN[1])
    axis.set_ticks(ticks, labels=[_number(tick, plain) for tick in ticks])
    axis.set_minor_formatter(NullFormatter())


def label_linear(axis: Axis) -> None:
    """Label a linear axis whose limits are set."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    low, high = axis.get_view_interval()
    ticks = np.asarray(MaxNLocator(_MOST, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    position = (ticks - low) / (high - low)
    axis.set_major_locator(FixedLocator(ticks[_is_inside(axis, position)].tolist()))


def _is_inside(axis: Axis, position: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which positions, from 0 to 1 along the axis, are far enough from its ends."""
    figure: Any = axis.figure
    box = axis.axes.get_position().size * figure.get_size_inches()
    corner = _CORNER / box[0 if axis is axis.axes.xaxis else 1]
    return (position > corner) & (position < 1 - corner)


def _number(value: float, plain: bool) -> str:
    if plain or value in (1, 10):
        return f"{value:,.10g}"
    exponent = math.floor(math.log10(value) + 1e-9)
    power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
    factor = value / 10.0**exponent
    return power if math.isclose(factor, 1) else f"{factor:.2g}·{power}"
