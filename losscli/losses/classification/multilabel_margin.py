from __future__ import annotations

from typing import Annotated, Any

from losscli.losses.classification._shared import in_float32
from losscli.spec.kinds import Array, Kind
from losscli.spec.loss import loss

_Scores = Annotated[Array, Kind("class scores")]
_Indices = Annotated[Array, Kind("class indices, ended by -1", dtype="label", padding=-1)]


@loss(
    aliases=("MultiLabelMarginLoss", "multilabel_margin_loss", "MultiLabelMargin"),
    torch="multilabel_margin_loss",
    shapes="(N,C),(N,C)->(N) | (C),(C)->()",
)
def multilabel_margin(xp: Any, pred: _Scores, target: _Indices) -> Any:
    """Multi-label margin loss.

    Every class that holds for a sample must lead every class that does not by 1. A sample pays what is missing,
    summed over all such pairs and divided by the number of classes.

    Formula:
        ℓ = (1/C) · Σ_(t in T) Σ_(j not in T) max(0, 1 - (x_t - x_j))
        T = the indices of a row of the target, up to its first -1
        mean = Σ ℓ / N

    Inputs:
        pred: scores x of the classes, one row a sample.
        target: indices from 0 to C-1 of the classes that hold, ended by -1 and filled to C columns.

    Use when:
        Any number of classes may hold for a sample, and those that do should rank above those that do not.

    Avoid when:
        Exactly one class holds (multi_margin), or each answer is a probability (multilabel_soft_margin).

    Pitfalls:
        - The target lists indices. Columns of 0 and 1 are taken as indices too, and mean something else.
        - What follows the first -1 is left out, be it a class or not.
        - A repeated index counts twice.
        - A sample for which no class holds costs 0 and stays in the mean, and so does one for which all do.
        - A score that is NaN, where it is let through, lacks nothing: the loss is smaller, not NaN. So it is in torch.

    Gradient:
        each pair with 1 - (x_t - x_j) > 0 adds -1/C to ∂ℓ/∂x_t and 1/C to ∂ℓ/∂x_j

    References:
        - A. Elisseeff, J. Weston, A Kernel Method for Multi-Labelled Classification, 2001

    Example:
        losscli compute multilabel_margin sample_data/tags_scores.csv sample_data/tags_indices.csv
    """
    _, listed, _, own, holds = _labels(xp, pred, target)
    value = xp.zeros_like(pred[..., 0])
    for t in _places(xp, listed):
        lacking = 1.0 - own[..., t, None] + pred
        counted = listed[..., t, None] & ~holds & (lacking > 0)
        value = value + xp.sum(xp.where(counted, lacking, 0.0), axis=-1)
    return value / pred.shape[-1]


def _labels(xp: Any, pred: Any, target: Any) -> tuple[Any, Any, Any, Any, Any]:
    """The numbers of the classes; which places of a row list one, which, and its score; which classes hold."""
    numbers = xp.arange(pred.shape[-1], device=pred.device)
    listed = xp.cumulative_sum(xp.astype(target < 0, target.dtype), axis=-1) == 0
    index = xp.where(listed, target, 0)
    holds = xp.zeros_like(listed)
    for t in _places(xp, listed):
        holds = holds | (listed[..., t, None] & (index[..., t, None] == numbers))
    return numbers, listed, index, xp.take_along_axis(pred, index, axis=-1), holds


def _places(xp: Any, listed: Any) -> range:
    """The places that list a class in some row."""
    return range(int(xp.max(xp.sum(xp.astype(listed, xp.int64), axis=-1))))


@multilabel_margin.gradient
def _pairs_that_lack(xp: Any, back: Any, pred: Any, target: Any) -> Any:
    numbers, listed, index, own, holds = _labels(xp, pred, target)
    share = back[..., None] / pred.shape[-1]
    slope = xp.zeros_like(pred)
    for t in _places(xp, listed):
        lacks = listed[..., t, None] & ~holds & (1.0 - own[..., t, None] + pred > 0)
        push = xp.where(lacks, share, 0.0)
        here = index[..., t, None] == numbers
        slope = slope + push - xp.where(here, xp.sum(push, axis=-1, keepdims=True), 0.0)
    return slope


@multilabel_margin.native
def _wider(functional: Any, pred: Any, target: Any) -> Any:
    return in_float32(functional.multilabel_margin_loss, pred, target)
