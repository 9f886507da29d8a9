from __future__ import annotations

import math
from typing import Annotated, Any

from losscli.spec.kinds import BinaryTarget, Choice, NonNegative, Probability
from losscli.spec.loss import loss
from losscli.spec.units import Counts, Statistic, Units


@loss(
    aliases=("DiceLoss", "soft_dice", "dsc"),
    shapes="(N,C,*),(N,C,*)->(N,C)",
    mean_over="images × classes",
    symmetric=True,
)
def dice(
    xp: Any,
    pred: Probability,
    target: BinaryTarget,
    *,
    aggregate: Annotated[str, Choice(("sample", "batch"))] = "sample",
    smooth_nr: NonNegative = 1e-5,
    smooth_dr: NonNegative = 1e-5,
    squared: bool = False,
) -> Any:
    """Soft Dice loss.

    One minus twice the overlap of two masks over the sum of their sizes, with probabilities in place of
    hard masks. Background that neither mask covers does not count at all.

    Formula:
        ℓ = 1 - (2 Σ p·t + a) / (Σ p + Σ t + b)
        with a = smooth_nr and b = smooth_dr
        sums run over the positions of one image and class (aggregate = sample),
        or over the positions of all images (aggregate = batch)
        with squared, the denominator is Σ p² + Σ t² + b
        mean = the average of ℓ over images and classes, or over classes with batch

    Inputs:
        pred: probabilities p, shaped (images, classes, positions...); apply sigmoid or softmax first.
        target: masks t of 0 and 1 in the shape of pred, one-hot where the classes exclude one another.

    Parameters:
        aggregate: sample takes one ratio for each image and class; batch one for each class over all images.
        smooth_nr: a, added to the numerator.
        smooth_dr: b, added to the denominator; keeps it from being 0.
        squared: whether the denominator sums squares, as in V-Net.

    Use when:
        The objects cover little of the image, so that a loss for each pixel would be mostly background.

    Avoid when:
        Probabilities must be calibrated: overlap rewards overconfident masks. For many empty masks, take
        aggregate = batch or add a pixel-wise loss.

    Pitfalls:
        - Where both masks are empty the loss is 1 - a/b: 0 with equal smoothing, NaN when both are 0.
          With a tiny smoothing, a single false pixel then costs nearly 1.
        - Libraries differ in where they sum: over an image and class, over the batch, or over everything
          at once. The numbers are not comparable.
        - Smoothing of 1, as some libraries have it, visibly changes the value of small masks.
        - The background class, if it is one of the classes, counts as much as any other.

    Gradient:
        with A = 2 Σ p·t + a and B = Σ p + Σ t + b: ∂ℓ/∂pᵢ = (A - 2 tᵢ B) / B²
        (squared: (2 pᵢ A - 2 tᵢ B) / B²)

    References:
        - F. Milletari, N. Navab, S.-A. Ahmadi, V-Net: Fully Convolutional Neural Networks for Volumetric
          Medical Image Segmentation, 2016
        - L. R. Dice, Measures of the Amount of Ecologic Association Between Species, 1945

    Example:
        losscli compute dice sample_data/masks_pred.npy sample_data/masks_target.npy
    """
    p, t = _by_mask(xp, pred), _by_mask(xp, target)
    # Size less twice the overlap, position by position: their sums cancel where the masks are nearly equal.
    apart = xp.sum((p - t) ** 2 if squared else p * (1.0 - t) + t * (1.0 - p), axis=-1)
    size = _size(xp, p, t, squared)
    if aggregate == "batch":
        return Statistic(sums={"apart": xp.sum(apart, axis=0), "size": xp.sum(size, axis=0)})
    return _ratio(apart, size, smooth_nr, smooth_dr)


@dice.finish
def _of_all_images(statistic: Statistic, smooth_nr: float, smooth_dr: float) -> Units:
    ratio = _ratio(statistic.sums["apart"], statistic.sums["size"], smooth_nr, smooth_dr)
    return Units(ratio, Counts(of="classes"))


def _by_mask(xp: Any, values: Any) -> Any:
    """The positions of each image and class along one axis."""
    images, classes, *positions = values.shape
    return xp.reshape(values, (images, classes, math.prod(positions)))


def _size(xp: Any, p: Any, t: Any, squared: bool) -> Any:
    return xp.sum(p * p + t * t if squared else p + t, axis=-1)


def _ratio(apart: Any, size: Any, smooth_nr: float, smooth_dr: float) -> Any:
    return (apart + (smooth_dr - smooth_nr)) / (size + smooth_dr)


@dice.gradient
def _by_ratio(
    xp: Any, back: Any, pred: Any, target: Any, smooth_nr: float, smooth_dr: float, squared: bool, aggregate: str
) -> Any:
    if aggregate == "batch":
        return None
    p, t = _by_mask(xp, pred), _by_mask(xp, target)
    overlap, size = xp.sum(p * t, axis=-1), _size(xp, p, t, squared)
    of_position = (...,) + (None,) * (pred.ndim - 2)
    both = size + smooth_dr
    by_overlap, by_size = -2.0 * back / both, back * (2.0 * overlap + smooth_nr) / both**2

    def slope(mine: Any, other: Any) -> Any:
        return by_overlap[of_position] * other + by_size[of_position] * (2.0 * mine if squared else 1.0)

    return slope(pred, target), lambda: slope(target, pred)
