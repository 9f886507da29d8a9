from __future__ import annotations

from typing import Annotated, Any

from losscli.spec.arithmetic import Problem
from losscli.spec.kinds import Array, Interval, Kind, KindBy
from losscli.spec.loss import loss

_POSITIVE = Interval(0.0, closed_low=False)
_NEAR = 0.03
"""How far apart prediction and target are at most where the series is taken, relative to the prediction."""
_ALMOST = 0.1
"""How near to 1 or 2 the power is where the terms of the formula, which are divided by what it lacks, cancel."""
_Power = Annotated[float, Interval(closed_low=False, closed_high=False)]


def _mean(power: float) -> Kind:
    return Kind("real number") if power == 0 else Kind("positive number", _POSITIVE)


def _observed(power: float) -> Kind:
    if power < 1:
        return Kind("real number")
    return Kind("number that is not negative", Interval(0.0)) if power < 2 else Kind("positive number", _POSITIVE)


@loss(aliases=("mean_tweedie_deviance", "tweedie_deviance_score"))
def tweedie_deviance(
    xp: Any,
    pred: Annotated[Array, KindBy(_mean)],
    target: Annotated[Array, KindBy(_observed)],
    *,
    power: _Power = 0.0,
) -> Any:
    """Tweedie deviance.

    How much less likely the target is under the predicted mean than under the best one, for a distribution whose
    variance grows as a power of its mean: 0 is the normal one (mse), 1 Poisson, 2 gamma, 3 the inverse Gaussian.

    Formula:
        ℓ = 2 · ( max(y, 0)^(2-p) / ((1-p)(2-p))
                  - y · x^(1-p) / (1-p) + x^(2-p) / (2-p) )
        with p = power, except for
        p = 0: ℓ = (x - y)²
        p = 1: ℓ = 2 · ( y · log(y/x) - y + x ), with 0 · log 0 = 0
        p = 2: ℓ = 2 · ( log(x/y) + y/x - 1 )
        mean = Σ ℓ / n

    Inputs:
        pred: predicted means x; positive unless power is 0.
        target: values y that were observed; not negative from power 1 on, positive from power 2 on.

    Parameters:
        power: how the variance grows with the mean, as mean^power; no number between 0 and 1.

    Use when:
        Targets are 0 or positive with a long tail, such as claims or rain (power about 1.5), counts (1) or
        durations (2), so that an error matters relative to how large the value is.

    Avoid when:
        Predictions may be 0 or negative; errors matter in absolute terms (mse, l1).

    Pitfalls:
        - The default is mse. Elsewhere it is often 1.5.
        - The larger the power, the less an error at a large value weighs.
        - Deviances of different power are in different units: never compare their values.

    Gradient:
        ∂ℓ/∂x = 2 · (x - y) / x^p

    References:
        - B. Jørgensen, Exponential Dispersion Models, 1987

    Example:
        losscli compute tweedie_deviance sample_data/diabetes_pred.csv sample_data/diabetes_target.csv --power 1.5
    """
    x, y = pred, target
    if power == 0:
        return (x - y) ** 2
    if power == 1:
        ratio = y / x
        deviance = y * xp.log(xp.where(ratio > 0, ratio, 1.0)) - y + x
    elif power == 2:
        deviance = xp.log(x / y) + y / x - 1.0
    elif abs(1.0 - power) < _ALMOST:
        one, ratio = 1.0 - power, y / x
        grown = ratio * _log_like(xp, xp.where(ratio > 0, ratio, 1.0), one)
        deviance = x ** (2.0 - power) * (grown - ratio + 1.0) / (2.0 - power)
    elif abs(2.0 - power) < _ALMOST:
        two, ratio = 2.0 - power, y / x
        grown = xp.where(ratio > 0, _log_like(xp, xp.where(ratio > 0, ratio, 1.0), two), -1.0 / two)
        deviance = x**two * (grown - ratio + 1.0) / (1.0 - power)
    else:
        one, two = 1.0 - power, 2.0 - power
        seen = xp.clip(y, 0.0, None) ** two
        deviance = seen / (one * two) - y * x**one / one + x**two / two
    apart = (y - x) / x
    near = xp.abs(apart) < _NEAR / max(1.0, abs(power))
    return xp.where(near, _of_near(x, xp.where(near, apart, 0.0), power), 2.0 * deviance)


def _log_like(xp: Any, ratio: Any, power: float) -> Any:
    """(ratio^power - 1) / power, which goes to the logarithm as the power goes to 0, with all its digits."""
    return xp.expm1(power * xp.log(ratio)) / power


def _of_near(x: Any, apart: Any, power: float) -> Any:
    """The deviance of y = x · (1 + apart), where that is so little that the terms of the formula cancel.

    It is 2 ∫ (y - t)/tᵖ dt with t from x to y, as a Taylor series.
    """
    series = 1.0
    for k in range(10, 0, -1):  # the next term is below 1e-17 of the first
        series = 1.0 - (power + k - 1.0) / (k + 2.0) * apart * series
    return apart * apart * x ** (2.0 - power) * series


@tweedie_deviance.gradient
def _by_variance(xp: Any, back: Any, pred: Any, target: Any, power: float) -> Any:
    x, y = pred, target

    def by_target() -> Any:
        if power == 0:
            return 2.0 * back * (y - x)
        if power == 1:
            return 2.0 * back * xp.log(y / x)
        if power == 2:
            return 2.0 * back * (1.0 / x - 1.0 / y)
        one = 1.0 - power
        if abs(one) < _ALMOST:
            return 2.0 * back * x**one * _log_like(xp, y / x, one)
        return 2.0 * back * (xp.clip(y, 0.0, None) ** one - x**one) / one

    return 2.0 * back * (x - y) / x**power, by_target


@tweedie_deviance.refuse
def _no_such_distribution(power: float) -> Problem:
    if not 0 < power < 1:
        return None
    return f"there is no distribution with power = {power:g}.", "it is 0 or less, or 1 or more."


@tweedie_deviance.constant
def _mean_of_targets(mean: Any) -> Any:
    return [("mean of the targets", mean)]
