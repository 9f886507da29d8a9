from __future__ import annotations

from typing import Any

from losscli.losses.regression._shared import of_error, sum_of_weights
from losscli.spec.in_place import over
from losscli.spec.kinds import Real, Weight
from losscli.spec.loss import loss
from losscli.spec.steps import Steps


@loss(
    aliases=("L1Loss", "mae", "mean_absolute_error", "absolute_error", "manhattan_error"),
    torch="l1_loss",
    symmetric=True,
)
def l1(xp: Any, pred: Real, target: Real, weight: Weight | None = None) -> Any:
    """Mean absolute error.

    How far predictions are off on average, in the units of the target. An error counts in
    proportion to its size, and the best constant prediction is the median of the targets.

    Formula:
        ℓᵢ = wᵢ · |xᵢ - yᵢ|, with wᵢ = 1 unless weights are given
        mean = Σ ℓᵢ / Σ wᵢ, which is Σ ℓᵢ / n without weights

    Inputs:
        pred: predicted values x.
        target: true values y, in the shape of pred.
        weight: importance w of each element, in the shape of pred.

    Use when:
        You want a typical error that reads in the target's own units, or a model of the median.
        A few wild targets move it far less than they move mse.

    Avoid when:
        Large errors are out of proportion worse than small ones (mse), or training needs
        steps that shrink near the optimum (huber, smooth_l1).

    Pitfalls:
        - With weights the mean divides by their sum; the same weights in huber divide by the element count.
        - Errors in columns of different scale add up as they are: the largest unit decides. Standardise
          the columns first, or look at them one by one.

    Gradient:
        ∂ℓᵢ/∂xᵢ = wᵢ · sign(xᵢ - yᵢ), and 0 where xᵢ = yᵢ (torch's choice of subgradient)

    References:
        - C. J. Willmott, K. Matsuura, Advantages of the mean absolute error (MAE) over the root mean
          square error (RMSE) in assessing average model performance, 2005
        - P. J. Huber, Robust Estimation of a Location Parameter, 1964

    Example:
        losscli compute l1 sample_data/diabetes_pred.csv sample_data/diabetes_target.csv
    """
    error = xp.abs(pred - target)
    return error if weight is None else error * weight


@l1.tuned
def _in_place(xp: Any, pred: Any, target: Any, weight: Any) -> Any:
    error = over(xp.abs, over(xp.subtract, pred, target))
    return error if weight is None else error * weight


@l1.gradient
def _by_sign(xp: Any, back: Any, pred: Any, target: Any, weight: Any) -> Any:
    slope = back * xp.sign(pred - target)
    slope = slope if weight is None else slope * weight
    return slope, lambda: -slope


l1.counts(sum_of_weights)


@l1.constant
def _median(quantile: Any, best: Any) -> Any:
    return [("median of the targets", best if quantile is None else quantile(0.5))]


@l1.steps
def _distance(pred: float, target: float, weight: float | None) -> Steps:
    error = pred - target
    return of_error(pred, target, ("|e| = |", error, "|"), abs(error), weight)
