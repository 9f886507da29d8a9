"""Losses between real predictions and real targets."""

from __future__ import annotations

from typing import Any

from losscli.losses.common import over
from losscli.losses.kinds import NonNegative, Positive, Real, Weight
from losscli.losses.spec import Counts, Statistic, loss


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
    error = over(xp.abs, over(xp.subtract, pred, target))
    return error if weight is None else error * weight


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
    squared = over(xp.square, over(xp.subtract, pred, target))
    return squared if weight is None else squared * weight


@l1.counts
@mse.counts
def _sum_of_weights(xp: Any, pred: Any, target: Any, weight: Any) -> Counts:
    return Counts() if weight is None else Counts(weight=weight, of="sum of weights")


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
        ∂ℓᵢ/∂xᵢ = (xᵢ - yᵢ)/β if |xᵢ - yᵢ| < β, otherwise sign(xᵢ - yᵢ)

    References:
        - R. Girshick, Fast R-CNN, 2015
        - P. J. Huber, Robust Estimation of a Location Parameter, 1964

    Example:
        losscli compute smooth_l1 sample_data/regression_pred.csv sample_data/regression_target.csv --beta 0.5
    """
    if beta == 0:
        return over(xp.abs, over(xp.subtract, pred, target))
    value = _parabola_then_line(xp, pred, target, beta)
    return value if beta == 1 else value / beta


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
    value = _parabola_then_line(xp, pred, target, delta)
    return value if weight is None else value * weight


def _parabola_then_line(xp: Any, pred: Any, target: Any, width: float) -> Any:
    # Both branches at once: with c the error d cut to ±width, (d - c/2)·c is d²/2 inside and
    # width·(|d| - width/2) outside, without a mask.
    error = over(xp.subtract, pred, target)
    cut = xp.clip(error, -width, width)
    return over(xp.multiply, over(xp.add, error, -0.5 * cut), cut)


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
    return over(xp.square, over(xp.subtract, pred, target))


@rmse.of_mean
def _root(xp: Any, mean: Any) -> Any:
    return xp.sqrt(mean)


@loss(aliases=("medae",), shapes="(*),(*)->()", reductions=("mean",), mean_over="set", symmetric=True)
def median_absolute_error(xp: Any, pred: Real, target: Real) -> Statistic:
    """Median absolute error.

    Half of the predictions are off by less than this, half by more. Up to half of the data may be
    arbitrarily wrong without making it large.

    Formula:
        L = median of |xᵢ - yᵢ| over all elements
        with an even number of them, halfway between the two middle ones

    Inputs:
        pred: predicted values x.
        target: true values y, in the shape of pred.

    Use when:
        You want a typical error that outliers, corrupt rows or heavy tails cannot move.

    Avoid when:
        The rare large errors are what matters, since it is blind to them, or the loss is to be
        minimised by gradient steps.

    Pitfalls:
        - It is one number for the whole set: medians of batches cannot be combined, and all errors
          are kept in memory until the end.
        - torch.median takes the lower of the two middle values; this is NumPy's and scikit-learn's median.

    Gradient:
        ∂L/∂xᵢ = sign(xᵢ - yᵢ) at the middle element (half of it at each of two), 0 elsewhere

    References:
        - F. R. Hampel, The Influence Curve and its Role in Robust Estimation, 1974
        - D. C. Hoaglin, F. Mosteller, J. W. Tukey, Understanding Robust and Exploratory Data Analysis, 1983

    Example:
        losscli compute median_absolute_error sample_data/diabetes_pred.csv sample_data/diabetes_target.csv
    """
    return Statistic(gathered={"error": over(xp.abs, over(xp.subtract, pred, target))})


@median_absolute_error.finish
def _median(xp: Any, statistic: Statistic) -> Any:
    ordered = xp.sort(xp.reshape(statistic.gathered["error"], (-1,)))
    count = ordered.shape[0]
    middle = 0.5 * (ordered[(count - 1) // 2] + ordered[count // 2])
    largest = ordered[-1]  # NaN is sorted to the end
    return xp.where(xp.isnan(largest), largest, middle)
