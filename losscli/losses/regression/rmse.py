from __future__ import annotations

from typing import Any

from losscli.losses.regression._shared import of_error
from losscli.spec.in_place import over
from losscli.spec.kinds import Real
from losscli.spec.loss import loss
from losscli.spec.steps import Steps


@loss(aliases=("root_mean_squared_error",), reductions=("mean",), symmetric=True)
def rmse(xp: Any, pred: Real, target: Real) -> Any:
    """Root mean squared error.

    The square root of mse: as sensitive to large errors, but in the units of the target.

    Formula:
        L = √( Σ (xᵢ - yᵢ)² / n )
        the squares are averaged over all elements; the root is taken of that mean

    Inputs:
        pred: predicted values x.
        target: true values y, in the shape of pred.

    Use when:
        Reporting the error of a model that was fitted by least squares. For unbiased Gaussian errors it
        estimates their standard deviation.

    Avoid when:
        A few outliers should not decide the figure (l1, median_absolute_error).

    Pitfalls:
        - The mean of the RMSE of several batches is not the RMSE of all the data: average the squares.
        - With several columns scikit-learn averages one root a column; this is one root over
          all elements, which is never smaller.
        - It lies between l1 and √n times l1; a large ratio to l1 tells of a few large errors.

    Gradient:
        ∂L/∂xᵢ = (xᵢ - yᵢ) / (n · L), undefined at L = 0

    References:
        - R. J. Hyndman, A. B. Koehler, Another look at measures of forecast accuracy, 2006
        - T. Chai, R. R. Draxler, Root mean square error (RMSE) or mean absolute error (MAE)?, 2014

    Example:
        losscli compute rmse sample_data/diabetes_pred.csv sample_data/diabetes_target.csv
    """
    return (pred - target) ** 2


@rmse.tuned
def _in_place(xp: Any, pred: Any, target: Any) -> Any:
    return over(xp.square, over(xp.subtract, pred, target))


@rmse.value
def _root(xp: Any, mean: Any) -> Any:
    return xp.sqrt(mean)


@rmse.gradient
def _by_error(xp: Any, back: Any, pred: Any, target: Any) -> Any:
    slope = 2.0 * back * (pred - target)
    return slope, lambda: -slope


@rmse.slope
def _of_root(xp: Any, mean: Any) -> Any:
    return 0.5 / xp.sqrt(mean)


@rmse.constant
def _mean(mean: Any) -> Any:
    return [("mean of the targets", mean)]


@rmse.steps
def _squared(pred: float, target: float) -> Steps:
    error = pred - target
    return of_error(pred, target, ("e² = ", error, "²"), error * error)
