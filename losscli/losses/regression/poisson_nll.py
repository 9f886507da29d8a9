from __future__ import annotations

import math
from typing import Annotated, Any

from losscli.spec.kinds import Array, Interval, Kind, KindBy, Positive
from losscli.spec.loss import Doubt, loss
from losscli.spec.steps import VALUE, Step, Steps


def _rate(log_input: bool) -> Kind:
    return (
        Kind("logarithm of a rate") if log_input else Kind("rate", Interval(0.0), looks_like="rates are not negative")
    )


_Rate = Annotated[Array, KindBy(_rate)]
_Count = Annotated[Array, Kind("count", Interval(0.0), looks_like="counts are not negative")]


@loss(aliases=("PoissonNLLLoss", "poisson_nll_loss"), torch="poisson_nll_loss", lowest=-math.inf)
def poisson_nll(
    xp: Any, pred: _Rate, target: _Count, *, log_input: bool = True, full: bool = False, eps: Positive = 1e-8
) -> Any:
    """Poisson negative log-likelihood.

    How surprised a predicted rate is by a count, up to a term that depends on the count alone and that full adds.

    Formula:
        ℓᵢ = e^(xᵢ) - yᵢ · xᵢ                      with log_input
        ℓᵢ = xᵢ - yᵢ · log(xᵢ + ε)                 without
        full adds yᵢ · log yᵢ - yᵢ + ½ log(2π yᵢ) where yᵢ > 1
        mean = Σ ℓᵢ / n

    Inputs:
        pred: logarithms x of the predicted rates; the rates themselves without log_input.
        target: counts y ≥ 0, in the shape of pred.

    Parameters:
        log_input: whether the prediction holds logarithms.
        full: whether to add Stirling's approximation of log y!.
        eps: ε, which keeps the logarithm of a rate of 0 finite.

    Use when:
        Targets are counts of events, whose variance is about their mean.

    Avoid when:
        Counts vary more than their mean does, or many are 0: the likelihood is then of another distribution.

    Pitfalls:
        - Logarithms are the default: a rate given as it is would be taken to the power of e.
        - Without full the value may be negative, and tells nothing by itself: only differences do.
        - Stirling's term is left out for counts of 0 and 1, where it would be wrong.

    Gradient:
        ∂ℓᵢ/∂xᵢ = e^(xᵢ) - yᵢ; without log_input 1 - yᵢ / (xᵢ + ε)
        ∂ℓᵢ/∂yᵢ = -xᵢ, or -log(xᵢ + ε); where yᵢ > 1 full adds log yᵢ + 1/(2 yᵢ)

    References:
        - A. C. Cameron, P. K. Trivedi, Regression Analysis of Count Data, 1998

    Example:
        losscli compute poisson_nll sample_data/counts.csv --pred log_rate --target count
    """
    value = xp.exp(pred) - target * pred if log_input else pred - target * xp.log(pred + eps)
    if not full:
        return value
    count = xp.where(target > 1.0, target, 1.0)
    stirling = count * xp.log(count) - count + 0.5 * xp.log(2.0 * math.pi * count)
    return value + xp.where(target > 1.0, stirling, 0.0)


@poisson_nll.gradient
def _by_rate(xp: Any, back: Any, pred: Any, target: Any, log_input: bool, full: bool, eps: float) -> Any:
    def by_count() -> Any:
        slope = -pred if log_input else -xp.log(pred + eps)
        if full:
            count = xp.where(target > 1.0, target, 1.0)
            slope = slope + xp.where(target > 1.0, xp.log(count) + 0.5 / count, 0.0)
        return back * slope

    return back * (xp.exp(pred) - target if log_input else 1.0 - target / (pred + eps)), by_count


@poisson_nll.constant
def _mean(xp: Any, mean: Any, log_input: bool) -> Any:
    return [("mean of the targets", xp.log(mean) if log_input else mean)]


_ABSURD = 10.0
"""A mean that no logarithms of rates have that know anything: one rate for all, m, gets m - m · log m, which is at most
1. A rate of 3 that is taken for its logarithm gets e³ - 9 = 11."""


@poisson_nll.doubt
def _rates(mean: float, log_input: bool, full: bool) -> Doubt:
    if not log_input or full or mean <= _ABSURD:
        return None
    return "one rate for all gets at most 1: are they rates, and not their logarithms?", "--no-log-input takes rates."


@poisson_nll.steps
def _of_a_rate(xp: Any, pred: float, target: float, log_input: bool, full: bool, eps: float) -> Steps:
    if log_input:
        rate, log = float(xp.exp(pred)), pred
        lines = [Step("rate", ("e^", pred), rate)]
    else:
        rate, log = pred, float(xp.log(pred + eps))
        lines = [Step("log rate", ("log (", pred, " + ε)"), log)]
    value, how = rate - target * log, (rate, " - ", target, " · ", log)
    if not full:
        return Steps([*lines, Step(VALUE, ("rate - y · log rate = ", *how), value)])
    stirling, made = 0.0, "0 up to y = 1"
    if target > 1.0:
        made = "y · log y - y + log(2πy) / 2"
        stirling = float(target * xp.log(target) - target + 0.5 * xp.log(2.0 * math.pi * target))
    lines += [Step("rate - y · log rate", how, value), Step("Stirling's log y!", (made,), stirling)]
    return Steps([*lines, Step(VALUE, (value, " + ", stirling), value + stirling)])
