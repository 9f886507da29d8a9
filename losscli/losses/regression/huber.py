from __future__ import annotations

from typing import Any

from losscli.losses.regression._shared import EFFICIENT, of_error, parabola_then_line, regime, size_of_error
from losscli.spec.kinds import Positive, Real, Weight
from losscli.spec.loss import loss
from losscli.spec.steps import Steps


@loss(aliases=("HuberLoss", "pseudo_l1_l2"), torch="huber_loss", symmetric=True)
def huber(xp: Any, pred: Real, target: Real, weight: Weight | None = None, *, delta: Positive = 1.0) -> Any:
    """Huber loss.

    Half the squared error up to delta, and beyond it a straight line of slope delta, so that
    no single point can pull harder than delta.

    Formula:
        with d = |xᵢ - yᵢ|:
        ℓᵢ = wᵢ · ½ d²             if d ≤ δ
        ℓᵢ = wᵢ · δ · (d - ½ δ)    otherwise, with wᵢ = 1 unless weights are given
        mean = Σ ℓᵢ / n, with weights too

    Inputs:
        pred: predicted values x.
        target: true values y, in the shape of pred.
        weight: importance w of each element, in the shape of pred.

    Parameters:
        delta: error size δ, in target units, beyond which a point gains no more influence.

    Use when:
        Errors are mostly Gaussian with some outliers. With residuals of standard deviation s,
        δ = 1.345 s keeps 95 % of the efficiency of least squares.

    Avoid when:
        Outliers should have no influence at all, rather than a limited one, or no sensible δ is known.

    Pitfalls:
        - The value depends on δ: numbers at different δ cannot be compared.
        - The parabola carries a factor ½: for a large δ this is half of mse.
        - With weights the mean still divides by the element count; l1 and mse divide by the sum of weights.

    Gradient:
        ∂ℓᵢ/∂xᵢ = wᵢ · min(max(xᵢ - yᵢ, -δ), δ)

    References:
        - P. J. Huber, Robust Estimation of a Location Parameter, 1964

    Example:
        losscli compute huber sample_data/diabetes_pred.csv sample_data/diabetes_target.csv --delta 50
    """
    distance = xp.abs(pred - target)
    value = xp.where(distance <= delta, distance**2 / 2, delta * (distance - delta / 2))
    return value if weight is None else value * weight


@huber.tuned
def _without_a_mask(xp: Any, pred: Any, target: Any, weight: Any, delta: float) -> Any:
    value = parabola_then_line(xp, pred, target, delta)
    return value if weight is None else value * weight


@huber.gradient
def _by_clipped_error(xp: Any, back: Any, pred: Any, target: Any, weight: Any, delta: float) -> Any:
    slope = back * xp.clip(pred - target, -delta, delta)
    slope = slope if weight is None else slope * weight
    return slope, lambda: -slope


@huber.regimes
def _linear(xp: Any, pred: Any, target: Any, delta: float) -> dict[str, Any]:
    return {"linear": xp.abs(pred - target) > delta}


huber.mark("delta", times=EFFICIENT)(size_of_error)


@huber.constant
def _searched(best: Any) -> Any:
    return [("constant of least loss", best)]


@huber.steps
def _by_regime(pred: float, target: float, weight: float | None, delta: float) -> Steps:
    size = abs(pred - target)
    linear = size > delta
    fact = regime(size, "δ", delta, linear)
    if linear:
        how = ("δ · (|e| - δ/2) = ", delta, " · (", size, " - ", delta / 2, ")")
        return of_error(pred, target, how, delta * (size - delta / 2), weight, fact)
    return of_error(pred, target, ("e²/2 = ", size, "² / 2"), size * size / 2, weight, fact)
