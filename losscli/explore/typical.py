"""What one number of a sample would have to be for its loss to be the median of all."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from losscli.spec.kinds import Among, Interval
from losscli.spec.steps import Steps, Words

if TYPE_CHECKING:
    from losscli.engine.explained import Sample

_FIRST, _GROWTH, _MOST = 1e-3, 1.5, 120
"""The first step by the size of the number, how much longer the next is, and how many are taken."""
_GOLDEN = (math.sqrt(5) - 1) / 2
_NARROWED = 100
"""How often the place of a minimum is narrowed by the golden ratio, a root by halves."""
Function = Callable[[float], float]


def typical(sample: Sample, own: Steps | None, median: float | None) -> list[Words]:
    """The sentence on it; none of a sample of several units, or where no number on the way down the gradient does it.

    Args:
        sample: The sample, which has a gradient.
        own: The steps of its loss, which tell whose entry matters most.
        median: The median of all losses, if it is known.
    """
    entry = None if own is None else own.entry
    name = next(iter(sample.gradients)) if entry is None else entry.of
    if median is None or math.prod(sample.shape) != 1 or name not in sample.gradients:
        return []
    if sample.one.value == median:
        return [("Its loss is the median of all.",)]
    at = (0,) * len(sample.shape)
    slopes, values = sample.gradient_of(name, at), sample.of_unit(at)[name]
    if entry is None and slopes.size != 1:
        return []
    which = 0 if entry is None else entry.at
    domain = next(role for role in sample.job.loss.inputs if role.name == name).kind.domain
    found = crossing(
        lambda x: sample.loss_with(name, which, x) - median,
        float(values if isinstance(values, int | float) else values.reshape(-1)[which]),
        float(slopes.reshape(-1)[which]),
        domain,
    )
    called = name if entry is None else entry.name
    return [] if found is None else [("The median loss, ", median, f", takes {called} = ", found, ".")]


def crossing(function: Function, start: float, slope: float, domain: Interval | Among) -> float | None:
    """Where a function comes to 0, from a number on as its slope there says; None where it does not.

    Args:
        function: Continuous, and NaN where it is not defined; the other side of a minimum counts as not coming there.
        start: The number.
        slope: Of the function there.
        domain: Where numbers may lie.
    """
    first = function(start)
    if isinstance(domain, Among) or not first or not slope or not math.isfinite(first + slope):
        return None
    way = -math.copysign(1.0, first) * math.copysign(1.0, slope)
    sign, step = math.copysign(1.0, first), _FIRST * max(1.0, abs(start))
    before, near, value = start, start, abs(first)
    for _ in range(_MOST):
        far = min(max(near + way * step, domain.low), domain.high)
        there = sign * function(far)
        if there <= 0:
            return _halved(function, near, far, sign)
        if far == near or not there <= value:  # it rises again: below its least, if anywhere
            least = _least(lambda x: sign * function(x), before, far)
            return _halved(function, before, least, sign) if sign * function(least) <= 0 else None
        before, near, value, step = near, far, there, step * _GROWTH
    return None


def _halved(function: Function, above: float, below: float, sign: float) -> float:
    """The root between a number where it is still too large, and one where it is not."""
    for _ in range(_NARROWED):
        middle = (above + below) / 2
        if middle in (above, below):
            break
        if sign * function(middle) > 0:
            above = middle
        else:
            below = middle
    return below


def _least(function: Function, a: float, b: float) -> float:
    """Where a function with one minimum between two numbers has it."""
    for _ in range(_NARROWED):
        left, right = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
        if function(left) < function(right):
            b = right
        else:
            a = left
    return (a + b) / 2
