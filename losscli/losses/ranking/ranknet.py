from __future__ import annotations

from typing import Any

from losscli.spec.arithmetic import sigmoids, softplus
from losscli.spec.kinds import Real, Relevance
from losscli.spec.loss import loss
from losscli.spec.units import Counts, Units


@loss(aliases=("pairwise_logistic_loss",), shapes="(N,L),(N,L)->(N)", mean_over="pairs")
def ranknet(xp: Any, pred: Real, target: Relevance) -> Units:
    """RankNet pairwise logistic loss.

    Each pair of items of one query, of which one is more relevant, is a yes-no question: does the better
    item have the higher score? The loss is the cross-entropy of that answer, with the score
    difference as its logit.

    Formula:
        ℓ_q = Σ log(1 + e^(-(sᵢ - sⱼ))) over the pairs of query q with yᵢ > yⱼ
        mean = Σ ℓ_q / number of such pairs in all queries

    Inputs:
        pred: scores s, one row a query and one column an item; any real number.
        target: relevance grades y ≥ 0 in the shape of pred; only their order within a row matters.

    Use when:
        Learning to rank from graded labels or clicks, with every misordered pair equally bad.

    Avoid when:
        The top of the list matters most: all pairs count alike here, also those far down.

    Pitfalls:
        - Items of equal grade form no pair. Where no query has two different grades, the mean over no
          pairs is 0/0, NaN.
        - Long lists hold quadratically more pairs and so dominate the mean and the run time.
        - The value of one query is a sum over its pairs, not an average.
        - Padded items are items: rows of unequal length must be cut or computed apart.

    Gradient:
        ∂ℓ_q/∂sᵢ = Σ_(j: yⱼ < yᵢ) -sigmoid(sⱼ - sᵢ) + Σ_(j: yⱼ > yᵢ) sigmoid(sᵢ - sⱼ)

    References:
        - C. Burges et al., Learning to Rank using Gradient Descent, 2005
        - C. Burges, From RankNet to LambdaRank to LambdaMART: An Overview, 2010

    Example:
        losscli compute ranknet sample_data/ranking_scores.csv sample_data/ranking_grades.csv
    """
    unknown = xp.isnan(pred) | xp.isnan(target)
    value = xp.sum(xp.where(unknown, xp.nan, xp.zeros_like(pred)), axis=1)  # ties must not hide a NaN
    pairs = xp.zeros(pred.shape[:1], dtype=xp.int64, device=pred.device)  # no float counts as far
    # Items `step` columns apart, step by step: (n, L) at a time where all pairs would be (n, L, L).
    for step in range(1, pred.shape[1]):
        order = xp.sign(target[:, step:] - target[:, :-step])
        margin = (pred[:, step:] - pred[:, :-step]) * order
        value = value + xp.sum(xp.where(order == 0, 0.0, softplus(xp, -margin)), axis=1)
        pairs = pairs + xp.count_nonzero(target[:, step:] != target[:, :-step], axis=1)
    return Units(value, Counts(share=pairs, of="pairs"))


@ranknet.gradient
def _by_misplaced_pairs(xp: Any, back: Any, pred: Any, target: Any) -> Any:
    slope = xp.zeros_like(pred)
    places = xp.arange(pred.shape[1], device=pred.device)
    for i in range(pred.shape[1]):
        order = xp.sign(target - target[:, i : i + 1])  # of the others against this one
        wrong = order * sigmoids(xp, order * (pred - pred[:, i : i + 1]))[1]
        mine = xp.sum(xp.where(order == 0, 0.0, wrong), axis=1)
        slope = xp.where(places == i, mine[:, None], slope)
    return back[:, None] * slope
