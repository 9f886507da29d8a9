"""The interval of a quantile, a median most of all: between two of the values themselves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.stats.interval import estimate
from losscli.stats.moments import spread, sums_of
from losscli.stats.student import quantile as of_t


def ranks(units: int, quantile: float = 0.5, level: float = 0.95) -> tuple[int, int] | None:
    """Which of the sorted units bound the quantile, counted from 0; None where they are too few for the level.

    How many units lie below the quantile is binomial, whatever their distribution. Each tail is at most half of what
    the level leaves.
    """
    tail = (1 - level) / 2
    below = _last_within(units, quantile, tail)
    above = units - 1 - _last_within(units, 1 - quantile, tail)
    return (below, above) if 0 <= below <= above < units else None


def interval(values: NDArray[Any], quantile: float = 0.5, level: float = 0.95) -> tuple[float, float] | None:
    """The interval of a quantile of independent values of shape (units,); None where they are too few."""
    found = ranks(len(values), quantile, level)
    if found is None:
        return None
    ordered = np.partition(values, found)
    return float(ordered[found[0]]), float(ordered[found[1]])


def interval_of_units(
    values: NDArray[Any], codes: NDArray[Any], quantile: float = 0.5, level: float = 0.95
) -> tuple[float, float] | None:
    """The interval of a quantile of values of which several belong to one unit.

    The share of values below the quantile is a ratio of sums over units; its interval is turned back into values.

    Args:
        values: All values, of shape (count,).
        codes: The unit of each, from 0 on without gaps.
        quantile: 0 to 1.
        level: 0.5 to 1.

    Source:
        R. S. Woodruff, Confidence intervals for medians and other position measures, 1952.
    """
    ordered = np.sort(values)
    middle = ordered[min(len(ordered) - 1, math.ceil(quantile * len(ordered)) - 1)]
    below = np.bincount(codes, (values <= middle).astype(np.float64))
    sums = sums_of(below, np.bincount(codes).astype(np.float64))
    share = estimate(spread([sums] if sums else []))
    if share.why_not:
        return None
    half = of_t((1 + level) / 2, share.df) * share.se
    low, high = math.floor((quantile - half) * len(ordered)) - 1, math.ceil((quantile + half) * len(ordered))
    return (float(ordered[low]), float(ordered[high])) if low >= 0 and high < len(ordered) else None


def _last_within(units: int, share: float, tail: float) -> int:
    """The largest k that a binomial count is not above with a probability of at most ``tail``; -1 if there is none."""
    centre, spread_of = units * share, math.sqrt(units * share * (1 - share))
    reach = (10 - of_t(tail, math.inf)) * spread_of + 20  # what lies beyond is less than any tail's last digit
    first, last = max(0, math.floor(centre - reach)), min(units, math.ceil(centre))
    k = np.arange(first, last + 1)
    steps = np.log((units - k[1:] + 1) / k[1:]) + math.log(share / (1 - share))
    chances = np.exp(_log_chance(units, share, first) + np.r_[0.0, np.cumsum(steps)])
    return first + int(np.count_nonzero(np.cumsum(chances) <= tail)) - 1


def _log_chance(units: int, share: float, k: int) -> float:
    ways = math.lgamma(units + 1) - math.lgamma(k + 1) - math.lgamma(units - k + 1)
    return ways + k * math.log(share) + (units - k) * math.log(1 - share)
