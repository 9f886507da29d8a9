from __future__ import annotations

from typing import Any

from losscli.losses.regression._shared import of_error, sum_of_weights
from losscli.spec.in_place import over
from losscli.spec.kinds import Real, Weight
from losscli.spec.loss import loss
from losscli.spec.steps import Steps


@loss(
    aliases=("MSELoss", "mean_squared_error", "squared_error", "squared_error_loss", "quadratic_loss"),
    torch="mse_loss",
    symmetric=True,
)
def mse(xp: Any, pred: Real, target: Real, weight: Weight | None = None) -> Any:
    """Mean squared error.

    The average squared distance between prediction and target. Twice the error costs four times as
    much, and the best constant prediction is the mean of the targets.

    Formula:
        ℓᵢ = wᵢ · (xᵢ - yᵢ)², with wᵢ = 1 unless weights are given
        mean = Σ ℓᵢ / Σ wᵢ, which is Σ ℓᵢ / n without weights

    Inputs:
        pred: predicted values x.
        target: true values y, in the shape of pred.
        weight: importance w of each element, in the shape of pred.

    Use when:
        Noise is roughly Gaussian with the same spread everywhere, so that this is the likelihood up to
        constants, or big errors really are much worse than small ones.

    Avoid when:
        Targets hold outliers: one point may outweigh all others (l1, huber). To report an error in the
        target's units take rmse.

    Pitfalls:
        - There is no factor ½: texts and libraries that write ½(x - y)² report half of this value.
        - The value is in squared units, so rescaling the data by c rescales it by c².
        - With weights the mean divides by their sum, not by the element count.

    Gradient:
        ∂ℓᵢ/∂xᵢ = 2 wᵢ · (xᵢ - yᵢ)

    References:
        - C. F. Gauss, Theoria motus corporum coelestium, 1809

    Example:
        losscli compute mse sample_data/regression_pred.csv sample_data/regression_target.csv
    """
    squared = (pred - target) ** 2
    return squared if weight is None else squared * weight


@mse.tuned
def _in_place(xp: Any, pred: Any, target: Any, weight: Any) -> Any:
    squared = over(xp.square, over(xp.subtract, pred, target))
    return squared if weight is None else squared * weight


@mse.gradient
def _by_error(xp: Any, back: Any, pred: Any, target: Any, weight: Any) -> Any:
    slope = 2.0 * (pred - target) * back
    slope = slope if weight is None else slope * weight
    return slope, lambda: -slope


mse.counts(sum_of_weights)


@mse.constant
def _mean(mean: Any) -> Any:
    return [("mean of the targets", mean)]


@mse.steps
def _squared(pred: float, target: float, weight: float | None) -> Steps:
    error = pred - target
    return of_error(pred, target, ("e² = ", error, "²"), error * error, weight)
