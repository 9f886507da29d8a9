from __future__ import annotations

from typing import Any

from losscli.spec.arithmetic import Problem
from losscli.spec.kinds import PositiveInt, Prepared, Real
from losscli.spec.loss import loss


@loss(
    aliases=("mean_absolute_scaled_error",),
    shapes="(H),(H),(T)->(H)",
    reductions=("mean",),
    mean_over="time steps",
    symmetric=True,
)
def mase(xp: Any, pred: Real, target: Real, history: Real, *, sp: PositiveInt = 1, scale: Prepared) -> Any:
    """Mean absolute scaled error.

    The forecast's absolute error, in units of the error that the simplest forecast (repeat the
    value of one season ago) made on the known past. Below 1 the forecast does better than that.

    Formula:
        scale = Σ_(t > m) |hₜ - hₜ₋ₘ| / (T - m), with m = sp
        ℓₜ = |xₜ - yₜ| / scale
        mean = Σ ℓₜ / H

    Inputs:
        pred: forecasts x for the H steps of the horizon.
        target: values y that came true at those steps.
        history: the T values h known before the forecast, in time order and without gaps.

    Parameters:
        sp: length m of a season in steps, shorter than the history; 1 compares with repeating the last value.

    Use when:
        Comparing forecasts over series of different scale, also where values are zero or negative and
        percentage errors break down.

    Avoid when:
        The history is short, or so nearly constant that its naive error says nothing.

    Pitfalls:
        - The scale comes from the history alone: never put the test horizon into it.
        - A history that never changes has scale 0: every error is then infinite, and 0/0 is NaN.
        - The scale is of one-step forecasts (m steps with a season), so a long horizon exceeds 1 easily.
        - Each series has its own scale: compute the series one by one and average the results.

    Gradient:
        ∂ℓₜ/∂xₜ = sign(xₜ - yₜ) / scale; the history is taken as known

    References:
        - R. J. Hyndman, A. B. Koehler, Another look at measures of forecast accuracy, 2006

    Example:
        losscli compute mase sample_data/diabetes_pred.csv sample_data/diabetes_target.csv sample_data/diabetes_history.csv
    """
    return xp.abs(pred - target) / scale


@mase.prepare
def scale(xp: Any, history: Any, sp: int) -> Any:
    """The error of the forecast that repeats the value of one season ago, on the history."""
    return xp.mean(xp.abs(history[sp:] - history[:-sp]))


@mase.gradient
def _by_sign(xp: Any, back: Any, pred: Any, target: Any, scale: Any) -> Any:
    slope = back * xp.sign(pred - target) / scale
    return slope, lambda: -slope


@mase.refuse
def _longer_than_season(shapes: dict[str, tuple[int, ...]], sp: int) -> Problem:
    length = shapes["history"][0]
    if sp < length:
        return None
    return (
        f"the history has {length} values, too few for a season of sp = {sp}.",
        "give a longer history or a smaller --sp; it must be shorter than the history.",
    )


@mase.constant
def _median(quantile: Any, best: Any) -> Any:
    return [("median of the targets", best if quantile is None else quantile(0.5))]
