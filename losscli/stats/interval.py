"""The interval of a ratio of sums over units, the p-value that agrees with it, and the change that could be detected.

The default, ``guarded``, is Student's t on the side that the units are not skewed to; on the other it is stretched as
Hall's transformation of the t statistic would, by a factor of at most 2. Simulated, it covers 95 % where plain t covers
83 to 95 %: a benchmark beside the tests prints the table anew.

Source:
    P. Hall, On the removal of skewness by transformation, 1992, of which the term k/6 is left out; F. E. Satterthwaite,
    An approximate distribution of estimates of variance components, 1946.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from losscli.stats.moments import Spread
from losscli.stats.student import quantile, tail

METHODS = ("guarded", "t")
"""What follows from the sums of the units in closed form."""
_MOST = 2.0
_STRETCHED_FROM = 1 - ((math.sqrt(3) - 1) / 2) ** 3
"""Where the stretch reaches its most, 0.9509618943."""
_STATISTIC_FROM = 1.9019237886466840
"""The same of the t statistic, times the skewness: twice as much."""


class Estimate(NamedTuple):
    """A number that rests on units, and how sure it is.

    Attributes:
        value: R, the ratio of the sums over the units; or whatever else the interval is about.
        se: Its standard error; NaN where ``why_not`` says so, as ``df`` and ``skew_k`` are.
        df: The degrees of freedom of the standard error: an int where every unit has the same weight.
        skew_k: The skewness of the units over the root of their number. Below 0.1 plain t covers 94 % or more.
        units: How many units.
        why_not: Why there is neither interval nor p-value; or "".
    """

    value: float
    se: float
    df: float
    skew_k: float
    units: int
    why_not: str = ""

    def times(self, factor: float) -> Estimate:
        """The estimate of ``factor`` times the number; a sum is the number of units times their mean."""
        return self._replace(
            value=self.value * factor, se=self.se * abs(factor), skew_k=math.copysign(1, factor) * self.skew_k
        )


class Interval(NamedTuple):
    """Both ends; None where there is no interval."""

    low: float | None
    high: float | None


NOTHING = Interval(None, None)


def estimate(spread: Spread) -> Estimate:
    """How sure the ratio of a spread is.

    The standard error is that of weighted least squares on a constant with the HC1 correction, and of clusters' sums
    the cluster-robust one: SE = √(m/(m-1)·Σe²) / Σw.
    """
    m = spread.units
    if spread.why_not:
        return Estimate(spread.ratio, math.nan, math.nan, math.nan, m, spread.why_not)
    mean_square = spread.e2 / m
    se = math.sqrt(m / (m - 1) * spread.e2) / spread.w
    return Estimate(spread.ratio, se, spread.df, spread.e3 / m / mean_square**1.5 / math.sqrt(m), m)


def interval(estimate: Estimate, level: float = 0.95, method: str = "guarded") -> Interval:
    """The two-sided interval.

    Args:
        estimate: The number it is about.
        level: The probability that it is to cover it with, 0.5 to 1.
        method: ``guarded`` or ``t``.
    """
    if estimate.why_not:
        return NOTHING
    tails = (1 + level) / 2
    return Interval(_low(estimate, tails, method), _high(estimate, tails, method))


def lower_bound(estimate: Estimate, level: float = 0.95, method: str = "guarded") -> float | None:
    """What the number is above with probability ``level``, 0.5 to 1: the lower end of a one-sided interval."""
    return None if estimate.why_not else _low(estimate, level, method)


def upper_bound(estimate: Estimate, level: float = 0.95, method: str = "guarded") -> float | None:
    """What the number is below with probability ``level``, 0.5 to 1: the upper end of a one-sided interval."""
    return None if estimate.why_not else _high(estimate, level, method)


def p_value(estimate: Estimate, null: float = 0.0, method: str = "guarded") -> float | None:
    """The two-sided p-value of the number being ``null``: below α exactly where the interval of 1 - α leaves it out."""
    if estimate.why_not:
        return None
    return min(1.0, 2 * tail(_quantile_at(estimate, null, method), estimate.df))


def p_above(estimate: Estimate, null: float = 0.0, method: str = "guarded") -> float | None:
    """The one-sided p-value of the number being at most ``null``: below α where the lower bound is above it."""
    if estimate.why_not:
        return None
    one = tail(_quantile_at(estimate, null, method), estimate.df)
    return one if estimate.value >= null else 1 - one


def p_below(estimate: Estimate, null: float = 0.0, method: str = "guarded") -> float | None:
    """The one-sided p-value of the number being at least ``null``: below α where the upper bound is below it."""
    if estimate.why_not:
        return None
    one = tail(_quantile_at(estimate, null, method), estimate.df)
    return one if estimate.value <= null else 1 - one


def detectable(estimate: Estimate, level: float = 0.95, power: float = 0.8) -> float | None:
    """The smallest change that these units would show with probability ``power``, tested at 1 - ``level``."""
    if estimate.why_not:
        return None
    return (quantile((1 + level) / 2, estimate.df) + quantile(power, estimate.df)) * estimate.se


def units_to_detect(estimate: Estimate, change: float, level: float = 0.95, power: float = 0.8) -> int | None:
    """How many units it takes to show a ``change`` with probability ``power``; None where that cannot be told."""
    least = detectable(estimate, level, power)
    if least is None or not change:
        return None
    times = least / change
    wanted = estimate.units * (times * times)  # which may be infinite, where ``**`` would raise
    return math.ceil(wanted) if math.isfinite(wanted) else None


def _low(estimate: Estimate, tails: float, method: str) -> float:
    c = quantile(tails, estimate.df)
    return estimate.value - c * _stretch(-_skew(estimate, method) * c) * estimate.se


def _high(estimate: Estimate, tails: float, method: str) -> float:
    c = quantile(tails, estimate.df)
    return estimate.value + c * _stretch(_skew(estimate, method) * c) * estimate.se


def _skew(estimate: Estimate, method: str) -> float:
    if method not in METHODS:
        raise ValueError(f"{method!r} is none of {', '.join(METHODS)}")
    return estimate.skew_k if method == "guarded" else 0.0


def _stretch(x: float) -> float:
    """What t is multiplied by on the side that the units are skewed to: from 1 at 0 to 2."""
    if x <= 0:
        return 1.0
    if x >= _STRETCHED_FROM:
        return _MOST
    return -3 * math.expm1(math.log1p(-x) / 3) / x  # 3 (1 - ∛(1 - x)) / x without its cancellation


def _quantile_at(estimate: Estimate, null: float, method: str) -> float:
    """The quantile of t with which an end of the interval is at ``null``."""
    statistic, k = (estimate.value - null) / estimate.se, _skew(estimate, method)
    size, skewed = abs(statistic), abs(k * statistic)
    if statistic * k >= 0:
        return size
    if skewed > _STATISTIC_FROM:
        return size / _MOST
    y = skewed / 3
    return size * (1 - y + y * y / 3)  # (1 - (1 - y)³) / |k|
