from __future__ import annotations

from typing import Any

from losscli.spec.kinds import AnyFloat, Distance, Sign
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Step, Steps


@loss(aliases=("HingeEmbeddingLoss", "HingeEmbedding"), torch="hinge_embedding_loss", mean_over="pairs")
def hinge_embedding(xp: Any, pred: Distance, target: Sign, *, margin: AnyFloat = 1.0) -> Any:
    """Hinge embedding loss.

    Pairs that are alike pay their distance; pairs that are not pay what their distance lacks of the margin.

    Formula:
        yᵢ = 1: ℓᵢ = xᵢ
        yᵢ = -1: ℓᵢ = max(0, margin - xᵢ)
        mean = Σ ℓᵢ / number of pairs

    Inputs:
        pred: distance x of the two members of each pair, such as the L1 distance of their embeddings.
        target: 1 where they are alike, -1 where they are not, in the shape of pred.

    Parameters:
        margin: distance that pairs which are not alike should reach.

    Use when:
        The distances are computed already, and all that is known is which pairs are alike.

    Avoid when:
        The embeddings themselves are at hand: cosine_embedding takes them with the same labels, and triplet_margin
        compares a near pair with a far one.

    Pitfalls:
        - The prediction is a distance, not a score: low means alike.
        - A negative distance of a pair that is alike lowers the loss below 0.
        - Labels of 0 and 1 are refused here. In torch a 0 is taken, and costs x + max(0, margin - x);
          a NaN, where it is let through, costs that here, too.

    Gradient:
        yᵢ = 1: ∂ℓᵢ/∂xᵢ = 1; yᵢ = -1: -1 where xᵢ ≤ margin, else 0

    References:
        - R. Hadsell, S. Chopra, Y. LeCun, Dimensionality Reduction by Learning an Invariant Mapping, 2006

    Example:
        losscli compute hinge_embedding sample_data/pairs.csv::distance sample_data/pairs.csv::alike --margin 2
    """
    lacking = xp.clip(margin - pred, 0.0, None)
    if xp.any(target != target):  # NaN
        return xp.where(target == 1, pred, xp.where(target == -1, lacking, pred + lacking))
    return xp.where(target == 1, pred, lacking)


@hinge_embedding.gradient
def _nearer_or_apart(xp: Any, back: Any, pred: Any, target: Any, margin: float) -> Any:
    nearer = xp.where(margin - pred >= 0, -1.0, 0.0)
    return back * xp.where(target == 1, 1.0, xp.where(target == -1, nearer, 1.0 + nearer))


@hinge_embedding.steps
def _alike_or_not(pred: float, target: float, margin: float) -> Steps:
    if target == 1:
        return Steps([Step(VALUE, ("d = ", pred), pred)], [("alike: the distance itself",)])
    lacking = margin - pred
    facts = [("unlike, and nearer than the margin",) if lacking > 0 else ("unlike, and apart by the margin or more",)]
    lines = [Step("margin - d", (margin, " - ", pred), lacking)]
    return Steps([*lines, Step(VALUE, ("max(0, ", lacking, ")"), 0.0 if lacking <= 0 else lacking)], facts)
