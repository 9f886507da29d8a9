"""Losses on vectors that should lie near or far from one another."""

from __future__ import annotations

import math
from typing import Any

from losscli.losses.common import Problem, over
from losscli.losses.kinds import Embedding, NonNegative, Positive
from losscli.losses.spec import Statistic, loss

SIMILARITIES = 2**22
"""Entries of the similarity matrix that nt_xent holds at once: 32 MiB in float64."""


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
        - The margin only has meaning relative to the scale of the embeddings; normalise them or tune it.

    Gradient:
        where ℓ > 0 and p = 2, with e(u, v) = (u - v + ε)/d(u, v):
        ∂ℓ/∂a = e(a, p) - e(a, n), ∂ℓ/∂p = -e(a, p), ∂ℓ/∂n = e(a, n); 0 where ℓ = 0

    References:
        - V. Balntas, E. Riba, D. Ponsa, K. Mikolajczyk, Learning local feature descriptors with triplets
          and shallow convolutional neural networks, 2016
        - F. Schroff, D. Kalenichenko, J. Philbin, FaceNet: A Unified Embedding for Face Recognition and
          Clustering, 2015

    Example:
        losscli compute triplet_margin sample_data/triplet_anchor.csv sample_data/triplet_positive.csv sample_data/triplet_negative.csv
    """
    between = _norm(xp, over(xp.add, positive - negative, eps), p) if swap else None
    # ‖v - a - ε‖ is ‖a - v + ε‖, and leaves the anchor as it is.
    near = _norm(xp, over(xp.subtract, over(xp.subtract, positive, anchor), eps), p)
    far = _norm(xp, over(xp.subtract, over(xp.subtract, negative, anchor), eps), p)
    if between is not None:
        far = xp.minimum(far, between)
    return xp.clip(margin + near - far, 0.0, None)


def _norm(xp: Any, difference: Any, p: float) -> Any:
    """The p-norms of the rows of a temporary."""
    # Sums and no dot products: their bits would depend on the BLAS library and its threads.
    if p == 2:
        return xp.sqrt(xp.sum(over(xp.square, difference), axis=-1))
    if p == 1:
        return xp.sum(over(xp.abs, difference), axis=-1)
    if p == math.inf:
        return xp.max(over(xp.abs, difference), axis=-1)
    if p == 0:
        return xp.sum(xp.astype(difference != 0, difference.dtype), axis=-1)
    # Relative to the largest, so that no power under- or overflows.
    size = over(xp.abs, difference)
    largest = xp.max(size, axis=-1, keepdims=True)
    scale = xp.where((largest > 0) & (largest < xp.inf), largest, 1.0)
    return xp.sum((size / scale) ** p, axis=-1) ** (1.0 / p) * scale[..., 0]


@loss(aliases=("NTXentLoss", "simclr_loss"), shapes="(N,D),(N,D)->(2N)", mean_over="views")
def nt_xent(xp: Any, input1: Embedding, input2: Embedding, *, temperature: Positive = 0.07) -> Statistic:
    """NT-Xent (SimCLR) loss.

    Normalised temperature-scaled cross-entropy: each of the 2N views must recognise the other view of its
    own sample among all 2N - 1 other views, by cosine similarity.

    Formula:
        zᵢ = the 2N views, each divided by its Euclidean norm
        j(i) is the other view of i's sample
        ℓᵢ = -log( e^(zᵢ·z_j(i) / τ) / Σ_(k ≠ i) e^(zᵢ·zₖ / τ) )
        mean = Σ ℓᵢ / 2N

    Inputs:
        input1: embeddings of the first view, one row a sample.
        input2: embeddings of the second view, in the same order and shape.

    Parameters:
        temperature: τ; the smaller, the more the most similar negatives count.

    Use when:
        Self-supervised learning from two augmentations of each sample, in large batches.

    Avoid when:
        Labels say that several samples belong together: they would be pushed apart as negatives.
        With mined triplets and small batches take triplet_margin.

    Pitfalls:
        - The whole file is the batch: more samples mean more negatives and a larger value. Report N with it.
        - Random embeddings score about log(2N - 1), not 0, at moderate temperatures.
        - Defaults of τ range from 0.07 to 0.5 between libraries, and the value depends on it strongly.
        - A row of zeros has no direction; its similarities are taken as 0.

    Gradient:
        with qₖ the softmax of zᵢ·zₖ/τ over k ≠ i: ∂ℓᵢ/∂zᵢ = (Σₖ qₖ zₖ - z_j(i)) / τ; for the raw embedding
        its part along zᵢ is removed and the rest is divided by the norm

    References:
        - T. Chen, S. Kornblith, M. Norouzi, G. Hinton, A Simple Framework for Contrastive Learning of
          Visual Representations, 2020
        - K. Sohn, Improved Deep Metric Learning with Multi-class N-pair Loss Objective, 2016

    Example:
        losscli compute nt_xent sample_data/triplet_anchor.csv sample_data/triplet_positive.csv
    """
    return Statistic(gathered={"first": _unit(xp, input1), "second": _unit(xp, input2)})


def _unit(xp: Any, rows: Any) -> Any:
    length = xp.sqrt(xp.sum(rows * rows, axis=-1, keepdims=True))
    return rows / xp.clip(length, 1e-12, None)  # the floor of torch's F.normalize


@nt_xent.finish
def _against_all_views(xp: Any, statistic: Statistic, *, temperature: float) -> Any:
    views = xp.concat([statistic.gathered["first"], statistic.gathered["second"]], axis=0)
    count = views.shape[0]
    step = max(1, SIMILARITIES // count)
    slices = [_anchors(xp, views, start, start + step, temperature) for start in range(0, count, step)]
    return xp.concat(slices, axis=0)


def _anchors(xp: Any, views: Any, start: int, stop: int, temperature: float) -> Any:
    """The values of the anchors ``start`` to ``stop``."""
    count = views.shape[0]
    every = xp.arange(count, device=views.device)
    own = every[start:stop, None]
    similarity = xp.matmul(views[start:stop, :], xp.matrix_transpose(views)) / temperature
    similarity = xp.where(own == every[None, :], -xp.inf, similarity)
    shifted = similarity - xp.max(similarity, axis=1, keepdims=True)
    partner = (own + count // 2) % count
    return xp.log(xp.sum(xp.exp(shifted), axis=1)) - xp.take_along_axis(shifted, partner, axis=1)[:, 0]


@nt_xent.per_sample
def _mean_of_both_views(xp: Any, units: Any) -> Any:
    return xp.mean(xp.reshape(units, (2, -1)), axis=0)


@nt_xent.requires
def _two_samples(shapes: dict[str, tuple[int, ...]], *, temperature: float) -> Problem:
    if shapes["input1"][0] >= 2:
        return None
    return (
        "needs at least 2 samples: with one there is nothing to tell it from.",
        "give files of 2 rows or more.",
    )
