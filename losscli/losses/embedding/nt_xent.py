from __future__ import annotations

from typing import Any

from losscli.losses.embedding._shared import below_highest, others, two_samples, unit
from losscli.spec.arithmetic import sliced
from losscli.spec.kinds import Embedding, Positive
from losscli.spec.loss import loss
from losscli.spec.units import Statistic


@loss(aliases=("NTXentLoss", "simclr_loss"), shapes="(N,D),(N,D)->(N,2)", mean_over="views")
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
    return Statistic(gathered={"first": unit(xp, input1), "second": unit(xp, input2)})


@nt_xent.finish_samples
def _against_all_views(xp: Any, statistic: Statistic, temperature: float) -> Any:
    views = xp.concat([statistic.gathered["first"], statistic.gathered["second"]], axis=0)
    count = views.shape[0]
    every = xp.arange(count, device=views.device)

    def anchors(some: slice) -> Any:
        shifted, mass = below_highest(xp, others(xp, views, some, temperature))
        partner = (every[some, None] + count // 2) % count
        return mass - xp.take_along_axis(shifted, partner, axis=1)[:, 0]

    values = xp.concat([anchors(some) for some in sliced(count, count)], axis=0)
    return xp.matrix_transpose(xp.reshape(values, (2, -1)))


nt_xent.refuse(two_samples)
