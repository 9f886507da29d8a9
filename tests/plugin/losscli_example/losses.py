"""A loss is a documented function; losscli derives its command, its help and its checks."""

from __future__ import annotations

from typing import Any

from losscli import loss
from losscli.spec.kinds import Positive, Real
from losscli.spec.steps import Step, Steps


@loss(aliases=("LogCoshExample",))
def log_cosh_example(xp: Any, pred: Real, target: Real, *, scale: Positive = 1.0) -> Any:
    """Logarithm of the hyperbolic cosine of the error.

    Close to half the squared error for small errors and to the absolute error for large ones.

    Formula:
        ℓᵢ = s · log cosh((xᵢ - yᵢ) / s)

    Inputs:
        pred: predicted values x.
        target: true values y, in the shape of pred.

    Parameters:
        scale: the error s at which the square gives way to the absolute value.

    Use when:
        A smooth stand-in for the absolute error is wanted, with a second derivative everywhere.

    Avoid when:
        The size of large errors matters (mse).

    Pitfalls:
        - cosh overflows at errors near 710 unless it is written as here.

    Gradient:
        ∂ℓᵢ/∂xᵢ = tanh((xᵢ - yᵢ) / s)

    References:
        - R. A. Saleh, A. K. Md. E. Saleh, Statistical Properties of the log-cosh Loss Function, 2022

    Example:
        losscli compute log_cosh_example pred.csv target.csv --scale 2
    """
    # log cosh e = |e| + log1p(exp(-2|e|)) - log 2, which no error can overflow.
    size = xp.abs(pred - target) / scale
    return scale * (size + xp.log1p(xp.exp(-2.0 * size)) - 0.6931471805599453)


@log_cosh_example.gradient
def _by_tanh(xp: Any, back: Any, pred: Any, target: Any, scale: float) -> Any:
    # To pred, and to target where someone asks for it; `losscli grad ... --check` holds it to the loss.
    slope = back * xp.tanh((pred - target) / scale)
    return slope, lambda: -slope


@log_cosh_example.steps
def _of_error(xp: Any, pred: float, target: float, scale: float) -> Steps:
    # Of one unit, for `losscli explain`: what each step is called, how it is made, and what comes out.
    error = pred - target
    value = float(log_cosh_example.kernel(xp, xp.asarray(pred), xp.asarray(target), scale=scale))
    return Steps([Step("e", (pred, " - ", target), error), Step("ℓ", (scale, " · log cosh (", error, " / s)"), value)])
