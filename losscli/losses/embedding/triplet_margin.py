from __future__ import annotations

from typing import Any

from losscli.losses.embedding._shared import collapsed, of_distances, triplet_slopes
from losscli.spec.arithmetic import norm, norm_and_slope
from losscli.spec.in_place import norm_of_spent, over
from losscli.spec.kinds import Embedding, NonNegative, Positive
from losscli.spec.loss import loss
from losscli.spec.steps import Steps


@loss(
    aliases=("TripletMarginLoss", "triplet_loss", "triplet"),
    torch="triplet_margin_loss",
    shapes="(N,*,D),(N,*,D),(N,*,D)->(N,*) | (D),(D),(D)->()",
    mean_over="triplets",
)
def triplet_margin(
    xp: Any,
    anchor: Embedding,
    positive: Embedding,
    negative: Embedding,
    *,
    margin: Positive = 1.0,
    p: NonNegative = 2.0,
    eps: NonNegative = 1e-6,
    swap: bool = False,
) -> Any:
    """Triplet margin loss.

    An anchor should be nearer to its positive (the same identity) than to its negative (another one),
    by at least the margin. A triplet that achieves that costs nothing.

    Formula:
        d(u, v) = ‖u - v + ε‖ₚ, with ε added to every coordinate
        ℓ = max(d(a, p) - d(a, n) + margin, 0)
        with swap, the smaller of d(a, n) and d(p, n) stands in place of d(a, n)
        mean = Σ ℓ / number of triplets

    Inputs:
        anchor: embeddings a, one row a triplet.
        positive: embeddings p of the anchor's identity, in the shape of anchor.
        negative: embeddings n of other identities, in the shape of anchor.

    Parameters:
        margin: wanted gap between the two distances, in units of distance.
        p: order of the norm; 2 is Euclidean, 1 sums absolute differences, inf takes the largest,
          0 counts the coordinates that differ.
        eps: ε, which keeps the root differentiable where two embeddings coincide.
        swap: whether the positive may take the anchor's place where it is nearer to the negative.

    Use when:
        Learning embeddings for retrieval or verification, with negatives mined to be hard enough.

    Avoid when:
        Triplets are drawn at random from well separated data: nearly all cost 0 and nothing is learnt.
        With pairs of views and large batches nt_xent uses every other sample as a negative.

    Pitfalls:
        - Triplets that cost 0 stay in the mean, so it falls as triplets become easy, not only as
          the model improves.
        - Distances are not squared here. FaceNet and several libraries square them, which is another loss
          and needs another margin.
        - ε is added to the signed difference: d(u, v) and d(v, u) differ in the sixth decimal, and
          d(u, u) is ε·D^(1/p), not 0.
        - With p = 0 a coordinate that is NaN, where it is let through, counts as one that differs.
        - The margin only has meaning relative to the scale of the embeddings; normalise them or tune it.

    Gradient:
        where d(a, p) - d(a, n) + margin ≥ 0, else 0, and with p = 2 and e(u, v) = (u - v + ε)/d(u, v):
        ∂ℓ/∂a = e(a, p) - e(a, n), ∂ℓ/∂p = -e(a, p), ∂ℓ/∂n = e(a, n)
        with swap e(p, n) takes the place of e(a, n) where it is nearer; half of each where they are equal

    References:
        - V. Balntas, E. Riba, D. Ponsa, K. Mikolajczyk, Learning local feature descriptors with triplets
          and shallow convolutional neural networks, 2016
        - F. Schroff, D. Kalenichenko, J. Philbin, FaceNet: A Unified Embedding for Face Recognition and
          Clustering, 2015

    Example:
        losscli compute triplet_margin sample_data/triplet_anchor.csv sample_data/triplet_positive.csv sample_data/triplet_negative.csv
    """
    near = norm(xp, anchor - positive + eps, p)
    far = norm(xp, anchor - negative + eps, p)
    if swap:
        far = xp.minimum(far, norm(xp, positive - negative + eps, p))
    return xp.clip(margin + near - far, 0.0, None)


@triplet_margin.gradient
def _along_differences(
    xp: Any, back: Any, anchor: Any, positive: Any, negative: Any, margin: float, p: float, eps: float, swap: bool
) -> Any:
    pairs = ((anchor, positive), (anchor, negative), (positive, negative))
    each = [norm_and_slope(xp, u - v + eps, p) for u, v in pairs[: 2 + swap]]
    slopes = [(slope, -slope) for _, slope in each]
    return triplet_slopes(xp, back, margin, [length for length, _ in each], slopes)


@triplet_margin.tuned
def _spending_differences(
    xp: Any, anchor: Any, positive: Any, negative: Any, margin: float, p: float, eps: float, swap: bool
) -> Any:
    between = norm_of_spent(xp, over(xp.add, positive - negative, eps), p) if swap else None
    # ‖v - a - ε‖ is ‖a - v + ε‖, and leaves the anchor as it is.
    near = norm_of_spent(xp, over(xp.subtract, over(xp.subtract, positive, anchor), eps), p)
    far = norm_of_spent(xp, over(xp.subtract, over(xp.subtract, negative, anchor), eps), p)
    if between is not None:
        far = xp.minimum(far, between)
    return xp.clip(margin + near - far, 0.0, None)


@triplet_margin.regimes
def _active(
    xp: Any, anchor: Any, positive: Any, negative: Any, margin: float, p: float, eps: float, swap: bool
) -> dict[str, Any]:
    value = triplet_margin.kernel(xp, anchor, positive, negative, margin=margin, p=p, eps=eps, swap=swap)
    return {"active": value > 0}


triplet_margin.doubt(collapsed)


@triplet_margin.steps
def _distances(
    xp: Any, anchor: Any, positive: Any, negative: Any, margin: float, p: float, eps: float, swap: bool
) -> Steps:
    pairs = ((anchor, positive), (anchor, negative), (positive, negative))
    each = [float(norm(xp, u - v + eps, p)) for u, v in pairs[: 2 + swap]]
    return of_distances(each, margin, f", ‖·‖ with p = {p:g}")
