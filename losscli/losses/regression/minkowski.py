from __future__ import annotations

from typing import Annotated, Any

from losscli.losses.regression._shared import of_error
from losscli.spec.kinds import Interval, Real
from losscli.spec.loss import Doubt, loss
from losscli.spec.steps import Steps

_LEAST = 2.2e-308
"""The smallest number with all its digits."""


@loss(aliases=("minkowski_distance", "lp_distance"), reductions=("mean",), symmetric=True)
def minkowski(xp: Any, pred: Real, target: Real, *, p: Annotated[float, Interval(1.0, closed_high=False)] = 2.0) -> Any:
    """Minkowski distance.

    The length of the vector of all errors, measured by the p-norm. It is no average: with more elements
    it grows, as n^(1/p) where the errors stay alike.

    Formula:
        L = ( Σ |xᵢ - yᵢ|ᵖ )^(1/p)
        the sum runs over all elements; the root is taken of that sum

    Inputs:
        pred: predicted values x.
        target: true values y, in the shape of pred.

    Parameters:
        p: order of the norm; 1 adds up absolute errors, 2 is the Euclidean distance, more of it stresses large errors.

    Use when:
        The whole of two vectors is to be compared, and how far they are apart matters, not the typical error.

    Avoid when:
        Data of different size are compared: take rmse (p = 2 divided by √n) or l1 (p = 1 divided by n).

    Pitfalls:
        - It is not divided by n: twice the data of the same quality have a larger distance.
        - The distance of all the data is neither the sum nor the mean of those of its parts.
        - The loss of one sample is the distance of its own row.

    Gradient:
        ∂L/∂xᵢ = sign(dᵢ) · |dᵢ|^(p-1) · L^(1-p) with d = x - y, undefined at L = 0

    References:
        - H. Minkowski, Geometrie der Zahlen, 1896

    Example:
        losscli compute minkowski sample_data/regression_pred.csv sample_data/regression_target.csv --p 3
    """
    return xp.abs(pred - target) ** p


@minkowski.value
def _root(total: Any, p: float) -> Any:
    return total ** (1.0 / p)


@minkowski.doubt
def _underflow(mean: float, p: float) -> Doubt:
    smallest = _LEAST ** (1.0 / p)
    if mean >= _LEAST or smallest < 1e-30:  # errors that small are none
        return None
    lost = f"with p = {p:g} errors below {smallest:.2g} come to nothing in float64."
    return lost, "take a smaller --p, or multiply both files by one number and divide the loss by it."


@minkowski.gradient
def _by_power(xp: Any, back: Any, pred: Any, target: Any, p: float) -> Any:
    error = pred - target
    slope = p * back * xp.sign(error) * xp.abs(error) ** (p - 1.0)
    return slope, lambda: -slope


@minkowski.slope
def _of_root(total: Any, p: float) -> Any:
    return total ** (1.0 / p - 1.0) / p


@minkowski.constant
def _searched(best: Any) -> Any:
    return [("constant of least loss", best)]


@minkowski.steps
def _to_the_power(xp: Any, pred: float, target: float, p: float) -> Steps:
    size = abs(pred - target)
    return of_error(pred, target, ("|e|^p = ", size, "^", p), float(xp.asarray(size) ** p))
