from __future__ import annotations

from typing import Any

from losscli.spec.kinds import Real
from losscli.spec.loss import loss
from losscli.spec.units import Statistic


@loss(aliases=("medae",), shapes="(*),(*)->()", reductions=("mean",), mean_over="set", symmetric=True, quantile=0.5)
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
    return Statistic(gathered={"error": xp.abs(pred - target)})


@median_absolute_error.finish
def _median(xp: Any, statistic: Statistic) -> Any:
    ordered = xp.sort(xp.reshape(statistic.gathered["error"], (-1,)))
    count = ordered.shape[0]
    middle = 0.5 * (ordered[(count - 1) // 2] + ordered[count // 2])
    largest = ordered[-1]  # NaN is sorted to the end
    return xp.where(xp.isnan(largest), largest, middle)
