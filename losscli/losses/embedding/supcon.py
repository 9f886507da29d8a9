from __future__ import annotations

from typing import Any

from losscli.losses.embedding._shared import Identity, below_highest, others, two_samples, unit
from losscli.spec.arithmetic import sliced
from losscli.spec.kinds import Embedding, Positive
from losscli.spec.loss import loss
from losscli.spec.units import Counts, Statistic, Units


@loss(
    aliases=("SupConLoss", "supervised_contrastive"),
    shapes="(N,D),(N)->(N)",
    mean_over="anchors with a partner",
)
def supcon(xp: Any, pred: Embedding, target: Identity, *, temperature: Positive = 0.1) -> Statistic:
    """Supervised contrastive loss.

    NT-Xent with labels: each sample must recognise the others of its class, its partners, among all other samples,
    by cosine similarity.

    Formula:
        zᵢ = embedding i, divided by its Euclidean norm
        P(i) = the partners of i: the other samples with yⱼ = yᵢ
        ℓᵢ = -1/|P(i)| · Σ_(p ∈ P(i)) log( e^(zᵢ·zₚ/τ) / Σ_(k ≠ i) e^(zᵢ·zₖ/τ) )
        mean = Σ ℓᵢ / number of samples that have a partner

    Inputs:
        pred: embeddings, one row a sample.
        target: class or identity y of each sample; any whole number, only whether two are equal matters.

    Parameters:
        temperature: τ; the smaller, the more the most similar samples of other classes count.

    Use when:
        Learning or judging embeddings from labels, where all samples of a class should come together.

    Avoid when:
        There are no labels but two views of each sample (nt_xent), or most classes have a single sample.

    Pitfalls:
        - A sample without a partner has no loss and does not count in the mean.
        - With k partners the least loss is log k and not 0: the partners share the probability.
        - The whole file is the batch: more samples mean more to be told apart and a larger value.
        - Published code multiplies the loss by the temperature, or by its ratio to a base temperature; this does not.
        - Some libraries leave a loss of exactly 0 out of the mean as well.

    Gradient:
        with qₖ the softmax of zᵢ·zₖ/τ over k ≠ i: ∂ℓᵢ/∂zᵢ = (Σₖ qₖ zₖ - Σ_(p ∈ P(i)) zₚ/|P(i)|) / τ

    References:
        - P. Khosla et al., Supervised Contrastive Learning, 2020

    Example:
        losscli compute supcon sample_data/digits_logits.csv sample_data/digits_target.csv
    """
    return Statistic(gathered={"direction": unit(xp, pred), "label": target})


@supcon.finish_samples
def _against_all_others(xp: Any, statistic: Statistic, temperature: float) -> Units:
    direction, label = statistic.gathered["direction"], statistic.gathered["label"]
    count = label.shape[0]
    every = xp.arange(count, device=label.device)

    def anchors(some: slice) -> tuple[Any, Any]:
        shifted, mass = below_highest(xp, others(xp, direction, some, temperature))
        partner = (label[some, None] == label[None, :]) & (every[some, None] != every[None, :])
        partners = xp.count_nonzero(partner, axis=1)
        mean = xp.sum(xp.where(partner, shifted, 0.0), axis=1) / xp.astype(xp.clip(partners, 1, None), shifted.dtype)
        value = mass - mean
        return xp.where(partners > 0, value, 0.0), partners == 0

    values, alone = (xp.concat(list(parts)) for parts in zip(*map(anchors, sliced(count, count)), strict=True))
    return Units(values, Counts(ignored=alone))


supcon.refuse(two_samples)
