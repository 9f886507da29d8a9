"""What several losses of the family share."""

from __future__ import annotations

from typing import Any

from losscli.spec.in_place import over
from losscli.spec.steps import Step, Steps, Words, weighted
from losscli.spec.units import Counts


def sum_of_weights(weight: Any) -> Counts:
    """Element weights, as ``l1`` and ``mse`` divide by their sum."""
    return Counts() if weight is None else Counts(share=weight, of="sum of weights")


def parabola_then_line(xp: Any, pred: Any, target: Any, width: float) -> Any:
    """Half the squared error up to ``width``, then its tangent, for NumPy; spends ``pred``."""
    # Both branches at once: with c the error d cut to ±width, (d - c/2)·c is d²/2 inside and
    # width·(|d| - width/2) outside, without a mask.
    error = over(xp.subtract, pred, target)
    cut = xp.clip(error, -width, width)
    return over(xp.multiply, over(xp.add, error, -0.5 * cut), cut)


EFFICIENT = 1.345 * 1.4826
"""Times the median size of errors (P. J. Huber, Robust Statistics, 1981): 1.4826 makes that a standard deviation, where
they are Gaussian."""


def size_of_error(xp: Any, pred: Any, target: Any) -> Any:
    """1.345 · 1.4826 · median |error|: 95 % efficiency for Gaussian errors."""
    return xp.abs(pred - target)


def of_error(
    pred: float, target: float, how: Words, value: float, weight: float | None = None, fact: Words = ()
) -> Steps:
    """The steps of a loss of the error alone."""
    error = Step("e", ("pred - target = ", pred, " - ", target), pred - target)
    return Steps(weighted([error], how, value, weight), [fact] if fact else [])


def regime(error: float, name: str, bound: float, linear: bool) -> Words:
    """On which side of a bound an error is, in words."""
    size, sign = abs(error), ">" if abs(error) > bound else "=" if abs(error) == bound else "<"
    return ("|e| = ", size, f" {sign} {name} = ", bound, ": linear" if linear else ": quadratic")
