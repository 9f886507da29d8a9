from __future__ import annotations

from typing import Annotated, Any

from losscli.spec.kinds import AnyInt, Choice, Label, Probabilities
from losscli.spec.loss import loss
from losscli.spec.units import Counts, Statistic, Units


@loss(
    aliases=("LovaszSoftmaxLoss", "lovasz_softmax_loss", "LovaszLoss"),
    shapes="(N,C,*),(N,*)->(N)",
    reductions=("mean",),
    mean_over="classes",
)
def lovasz_softmax(
    xp: Any,
    pred: Probabilities,
    target: Label,
    *,
    average: Annotated[str, Choice(("present", "all"))] = "present",
    per_image: bool = False,
    ignore_index: AnyInt = -100,
) -> Any:
    """Lovász-Softmax loss.

    One minus the intersection over union of each class, carried over from hard masks to probabilities by its convex
    extension: the largest errors are taken as wrong first, and each costs as much of the ratio as is lost by it.

    Formula:
        of one class c, over the positions i not ignored:
        eᵢ = |tᵢ - pᵢ|, with tᵢ = 1 where the label is c, else 0
        in falling order e₁ ≥ e₂ ≥ … ≥ e_P, and e_(P+1) = 0
        Jᵢ = i / (T + Fᵢ), with T = Σ t and Fᵢ = how many of
        the first i have t = 0
        ℓ_c = Σᵢ Jᵢ · (eᵢ - eᵢ₊₁)
        mean = Σ ℓ_c / number of classes
        per_image: this for every image, and then the mean over images

    Inputs:
        pred: probabilities p, shaped (images, classes, positions...); apply softmax first.
        target: class indices 0…C-1, one for each position.

    Parameters:
        average: which classes are averaged: present are those that some label has, all are all.
        per_image: whether each image is sorted by itself, rather than the positions of all images together.
        ignore_index: class index that marks positions to leave out.

    Use when:
        Segmentation that is judged by the mean intersection over union of the classes.

    Avoid when:
        Probabilities must be calibrated, or masks are so coarse that a ratio of few pixels says little. With two
        masks that may overlap, dice takes each by itself.

    Pitfalls:
        - Sorted together, the whole file is the batch: the value is not the mean of those of its parts, and all
          positions are kept in memory until the end.
        - With all, a class that is absent costs the largest probability that it has anywhere.
        - Libraries differ in both: present or all classes, over the batch or image by image.
        - An image that is ignored altogether has no loss; if all positions are ignored the mean is 0/0, NaN.

    Gradient:
        ∂ℓ_c/∂pᵢ = (Jᵢ - Jᵢ₋₁) · sign(pᵢ - tᵢ), with the order held fixed; J₀ = 0

    References:
        - M. Berman, A. R. Triki, M. B. Blaschko, The Lovász-Softmax loss: A tractable surrogate for the optimization
          of the intersection-over-union measure in neural networks, 2017

    Example:
        losscli compute lovasz_softmax sample_data/masks_pred.npy sample_data/masks_labels.npy
    """
    images = target.shape[0]
    if per_image:
        probability = xp.reshape(pred, (pred.shape[0], images, -1))
        value, counted = _each_class(xp, probability, xp.reshape(target, (images, -1)), average, ignore_index)
        count = xp.count_nonzero(counted, axis=0)
        mean = xp.sum(xp.where(counted, value, 0.0), axis=0) / xp.astype(xp.clip(count, 1, None), value.dtype)
        return Units(mean, Counts(ignored=count == 0, of="images"))
    by_position = xp.matrix_transpose(xp.reshape(pred, (pred.shape[0], -1)))
    return Statistic(gathered={"probability": by_position, "label": xp.reshape(target, (-1,))})


@lovasz_softmax.finish
def _as_one_image(xp: Any, statistic: Statistic, average: str, ignore_index: int) -> Units:
    probability = xp.matrix_transpose(statistic.gathered["probability"])[:, None, :]
    value, counted = _each_class(xp, probability, statistic.gathered["label"][None, :], average, ignore_index)
    counted = counted[:, 0]
    return Units(xp.where(counted, value[:, 0], 0.0), Counts(share=xp.astype(counted, xp.int64)))


def _each_class(xp: Any, probability: Any, label: Any, average: str, ignore_index: int) -> tuple[Any, Any]:
    """The loss of each class in each image, from arrays over (classes, images, positions), and whether it counts."""
    kept = label != ignore_index
    values, counted = [], []
    for c in range(probability.shape[0]):  # one after the other: what is sorted is as large as the labels alone
        true = kept & (label == c)
        error = xp.where(true, 1.0 - probability[c, ...], probability[c, ...])
        values.append(_extended(xp, xp.where(kept, error, 0.0), true))
        counted.append(xp.any(true if average == "present" else kept, axis=-1))
    return xp.stack(values), xp.stack(counted)


def _extended(xp: Any, error: Any, true: Any) -> Any:
    """The Lovász extension of 1 - intersection/union along the last axis; errors of 0 add nothing to it."""
    order = xp.argsort(-error, axis=-1)
    falling, false = (xp.take_along_axis(x, order, axis=-1) for x in (error, xp.astype(~true, xp.int64)))
    rank = xp.arange(1, 1 + error.shape[-1], device=error.device)
    union = xp.count_nonzero(true, axis=-1)[..., None] + xp.cumulative_sum(false, axis=-1)
    lost = xp.astype(rank, error.dtype) / xp.astype(union, error.dtype)
    # By parts, so that nothing cancels: Σ eᵢ·(Jᵢ - Jᵢ₋₁) is the same sum, of differences that may be tiny.
    after = xp.concat([falling[..., 1:], xp.zeros_like(falling[..., :1])], axis=-1)
    return xp.sum(lost * (falling - after), axis=-1)
