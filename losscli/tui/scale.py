"""Where the values of a parameter lie on a slider, forty steps long; nothing of the terminal."""

from __future__ import annotations

import bisect
import math
from typing import Any, NamedTuple

from losscli.spec.kinds import Choice, Interval
from losscli.spec.loss import Parameter

STEPS = 40
_PER_DECADE = 8
_BELOW = 16
"""Steps below a default that is positive: two decades, with three above it."""
_REACH = 4.0
"""How far a parameter goes to either side that may be any number, in units of its default or 1."""
_DIGITS = 3
"""Significant digits of the values between: few enough to be typed."""


class Scale(NamedTuple):
    """The values that a slider has.

    Attributes:
        name: The parameter's.
        values: They, from left to right.
        default: The value that it has where nothing is said; it may be none of them, such as None.
        words: How far it goes, in words.
    """

    name: str
    values: tuple[Any, ...]
    default: Any
    words: str

    def moved(self, value: Any, steps: int) -> Any:
        """The value so many steps from one, which may itself lie between two, or on none: then it comes on to it."""
        if value in self.values:
            at = self.values.index(value) + steps
        elif _number(value):
            at = bisect.bisect(self.values, value) + steps - (steps > 0)
        else:
            at = self.nearest(value)
        return self.values[min(max(at, 0), len(self.values) - 1)]

    def at(self, part: float) -> Any:
        """The value at a part of the slider, 0 to 1."""
        return self.values[min(max(round(part * (len(self.values) - 1)), 0), len(self.values) - 1)]

    def nearest(self, value: Any) -> int:
        """Which of the values is nearest."""
        if value in self.values:
            return self.values.index(value)
        if not _number(value):
            return len(self.values) // 2
        return min(range(len(self.values)), key=lambda i: abs(self.values[i] - value))

    def part(self, value: Any) -> float:
        """Where a value lies, 0 to 1."""
        return self.nearest(value) / max(1, len(self.values) - 1)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def scale_of(p: Parameter) -> Scale | None:
    """The slider of a parameter; None for one that is an array, or text that may be anything."""
    if p.type == "bool":
        return Scale(p.name, (False, True), p.default, "off, on")
    if isinstance(p.domain, Choice):
        return Scale(p.name, tuple(p.domain.options), p.default, ", ".join(p.domain.options))
    if p.type not in ("int", "float"):
        return None
    domain = p.domain if isinstance(p.domain, Interval) else Interval()
    values = _whole(domain, p.default) if p.type == "int" else _real(domain, p.default)
    own = [p.default] if _number(p.default) and math.isfinite(p.default) else []
    values = sorted({v for v in (*values, *own) if v in domain})
    return Scale(p.name, tuple(values), p.default, f"{values[0]:g} … {values[-1]:g}") if values else None


def _whole(domain: Interval, default: Any) -> list[Any]:
    low = int(domain.low) if math.isfinite(domain.low) else 0 if default is None else default - STEPS // 2
    high = int(domain.high) if math.isfinite(domain.high) else low + STEPS
    return list(range(low, min(high, low + STEPS) + 1))


def _real(domain: Interval, default: Any) -> list[float]:
    if math.isfinite(domain.low) and math.isfinite(domain.high):
        return [_short(domain.low + (domain.high - domain.low) * i / STEPS) for i in range(STEPS + 1)]
    usual = 1.0 if default is None else float(default)
    if domain.low == 0.0:
        middle = usual if 0 < usual < math.inf else 1.0
        positive = [_short(middle * 10 ** (k / _PER_DECADE)) for k in range(-_BELOW, STEPS - _BELOW + 1)]
        return [0.0, *positive]
    wide = _REACH * max(1.0, abs(usual)) if math.isfinite(usual) else _REACH
    low = domain.low if math.isfinite(domain.low) else (usual if math.isfinite(usual) else 0.0) - wide
    return [_short(low + 2 * wide * i / STEPS) for i in range(STEPS + 1)]


def _short(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")
