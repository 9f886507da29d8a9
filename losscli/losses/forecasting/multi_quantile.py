from __future__ import annotations

from typing import Annotated, Any

from losscli.spec.kinds import Along, Array, Interval, Real
from losscli.spec.loss import loss

_Levels = Annotated[Array, Along("Q", Interval(0.0, 1.0, closed_low=False, closed_high=False))]


@loss(aliases=("MQLoss", "mqloss"), shapes="(N,Q),(N)->(N)")
def multi_quantile(xp: Any, pred: Real, target: Real, *, quantiles: _Levels = (0.1, 0.5, 0.9)) -> Any:
    """Multi-quantile loss.

    Scores a fan of quantile forecasts in one number: each forecast pays for being below the value in proportion
    to its level, and for being above it in proportion to the rest. The average is taken over the levels.

    Formula:
        ℓₙ = (1/Q) · Σ_q max( q · (yₙ - xₙ,q), (q - 1) · (yₙ - xₙ,q) )
        mean = Σ ℓₙ / N

    Inputs:
        pred: forecasts x, one row a sample and one column for each level.
        target: the values y that came true, one a row.

    Parameters:
        quantiles: levels q of the columns, in their order.

    Use when:
        A model forecasts several quantiles and they are to be judged together. Each level's part is least, on
        average, at that quantile of the target.

    Avoid when:
        The forecast is a single number (l1 judges medians), or a whole distribution or a sample of it.

    Pitfalls:
        - The levels belong to the columns by position: in another order the value still looks plausible.
        - Half of the continuous ranked probability score, as many levels approximate it.
        - That quantiles cross is not punished as such.

    Gradient:
        ∂ℓₙ/∂xₙ,q = -q/Q where y > x, (1 - q)/Q where y < x, and (½ - q)/Q where they are equal

    References:
        - R. Wen, K. Torkkola, B. Narayanaswamy, D. Madeka, A Multi-Horizon Quantile Recurrent Forecaster, 2017
        - R. Koenker, G. Bassett, Regression Quantiles, 1978

    Example:
        losscli compute multi_quantile sample_data/quantiles_pred.csv sample_data/quantiles_target.csv
    """
    error = target[:, None] - pred
    return xp.mean(xp.maximum(quantiles * error, (quantiles - 1.0) * error), axis=1)


@multi_quantile.gradient
def _by_side(xp: Any, back: Any, pred: Any, target: Any, quantiles: Any) -> Any:
    error = target[:, None] - pred
    # On the forecast itself the two branches are equal, and torch takes half of each.
    slope = xp.where(error > 0, -quantiles, xp.where(error < 0, 1.0 - quantiles, 0.5 - quantiles))
    slope = (back / pred.shape[1])[:, None] * xp.where(xp.isnan(error), error, slope)
    return slope, lambda: -xp.sum(slope, axis=1)


@multi_quantile.constant
def _of_targets(quantile: Any, quantiles: Any) -> Any:
    return None if quantile is None else [("quantiles of the targets", [quantile(level) for level in quantiles])]
