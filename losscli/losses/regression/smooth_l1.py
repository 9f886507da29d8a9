from __future__ import annotations

from typing import Any

from losscli.losses.regression._shared import EFFICIENT, of_error, parabola_then_line, regime, size_of_error
from losscli.spec.in_place import over
from losscli.spec.kinds import NonNegative, Real
from losscli.spec.loss import loss
from losscli.spec.steps import Steps


@loss(aliases=("SmoothL1Loss", "fast_rcnn_loss"), torch="smooth_l1_loss", symmetric=True)
def smooth_l1(xp: Any, pred: Real, target: Real, *, beta: NonNegative = 1.0) -> Any:
    """Smooth L1 loss.

    A parabola for errors below beta, joined without a kink to a straight line of slope 1 above it:
    the gentle minimum of mse with the tails of l1.

    Formula:
        with d = |xᵢ - yᵢ|:
        ℓᵢ = d² / (2β)    if d < β
        ℓᵢ = d - β/2      otherwise;  β = 0 is l1
        mean = Σ ℓᵢ / n

    Inputs:
        pred: predicted values x.
        target: true values y, in the shape of pred.

    Parameters:
        beta: error size β, in target units, at which the parabola turns into the line; 0 gives l1.

    Use when:
        Most errors are small but some are wild, as for box coordinates in object detection, and
        gradients must stay bounded whatever β is.

    Avoid when:
        You mean to compare or tune by the threshold: the curvature 1/β changes with it. huber keeps
        its curvature at 1 instead.

    Pitfalls:
        - smooth_l1 with β is huber with δ = β, divided by β. They coincide only at 1.
        - As β grows the loss flattens to 0, while huber tends to ½ of the squared error.
        - β is in target units: rescale the targets and it means something else.

    Gradient:
        ∂ℓᵢ/∂xᵢ = (xᵢ - yᵢ)/β if |xᵢ - yᵢ| < β, otherwise sign(xᵢ - yᵢ), which is 0 at 0

    References:
        - R. Girshick, Fast R-CNN, 2015
        - P. J. Huber, Robust Estimation of a Location Parameter, 1964

    Example:
        losscli compute smooth_l1 sample_data/regression_pred.csv sample_data/regression_target.csv --beta 0.5
    """
    distance = xp.abs(pred - target)
    if beta == 0:
        return distance
    return xp.where(distance < beta, distance**2 / (2 * beta), distance - beta / 2)


@smooth_l1.tuned
def _without_a_mask(xp: Any, pred: Any, target: Any, beta: float) -> Any:
    if beta == 0:
        return over(xp.abs, over(xp.subtract, pred, target))
    value = parabola_then_line(xp, pred, target, beta)
    return value if beta == 1 else value / beta


@smooth_l1.gradient
def _by_clipped_error(xp: Any, back: Any, pred: Any, target: Any, beta: float) -> Any:
    error = pred - target
    slope = back * (xp.sign(error) if beta == 0 else xp.clip(error / beta, -1.0, 1.0))
    return slope, lambda: -slope


@smooth_l1.regimes
def _linear(xp: Any, pred: Any, target: Any, beta: float) -> dict[str, Any]:
    return {"linear": xp.abs(pred - target) >= beta}


smooth_l1.mark("beta", times=EFFICIENT)(size_of_error)


@smooth_l1.constant
def _searched(best: Any) -> Any:
    return [("constant of least loss", best)]


@smooth_l1.steps
def _by_regime(pred: float, target: float, beta: float) -> Steps:
    size = abs(pred - target)
    linear = size >= beta
    fact = regime(size, "β", beta, linear)
    if linear:
        return of_error(pred, target, ("|e| - β/2 = ", size, " - ", beta / 2), size - beta / 2, None, fact)
    return of_error(pred, target, ("e²/(2β) = ", size, "² / ", 2 * beta), size * size / (2 * beta), None, fact)
