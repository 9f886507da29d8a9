from __future__ import annotations

import math
from typing import Annotated, Any

from losscli.spec.kinds import Array, Interval, Kind, Positive, Real
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Step, Steps
from losscli.spec.units import Counts

_Variance = Annotated[
    Array, Kind("variance", Interval(0.0), looks_like="variances are not negative", broadcast="leading")
]


@loss(
    aliases=("GaussianNLLLoss", "gaussian_nll_loss", "GaussianNLL", "heteroscedastic_nll", "GNLL"),
    torch="gaussian_nll_loss",
    lowest=-math.inf,
    symmetric=True,
)
def gaussian_nll(xp: Any, pred: Real, target: Real, var: _Variance, *, full: bool = False, eps: Positive = 1e-6) -> Any:
    """Gaussian negative log-likelihood.

    How surprised a predicted mean and variance are by what came: errors cost less where the model said that it was
    unsure, and being unsure costs too.

    Formula:
        vᵢ = max(varᵢ, ε)
        ℓᵢ = ½ · ( log vᵢ + (xᵢ - yᵢ)² / vᵢ ), and full adds ½ · log 2π
        mean = Σ ℓᵢ / n

    Inputs:
        pred: predicted means x.
        target: observed values y, in the shape of pred.
        var: predicted variances ≥ 0, in the shape of pred, or without its last axis (one a row), or one number; one
            axis may have length 1.

    Parameters:
        full: whether to add the constant ½ · log 2π.
        eps: ε, the smallest variance; those below are raised to it and counted as clamped.

    Use when:
        A model tells its own uncertainty, and honest error bars shall count.

    Avoid when:
        No variance is predicted (mse), or errors have heavy tails: one outlier then costs its square.

    Pitfalls:
        - Variances are wanted, not standard deviations.
        - Variances of shape (N) beside predictions (N, D) are one a row, also where N = D.
        - The value may be negative, and tells nothing by itself: only differences do.
        - A model can lower it by raising its variances where it is wrong: look at mse, too.

    Gradient:
        ∂ℓᵢ/∂xᵢ = (xᵢ - yᵢ) / vᵢ; ∂ℓᵢ/∂varᵢ = ½ · (1/vᵢ - (xᵢ - yᵢ)²/vᵢ²), below ε too,
        so that a variance can grow again: torch clamps out of sight of its gradient

    References:
        - D. A. Nix, A. S. Weigend, Estimating the Mean and Variance of the Target Probability Distribution, 1994

    Example:
        losscli compute gaussian_nll sample_data/forecasts.csv::mean sample_data/forecasts.csv::observed sample_data/forecasts.csv::variance
    """
    v = xp.clip(var, eps, None)
    value = 0.5 * (xp.log(v) + (pred - target) ** 2 / v)
    return value + 0.5 * math.log(2.0 * math.pi) if full else value


@gaussian_nll.counts
def _raised(xp: Any, pred: Any, var: Any, eps: float) -> Counts:
    return Counts(clamped=int(xp.count_nonzero(xp.broadcast_to(var < eps, pred.shape))))


@gaussian_nll.gradient
def _by_variance(xp: Any, back: Any, pred: Any, target: Any, var: Any, eps: float) -> Any:
    v = xp.clip(var, eps, None)
    error = pred - target
    slope = back * error / v
    # At a variance that was raised too, as in torch: it could not grow again otherwise.
    return slope, lambda: -slope, lambda: 0.5 * back * (1.0 - error**2 / v) / v


@gaussian_nll.native
def _repeated(functional: Any, pred: Any, target: Any, var: Any, full: bool, eps: float) -> Any:
    # It takes no tensor of one number beside several axes.
    v = var if var.ndim else var.expand(pred.shape)
    return functional.gaussian_nll_loss(pred, target, v, full=full, eps=eps, reduction="none")


@gaussian_nll.steps
def _under_the_variance(xp: Any, pred: float, target: float, var: float, full: bool, eps: float) -> Steps:
    v, error = float(xp.clip(xp.asarray(var), eps, None)), pred - target
    log = float(xp.log(v))
    lines = [
        Step("e", ("pred - target = ", pred, " - ", target), error),
        Step("log v", ("log ", v), log),
        Step("e²/v", (error, "² / ", v), error * error / v),
    ]
    facts = [("the variance ", var, " was raised to ε = ", eps)] if var < eps else []
    value, how = 0.5 * (log + error * error / v), ("(log v + e²/v) / 2 = (", log, " + ", error * error / v, ") / 2")
    if not full:
        return Steps([*lines, Step(VALUE, how, value)], facts)
    constant = 0.5 * math.log(2.0 * math.pi)
    lines.append(Step("without the constant", how, value))
    return Steps([*lines, Step(VALUE, (value, " + log(2π)/2 = ", value, " + ", constant), value + constant)], facts)
