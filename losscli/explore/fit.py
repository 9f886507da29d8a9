"""The temperature at which a loss is smallest: Newton on its logarithm."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from losscli.errors import DataError

MOST_PASSES = 20
TOLERANCE = 1e-9
"""Of log T: the least change that is still a step."""
_OCTAVES = 10
"""Temperatures are looked for between 2^-10 and 2^10."""
_FIRST = 5
_STEP = 2e-3
"""Of log T, between the values that derivatives are taken of: the error of a fourth-order difference is about 1e-12 of
the fifth derivative, and that of rounding 1e-13 of the loss."""

Values = Callable[[Sequence[float]], Sequence[float]]
"""The loss at several temperatures, in one pass over the data."""


class Fitted(NamedTuple):
    """Where a loss is smallest.

    Attributes:
        temperature: There.
        passes: How many times the data were read.
    """

    temperature: float
    passes: int


def fit(name: str, values: Values) -> Fitted:
    """The temperature T at which dividing logits by it makes a loss smallest.

    The first and second derivative by log T are differences of losses at five temperatures of one pass, to fourth
    order: they need no derivative of the loss, so every loss of logits has a fit, whatever its options.

    Args:
        name: The loss's, for messages.
        values: Computes it.

    Raises:
        DataError: It has no minimum there, or is not finite.
    """
    low, high, passes = _bracket(name, values)
    at = (low + high) / 2
    while passes < MOST_PASSES:
        slope, bend = _derivatives(_checked(name, values([math.exp(at + k * _STEP) for k in range(-2, 3)])))
        passes += 1
        low, high = (low, at) if slope > 0 else (at, high)
        step = -slope / bend if bend > 0 else math.inf
        following = at + step if low <= at + step <= high else (low + high) / 2
        moved, at = abs(following - at), following
        if moved < TOLERANCE:
            break
    return Fitted(math.exp(at), passes)


def _bracket(name: str, values: Values) -> tuple[float, float, int]:
    """Logarithms of temperatures between which the loss is smallest, and how many passes that took."""
    for passes, reach in enumerate((_FIRST, _OCTAVES), 1):
        octaves = range(-reach, reach + 1)
        found = _checked(name, values([2.0**k for k in octaves]))
        best = min(range(len(found)), key=lambda i: found[i])
        if 0 < best < len(found) - 1 and found[best] < max(found[0], found[-1]):
            at = octaves[best]
            return (at - 1) * math.log(2.0), (at + 1) * math.log(2.0), passes
    towards = "0: every prediction is right" if best == 0 else "infinity: the logits tell nothing of the target"
    raise DataError(
        f"{name} has no best temperature: it falls as T goes to {towards}, or close to it.",
        "--temperature 0.5,1,2 shows how.",
    )


def _checked(name: str, found: Sequence[float]) -> Sequence[float]:
    if not all(map(math.isfinite, found)):
        raise DataError(f"{name} is not finite at every temperature, so none can be fitted.", "are logits infinite?")
    return found


def _derivatives(f: Sequence[float]) -> tuple[float, float]:
    """The first and the second, from values at five places at equal distances."""
    first = (f[0] - 8 * f[1] + 8 * f[3] - f[4]) / (12 * _STEP)
    second = (-f[0] + 16 * f[1] - 30 * f[2] + 16 * f[3] - f[4]) / (12 * _STEP**2)
    return first, second
