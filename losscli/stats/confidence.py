"""What a result says of how sure it is: the interval, and all it takes to judge that."""

from __future__ import annotations

import math
from typing import NamedTuple

from losscli.stats.interval import Estimate, interval
from losscli.stats.moments import Spread
from losscli.stats.proportion import wilson


class Confidence(NamedTuple):
    """The interval of a value.

    Attributes:
        level: The share of such intervals that is to cover the value of endlessly many units.
        low: Its lower end; None where there is no interval.
        high: Its upper end, or None.
        se: The standard error of the value; None where there is none, as of a root of a mean.
        df: Its degrees of freedom, whole where all units have one weight; or None.
        units: How many units the interval rests on.
        unit: What they are: ``samples`` or ``clusters``.
        method: How it was made, with all it takes to make it again.
        skew_k: The skewness of the units over the root of their number: below 0.1 plain t is good enough; or None.
        largest_share: The share of the largest unit in the spread of them all; or None.
        why_not: Why there is no interval; or None.
    """

    level: float
    low: float | None
    high: float | None
    se: float | None
    df: float | None
    units: int
    unit: str
    method: str
    skew_k: float | None = None
    largest_share: float | None = None
    why_not: str | None = None


def confidence(spread: Spread, estimate: Estimate, level: float, method: str, unit: str) -> Confidence:
    """The interval of an estimate in closed form; units that are 0 or 1 have Wilson's, unless plain t is asked for.

    Args:
        spread: The units that the estimate rests on.
        estimate: The number, which may be a multiple of the ratio.
        level: 0.5 to 1.
        method: ``guarded`` or ``t``.
        unit: What the units are.
    """
    found = Confidence(level, None, None, None, None, estimate.units, unit, f"{method}-t" if method != "t" else "t")
    if estimate.why_not:
        return found._replace(why_not=estimate.why_not)
    found = found._replace(
        se=estimate.se, df=estimate.df, skew_k=estimate.skew_k, largest_share=_known(spread.largest_share)
    )
    if spread.binary and method == "guarded":
        low, high = wilson(spread.ratio, spread.units, level)
        scale = estimate.value / spread.ratio
        return found._replace(low=low * scale, high=high * scale, df=None, method="wilson")
    low_end, high_end = interval(estimate, level, method)
    return found._replace(low=low_end, high=high_end)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
