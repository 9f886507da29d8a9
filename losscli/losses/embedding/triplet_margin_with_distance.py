from __future__ import annotations

import math
from typing import Annotated, Any

from losscli.losses.embedding._shared import collapsed, of_distances, triplet_slopes
from losscli.spec.arithmetic import norm, norm_and_slope
from losscli.spec.kinds import Choice, Embedding, Positive
from losscli.spec.loss import loss
from losscli.spec.steps import Steps

_NORMS = {"euclidean": (2.0, 1e-6), "l1": (1.0, 0.0), "l2": (2.0, 0.0), "linf": (math.inf, 0.0)}
"""Those distances that are norms of the difference: their order, and the ε that is added to every coordinate."""
_SMALLEST = 1e-8
"""The floor of a length in the cosine, as in torch."""


@loss(
    aliases=("TripletMarginWithDistanceLoss", "triplet_margin_with_distance_loss", "TripletDistance"),
    torch="triplet_margin_with_distance_loss",
    shapes="(N,*,D),(N,*,D),(N,*,D)->(N,*) | (D),(D),(D)->()",
    mean_over="triplets",
)
def triplet_margin_with_distance(
    xp: Any,
    anchor: Embedding,
    positive: Embedding,
    negative: Embedding,
    *,
    distance: Annotated[str, Choice(("euclidean", "l1", "l2", "sqeuclidean", "linf", "cosine"))] = "euclidean",
    margin: Positive = 1.0,
    swap: bool = False,
) -> Any:
    """Triplet margin loss with a chosen distance.

    An anchor should be nearer to its positive (the same identity) than to its negative (another one), by at least
    the margin. What near means is a matter of choice.

    Formula:
        ℓ = max(d(a, p) - d(a, n) + margin, 0)
        with swap, the smaller of d(a, n) and d(p, n) stands in place of d(a, n)
        euclidean: d(u, v) = ‖u - v + ε‖₂, with ε = 10⁻⁶ added to every coordinate
        l1: d(u, v) = Σ |uᵢ - vᵢ|
        l2: d(u, v) = ‖u - v‖₂
        sqeuclidean: d(u, v) = Σ (uᵢ - vᵢ)²
        linf: d(u, v) = the largest |uᵢ - vᵢ|
        cosine: d(u, v) = 1 - u·v / (‖u‖₂ · ‖v‖₂)
        mean = Σ ℓ / number of triplets

    Inputs:
        anchor: embeddings a, one row a triplet.
        positive: embeddings p of the anchor's identity, in the shape of anchor.
        negative: embeddings n of other identities, in the shape of anchor.

    Parameters:
        distance: d, one of those above; euclidean is what torch takes where none is given.
        margin: wanted gap between the two distances, in units of distance.
        swap: whether the positive may take the anchor's place where it is nearer to the negative.

    Use when:
        Learning embeddings from triplets where another distance than a norm fits: cosine for directions,
        sqeuclidean for what FaceNet and its followers report.

    Avoid when:
        A norm of another order, or another ε, is wanted: triplet_margin has both as parameters.

    Pitfalls:
        - Distances of different names have different scales, and so have their margins: the cosine's gap is
          at most 2, and 0.1 to 0.3 is a usual margin for it.
        - torch takes any Python function; here it is one of these names.
        - euclidean is not quite l2: ε is added to the signed difference.
        - A row of zeros has no direction; its cosine distance to anything is 1, as in torch.
        - Triplets that cost 0 stay in the mean.

    Gradient:
        where d(a, p) - d(a, n) + margin ≥ 0, else 0:
        ∂ℓ/∂a = ∂d(a, p)/∂a - ∂d(a, n)/∂a, ∂ℓ/∂p = ∂d(a, p)/∂p, ∂ℓ/∂n = -∂d(a, n)/∂n
        with swap d(p, n) takes the place of d(a, n) where it is smaller; half of each where they are equal

    References:
        - V. Balntas, E. Riba, D. Ponsa, K. Mikolajczyk, Learning local feature descriptors with triplets
          and shallow convolutional neural networks, 2016
        - F. Schroff, D. Kalenichenko, J. Philbin, FaceNet: A Unified Embedding for Face Recognition and
          Clustering, 2015

    Example:
        losscli compute triplet_margin_with_distance sample_data/triplet_anchor.csv sample_data/triplet_positive.csv sample_data/triplet_negative.csv --distance cosine --margin 0.5
    """
    near = _distance(xp, anchor, positive, distance)
    far = _distance(xp, anchor, negative, distance)
    if swap:
        far = xp.minimum(far, _distance(xp, positive, negative, distance))
    return xp.clip(margin + near - far, 0.0, None)


def _distance(xp: Any, u: Any, v: Any, distance: str) -> Any:
    if distance == "cosine":
        return 1.0 - xp.sum(_direction(xp, u) * _direction(xp, v), axis=-1)
    if distance == "sqeuclidean":
        return xp.sum((u - v) ** 2, axis=-1)
    order, eps = _NORMS[distance]
    return norm(xp, u - v + eps, order)


def _direction(xp: Any, u: Any) -> Any:
    length = xp.sqrt(xp.sum(u * u, axis=-1, keepdims=True))
    return u / xp.clip(length, _SMALLEST, None)


@triplet_margin_with_distance.gradient
def _along_differences(
    xp: Any, back: Any, anchor: Any, positive: Any, negative: Any, distance: str, margin: float, swap: bool
) -> Any:
    pairs = ((anchor, positive), (anchor, negative), (positive, negative))
    each = [_distance_and_slopes(xp, u, v, distance) for u, v in pairs[: 2 + swap]]
    return triplet_slopes(xp, back, margin, [apart for apart, _ in each], [slopes for _, slopes in each])


def _distance_and_slopes(xp: Any, u: Any, v: Any, distance: str) -> tuple[Any, tuple[Any, Any]]:
    """The distance of two rows, and its gradients to both."""
    if distance == "cosine":
        a, b = _direction(xp, u), _direction(xp, v)
        cosine = xp.sum(a * b, axis=-1)
        return 1.0 - cosine, (_turned(xp, u, a, b), _turned(xp, v, b, a))
    if distance == "sqeuclidean":
        slope = 2.0 * (u - v)
        return xp.sum((u - v) ** 2, axis=-1), (slope, -slope)
    order, eps = _NORMS[distance]
    apart, slope = norm_and_slope(xp, u - v + eps, order)
    return apart, (slope, -slope)


def _turned(xp: Any, u: Any, mine: Any, other: Any) -> Any:
    """The gradient of one minus the cosine to a row, from its direction and the other's."""
    # The floor of a length has no part in it, as in torch; the length of a row of zeros has none either.
    length = xp.sqrt(xp.sum(u * u, axis=-1, keepdims=True))
    along = xp.where(length > 0, u / xp.where(length > 0, length, 1.0), 0.0)
    return (along * xp.sum(mine * other, axis=-1, keepdims=True) - other) / xp.clip(length, _SMALLEST, None)


@triplet_margin_with_distance.native
def _with_a_function(
    functional: Any, anchor: Any, positive: Any, negative: Any, distance: str, margin: float, swap: bool
) -> Any:
    def apart(u: Any, v: Any) -> Any:
        if distance == "cosine":
            return 1.0 - functional.cosine_similarity(u, v, dim=-1)
        if distance == "sqeuclidean":
            return ((u - v) ** 2).sum(-1)
        order, eps = _NORMS[distance]
        return functional.pairwise_distance(u, v, p=order, eps=eps)

    return functional.triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=apart, margin=margin, swap=swap, reduction="none"
    )


@triplet_margin_with_distance.regimes
def _active(
    xp: Any, anchor: Any, positive: Any, negative: Any, distance: str, margin: float, swap: bool
) -> dict[str, Any]:
    value = triplet_margin_with_distance.kernel(
        xp, anchor, positive, negative, distance=distance, margin=margin, swap=swap
    )
    return {"active": value > 0}


triplet_margin_with_distance.doubt(collapsed)


@triplet_margin_with_distance.steps
def _distances(xp: Any, anchor: Any, positive: Any, negative: Any, distance: str, margin: float, swap: bool) -> Steps:
    pairs = ((anchor, positive), (anchor, negative), (positive, negative))
    each = [float(_distance(xp, u, v, distance)) for u, v in pairs[: 2 + swap]]
    return of_distances(each, margin, f", {distance}")
