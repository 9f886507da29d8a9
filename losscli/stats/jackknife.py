"""The standard error of whatever can be computed with a group of samples left out, and the interval it gives."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from losscli.stats.interval import Estimate
from losscli.stats.mix import splitmix64

GROUPS = 64
"""Groups of which one is left out at a time; as many samples or fewer are a group each."""
_MOST = 1e150
"""Numbers whose squares, summed, do not overflow."""


def groups_of(samples: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group of each sample, from its index: every 64 samples in a row are one each, in an order of their own.

    So groups differ in size by one sample at most, and no rhythm of the data falls in with them.
    """
    run, place = np.divmod(samples, GROUPS)
    return np.asarray((place + (splitmix64(run) % np.uint64(GROUPS)).astype(np.int64)) % GROUPS)


def jackknife(value: float, without: Sequence[float]) -> Estimate:
    """How sure a value is.

    Args:
        value: Of all groups.
        without: The value with each group left out.

    Source:
        J. Shao and C. F. J. Wu, A general theory for jackknife variance estimation, 1989.
    """
    count = len(without)
    if count < 2:
        return _none(value, count, "one unit")
    if not math.isfinite(value):
        return _none(value, count, "NaN values" if math.isnan(value) else "infinite values")
    if not all(map(math.isfinite, without)):
        return _none(value, count, "no value without some of the units")
    if max(map(abs, (value, *without))) > _MOST:
        return _none(value, count, "values past what can be squared")
    centre = math.fsum(without) / count
    square = math.fsum((x - centre) ** 2 for x in without)
    if square <= (1e-15 * abs(value)) ** 2:
        return _none(value, count, "no spread")
    return Estimate(value, math.sqrt((count - 1) / count * square), count - 1, 0.0, count)


def _none(value: float, count: int, why_not: str) -> Estimate:
    return Estimate(value, math.nan, math.nan, math.nan, count, why_not)
