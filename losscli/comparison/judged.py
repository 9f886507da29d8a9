"""From the differences of units to what is said of two models: interval, p-value, what could have been seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.comparison.result import Difference
from losscli.stats.interval import Estimate, detectable, estimate, interval, p_value, units_to_detect
from losscli.stats.moments import Spread
from losscli.stats.multiple import adjusted
from losscli.stats.resample import percentile, resampled
from losscli.stats.signs import p_of_signs

Units = tuple[NDArray[np.float64], NDArray[np.float64]]
"""What each unit, or each random group of them, adds to numerator and denominator."""
IDENTICAL = "the losses are the same on every sample"
_ONE_PERCENT = 0.01


class Way(NamedTuple):
    """How differences are judged.

    Attributes:
        method: ``guarded``, ``t``, ``sign-flip`` or ``percentile``.
        level: That of the interval.
        power: How often a change of the size told would be shown.
        unit: ``samples`` or ``clusters``.
        total: Whether the loss is a sum and not a mean.
        resamples: Of ``percentile``.
        seed: What those are drawn with.
    """

    method: str
    level: float
    power: float
    unit: str
    total: bool
    resamples: int
    seed: int

    @property
    def name(self) -> str:
        """The method, with all it takes to repeat it."""
        if self.method == "percentile":
            return f"percentile(B={self.resamples},seed={self.seed})"
        return "guarded-t" if self.method == "guarded" else self.method


class Both(NamedTuple):
    """The two losses that are compared, as the means or sums that they are made of.

    Attributes:
        base: The baseline's mean, or sum.
        value: The other's.
        through: What the loss makes of a mean: itself, or a root say.
    """

    base: float
    value: float
    through: Callable[[float], float]

    def apart(self, by: float) -> float:
        """What the loss differs by where its mean differs by so much from the baseline's."""
        return self.through(self.base + by) - self.through(self.base)


def judged(both: Both, spread: Spread, drawn: Units | None, tally: tuple[int, int, int], way: Way) -> Difference:
    """All there is to say of the difference of two losses on some samples.

    Args:
        both: The two losses.
        spread: The units of their difference, about its mean.
        drawn: The units themselves, for methods that draw from them.
        tally: On how many samples the other is lower, equal and higher.
        way: How to judge.
    """
    lower, equal, higher = tally
    base, value = both.through(both.base), both.through(both.value)
    unknown = math.isnan(base) or math.isnan(value)  # of a sample, which is then neither lower, equal nor higher
    about = estimate(spread).times(spread.units) if way.total else estimate(spread)
    least = detectable(about, way.level, way.power)
    found = Difference(
        value=value,
        baseline=base,
        difference=value - base,
        relative=(value - base) / abs(base) if base and math.isfinite(base) else None,
        low=None,
        high=None,
        level=way.level,
        se=None,
        df=None,
        p=None,
        p_adjusted=None,
        method=way.name,
        units=spread.units,
        unit=way.unit,
        samples=lower + equal + higher,
        mdc=None if least is None else abs(both.apart(least)),
        power=way.power,
        units_for_1_percent=units_to_detect(about, _ONE_PERCENT * both.base, way.level, way.power),
        lower=lower,
        equal=equal,
        higher=higher,
        largest_share=None if math.isnan(spread.largest_share) else spread.largest_share,
        identical=not lower and not higher and equal > 0 and not unknown,
    )
    if found.identical:
        found = found._replace(difference=0.0, relative=None if found.relative is None else 0.0)
        return found._replace(low=0.0, high=0.0, se=0.0, p=1.0, why_not=None, mdc=None, units_for_1_percent=None)
    if about.why_not:
        return found._replace(why_not=_why_not(about))
    found = found._replace(se=about.se, df=about.df)
    return _with_ends(found, both, spread, about, drawn, way)


def _with_ends(
    found: Difference, both: Both, spread: Spread, about: Estimate, drawn: Units | None, way: Way
) -> Difference:
    if way.method == "sign-flip":
        assert drawn is not None
        return found._replace(p=p_of_signs(drawn[0] - 0.0))
    if way.method == "percentile":
        assert drawn is not None
        ratios = resampled(*drawn, way.resamples, way.seed) * (spread.units if way.total else 1)
        low, high = percentile(ratios, way.level)
        return found._replace(low=both.apart(low), high=both.apart(high), p=_p_of_resamples(ratios))
    ends = interval(about, way.level, way.method)
    assert ends.low is not None and ends.high is not None
    return found._replace(low=both.apart(ends.low), high=both.apart(ends.high), p=p_value(about, 0.0, way.method))


def _p_of_resamples(ratios: NDArray[np.float64]) -> float:
    beyond = min(int(np.count_nonzero(ratios <= 0)), int(np.count_nonzero(ratios >= 0)))
    return min(1.0, 2 * (beyond + 1) / (len(ratios) + 1))


def _why_not(about: Estimate) -> str:
    return "every sample differs by the same" if about.why_not == "no spread" else about.why_not


def adjust(found: Sequence[Difference], correct: str) -> list[Difference]:
    """The same, their p-values adjusted for their number."""
    every = adjusted([one.p for one in found], correct)
    return [one._replace(p_adjusted=p) for one, p in zip(found, every, strict=True)]
