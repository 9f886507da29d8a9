"""The numbers that one and the same samples give, by how they are put together and what is made of the result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers.kept import Fractions
from losscli.engine.outcome import Outcome
from losscli.engine.reduce import value_from
from losscli.reconciling.settings import Shown

USUAL_BATCHES = tuple(
    sorted(
        {2**i for i in range(1, 13)}
        | {10, 20, 24, 25, 30, 40, 48, 50, 60, 80, 96, 100, 120, 150, 192, 200, 250}
        | {300, 384, 400, 500, 640, 750, 768, 800, 1000, 1500, 2000, 2500, 3000, 4000}
    )
)
"""Sizes of batches that are tried where nothing else is asked for."""
_POSTS = (
    ("post", "square root", 1, math.sqrt),
    ("post", "exponential", 1, math.exp),
    ("post", "times 100", 1, lambda x: 100 * x),
    ("post", "half", 1, lambda x: x / 2),
    ("post", "twice", 1, lambda x: 2 * x),
    ("post", "1 minus it", 1, lambda x: 1 - x),
    ("log-base", 2, 1, lambda x: x / math.log(2)),
    ("log-base", 10, 1, lambda x: x / math.log(10)),
)
"""What is made of a number; the cost, and the function."""


class Number(NamedTuple):
    """A number that samples give.

    Attributes:
        value: The number.
        cost: How far from a plain mean it is.
        shown: What it has otherwise.
    """

    value: float
    cost: int
    shown: Shown = ()


def numbers(outcome: Outcome, classes: int | None, batches: Iterable[int], most: int) -> Iterator[Number]:
    """The numbers of one job that cost no more than ``most``; those that are not finite are left out.

    Args:
        outcome: What the job came to.
        classes: The number of classes, if there are any.
        batches: Sizes of batches to take means of.
        most: The highest cost.
    """
    if most < 0:
        return
    kept = outcome.observed.get("kept")
    every = [*_whole(outcome, classes)]
    if kept is not None and most > 0:
        with np.errstate(all="ignore"):
            every += [*_unlike(outcome, kept), *_of_batches(kept, batches)]
    for one in every:
        if one.cost > most or not math.isfinite(one.value):
            continue
        yield one
        if one.cost < most:
            yield from _posts(one)


def _posts(one: Number) -> Iterator[Number]:
    for axis, name, cost, function in _POSTS:
        try:
            value = function(one.value)
        except (ValueError, OverflowError):
            continue
        if math.isfinite(value):
            yield Number(value, one.cost + cost, (*one.shown, (axis, name)))


def _whole(outcome: Outcome, classes: int | None) -> Iterator[Number]:
    """The mean, the sum, and the sum over other counts."""
    sums = outcome.sums
    total, count = sums.numerator, sums.denominator
    yield Number(value_from(outcome.job, total, count), 0)
    if "sum" not in outcome.job.loss.reductions or outcome.job.loss.whole:
        return
    yield Number(total, 1, (("aggregate", "sum"),))
    others = {
        "samples": sums.samples,
        "all positions": count + sums.ignored if sums.ignored else 0,
        "classes": classes or 0,
        "n - 1": count - 1,
        "n - 2": count - 2,
    }
    for name, other in others.items():
        if other > 0 and other != count:
            yield Number(value_from(outcome.job, total, other), 1, (("denominator", name),))


def _unlike(outcome: Outcome, kept: Fractions) -> Iterator[Number]:
    """Numbers that are neither sums nor means of all units."""
    used = kept.w > 0
    means = kept.a[used] / kept.w[used]
    if len(means):
        yield Number(float(np.median(means)), 1, (("aggregate", "median of the samples"),))
        yield Number(float(means.mean()), 1, (("aggregate", "mean of the samples' means"),))
        yield Number(float(kept.a[used].mean()), 1, (("aggregate", "mean of the samples' sums"),))
    if kept.columns:
        rows = outcome.sums.samples
        each = [value_from(outcome.job, column, rows) for column in kept.columns]
        yield Number(math.fsum(each) / len(each), 1, (("aggregate", "mean of the columns' losses"),))


def _of_batches(kept: Fractions, sizes: Iterable[int]) -> Iterator[Number]:
    count = len(kept.a)
    for size in sizes:
        if not 1 <= size < count:
            continue
        starts = np.arange(0, count, size)
        a, w = np.add.reduceat(kept.a, starts), np.add.reduceat(kept.w, starts)
        used = w > 0
        means = a[used] / w[used]
        shown: Shown = (("aggregate", "mean of batch means"), ("batch", size))
        yield Number(float(means.mean()), 1, shown)
        if count % size:
            whole = means[:-1] if used[-1] else means
            yield from _dropped(whole, shown)
        yield Number(float(a.mean()), 2, (("aggregate", "mean of batch sums"), ("batch", size)))
        yield Number(float(np.exp(means).mean()), 2, (("aggregate", "mean of exp of batch means"), ("batch", size)))


def _dropped(means: NDArray[np.float64], shown: Shown) -> Iterator[Number]:
    if len(means):
        yield Number(float(means.mean()), 2, (*shown, ("last batch", "dropped")))
