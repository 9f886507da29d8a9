from __future__ import annotations

from typing import Any

from losscli.spec.kinds import Real
from losscli.spec.loss import loss
from losscli.spec.units import Statistic


@loss(shapes="(N),(M)->()", reductions=("mean",), mean_over="set", symmetric=True)
def energy_distance(xp: Any, pred: Real, target: Real) -> Statistic:
    """Energy distance of two samples.

    How differently two sets of numbers are distributed: how far a number of one is from a number of the other on
    average, beyond how far numbers of the same set are from each other. Which number stands beside which does not
    matter, and the sets may differ in size.

    Formula:
        L = √( 2 E|X - Y| - E|X - X'| - E|Y - Y'| )
        which is √( 2 ∫ (F(t) - G(t))² dt ), as it is computed
        F, G = distribution functions: the share of pred, of target up to t

    Inputs:
        pred: one sample X of numbers.
        target: the other sample Y, of any size; it is read whole.

    Use when:
        Comparing what a generator or a simulation draws with what was observed: a metric that is 0 only where the
        two are distributed alike.

    Avoid when:
        Each prediction has a truth of its own (l1, mse): the order of the numbers plays no part here.

    Pitfalls:
        - This is the root, as in SciPy. Some libraries report its square.
        - Its unit is the square root of that of the data.
        - Two samples of one distribution do not have distance 0, the less so the smaller they are.
        - The prediction is kept whole as well: memory grows with both samples.

    Gradient:
        ∂L/∂xᵢ = ( Σⱼ sign(xᵢ - yⱼ)/m - Σₖ sign(xᵢ - xₖ)/n ) / (n L), undefined at L = 0

    References:
        - G. J. Székely, M. L. Rizzo, Energy Statistics: A Class of Statistics Based on Distances, 2013

    Example:
        losscli compute energy_distance sample_data/diabetes_pred.csv sample_data/diabetes_history.csv
    """
    return Statistic(gathered={"pred": pred})


@energy_distance.finish
def _between_distributions(xp: Any, statistic: Statistic, target: Any) -> Any:
    pred = statistic.gathered["pred"]
    n, m = pred.shape[0], target.shape[0]
    values = xp.concat([pred, target])
    order = xp.argsort(values)
    # n·m times each one's share, in whole numbers, which no running sum rounds.
    steps = xp.where(xp.arange(n + m, device=pred.device) < n, m, -n)
    apart = xp.cumulative_sum(xp.take(steps, order))[:-1]
    ordered = xp.take(values, order)
    gaps = ordered[1:] - ordered[:-1]
    return xp.sqrt(2 * xp.sum((xp.astype(apart, gaps.dtype) / (n * m)) ** 2 * gaps))
