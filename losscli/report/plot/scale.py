"""Scales: which part of the numbers is shown, where that is along an axis, and which round numbers are told there."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import NamedTuple

_BEYOND = 10.0
"""Times the 90 % quantile of |y| that a curve may reach before it hides its own bend."""
_SHOWN = 3.0
"""Times that quantile that is shown of a curve that goes further."""
_ROUND = (1.0, 2.0, 5.0)
_FEW_DECADES = 2.0
_MORE = 3
_SMALLEST, _LARGEST = 1e-290, 1e290
"""Of what lies between two numbers: beyond, steps between them are no ordinary floats."""
"""Round numbers above those asked for, where it would be a single one."""


class Scale(NamedTuple):
    """A range of numbers along an axis; ``log`` where equal factors are equal lengths."""

    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where a number lies: 0 at the low end, 1 at the high one; infinite where it has no place."""
        if self.log:
            if value <= 0:
                return -math.inf
            return _factor(self.low, value) / _factor(self.low, self.high)
        if math.isinf(self.high - self.low):
            return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[float]:
        """Round numbers along it, about so many at most, and two at least: steps of 1, 2 or 5 times a power of ten."""
        if self.log:
            return _log_ticks(self.low, self.high, most)
        return round_numbers(self.low, self.high, most)


def _factor(low: float, high: float) -> float:
    """The logarithm of the factor from one number to another, also where no float can hold that."""
    factor = high / low
    return math.log(factor) if 0 < factor < math.inf else math.log(high) - math.log(low)


def text(number: float) -> str:
    """A tick's label; 0 has no sign, and what rounding left of it is 0."""
    return f"{number + 0.0:.6g}"


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """The multiples of 1, 2 or 5 times a power of ten that lie between two numbers, at most so many.

    Where that would be a single one, they are up to three more: where a step of 5 leaves one, a step of 2 may
    have five.
    """
    most, finer = max(2, most), [low, high]
    size = _LARGEST if high - low > _LARGEST else _SMALLEST if 0 < high - low < _SMALLEST else 1.0
    if size != 1.0:  # no step under- or overflows among numbers of a usual size
        sized = (x * size for x in round_numbers(low / size, high / size, most))
        return list(dict.fromkeys(x for x in sized if math.isfinite(x)))
    exponent = math.floor(math.log10((high - low) / most)) if high > low else 0
    for step in (m * 10.0 ** (exponent + e) for e in range(4) for m in _ROUND):
        slack = step * 1e-9
        first, last = math.ceil((low - slack) / step), math.floor((high + slack) / step)
        if last - first >= most + _MORE:
            continue
        # By a division where the step is a fraction: 3 / 10 is 0.3, and 3 * 0.1 is not.
        parts = round(1 / step) if step < 1 else 0
        found = [k / parts if parts else k * step for k in range(first, last + 1)]
        if len(found) <= most:
            return found if len(found) > 1 else finer
        finer = found
    return finer


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = math.log10(high) - math.log10(low)
    factors = _ROUND if decades <= _FEW_DECADES else (1.0,)
    slack = 1e-9
    found = [m * 10.0**e for e in range(first, min(last, sys.float_info.max_10_exp) + 1) for m in factors]
    inside = [x for x in found if low * (1 - slack) <= x <= high * (1 + slack)]
    if len(inside) < 2:  # less than one step of 1, 2, 5: as on any other axis
        return [x for x in round_numbers(low, high, most) if x > 0]
    powers = [x for x in inside if math.isclose(math.log10(x), round(math.log10(x)), abs_tol=1e-9)]
    if len(inside) > most and len(powers) >= 2:
        inside = powers
    return inside[:: max(1, math.ceil(len(inside) / max(2, most)))]


def limits(values: Sequence[float], from_zero: bool = False) -> tuple[Scale, float]:
    """The scale that shows values best, and the value farthest off where it cuts them off, else 0.

    A curve like 1/x would be all spike: where its largest |value| is above ten times their 90 % quantile, three times
    that quantile are shown.

    Args:
        values: What is to be shown; what is not finite is not.
        from_zero: Whether 0 lies inside, whatever the values are.
    """
    finite = sorted(v for v in values if math.isfinite(v))
    if not finite:
        return Scale(0.0, 1.0), 0.0
    low, high = finite[0], finite[-1]
    sizes = sorted(map(abs, finite))
    usual, largest, cut = sizes[int(0.9 * (len(sizes) - 1))], sizes[-1], 0.0
    if usual > 0 and largest > _BEYOND * usual:
        cut = high if high == largest else low
        low, high = max(low, -_SHOWN * usual), min(high, _SHOWN * usual)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if not high > low:
        room = abs(high) / 2 or 1.0
        low, high = max(low - room, -sys.float_info.max), min(high + room, sys.float_info.max)
    if high - low < 1e-12 * max(abs(low), abs(high)):  # nothing but rounding between them
        middle, room = low / 2 + high / 2, abs(high) * 1e-3
        low, high = middle - room, middle + room
    return Scale(low, high), cut
