from __future__ import annotations

import math
from typing import Annotated, Any

from losscli.losses.classification._shared import NONE_TO_IGNORE, label_weights, slope, slope_by_share, surprise
from losscli.spec.arithmetic import Problem, log_softmax, sliced
from losscli.spec.kinds import AnyInt, Array, ClassWeights, Embedding, Kind, LabelOrProbabilities, UnitFloat
from losscli.spec.loss import loss
from losscli.spec.units import Counts

_NO_LABEL = -100
_Head = Annotated[Array, Kind("weight of a linear layer")]


@loss(
    aliases=("LinearCrossEntropyLoss", "fused_linear_cross_entropy", "LinearCE"),
    torch="linear_cross_entropy",
    shapes="(N,D),(C,*,D),(N,*),(C,*)->(N,*) | (N,D),(C,*,D),(N,C,*),(C,*)->(N,*)"
    " | (D),(C,D),(),(C)->() | (D),(C,D),(C),(C)->()",
    mean_over="targets",
)
def linear_cross_entropy(
    xp: Any,
    pred: Embedding,
    linear_weight: _Head,
    target: LabelOrProbabilities,
    linear_bias: _Head | None = None,
    *,
    weight: ClassWeights | None = None,
    ignore_index: AnyInt = _NO_LABEL,
    label_smoothing: UnitFloat = 0.0,
) -> Any:
    """Softmax cross-entropy of a linear layer.

    cross_entropy of the logits that the last layer of a classifier would give: features and the layer's own weights
    go in, and the logits, which a large vocabulary makes huge, are never held as a whole.

    Formula:
        x_c = Σ_d W_cd · h_d + b_c, p = softmax(x) over the classes c = 1…C
        index y: ℓ = -w_y · log p_y, and 0 if y = ignore_index
        probabilities q: ℓ = -Σ_c w_c · q_c · log p_c
        smoothing ε: (1-ε) times the above plus (ε/C) · Σ_c w_c · (-log p_c)
        mean = Σ ℓ / Σ w_y over the targets not ignored;
               with probabilities Σ ℓ / number of targets
        w_c = 1 unless weights are given

    Inputs:
        pred: features h, what goes into the layer, one row a sample.
        linear_weight: W, the weight of the layer, one row a class; several positions a sample are axes between.
        target: class indices 0…C-1, one for each sample (and position), or class probabilities q.
        linear_bias: b, the bias of the layer, one for each row of linear_weight.

    Parameters:
        weight: weight w of each class.
        ignore_index: class index that marks targets to leave out; only for class indices.
        label_smoothing: share ε of the target's mass that is spread evenly over all classes.

    Use when:
        The features before a classifier's last layer are at hand and its logits are not, or they are too many to store.

    Avoid when:
        The logits themselves are at hand (cross_entropy).

    Pitfalls:
        - The weight is learnt along with the features; with those of another step of training it is another number.
        - A layer that has a bias needs --linear-bias: without it the value looks plausible and is wrong.
        - Weighted, the mean divides by the summed weights of the targets, not by N.
        - The file order is torch.nn.functional's: the layer's weight stands between prediction and target.

    Gradient:
        with g = ∂ℓ/∂x as in cross_entropy: ∂ℓ/∂h = Wᵀ·g, ∂ℓ/∂W = g·hᵀ, ∂ℓ/∂b = g

    References:
        - E. Wijmans et al., Cut Your Losses in Large-Vocabulary Language Models, 2024

    Example:
        losscli compute linear_cross_entropy sample_data/voices_pred.csv sample_data/voices_centers.csv sample_data/voices_target.csv
    """

    def of(rows: Any, some: tuple[slice, ...]) -> Any:
        log_p = log_softmax(xp, _logits(xp, rows, linear_weight, linear_bias))
        chosen = target[(slice(None), *some, ...)] if target.ndim == log_p.ndim else target[(*some, ...)]
        return surprise(xp, log_p, chosen, weight, ignore_index, label_smoothing)

    if pred.ndim == 1:
        return of(pred, ())
    slices = sliced(pred.shape[0], math.prod(linear_weight.shape[:-1]))
    return xp.concat([of(pred[some, :], (some,)) for some in slices])


def _logits(xp: Any, rows: Any, linear_weight: Any, linear_bias: Any) -> Any:
    """The layer's output, classes along axis 0."""
    by_row = xp.reshape(linear_weight, (-1, linear_weight.shape[-1]))
    outputs = xp.matmul(rows, xp.matrix_transpose(by_row))
    logits = xp.reshape(outputs, (*rows.shape[:-1], *linear_weight.shape[:-1]))
    return xp.moveaxis(logits if linear_bias is None else logits + linear_bias, rows.ndim - 1, 0)


@linear_cross_entropy.gradient
def _through_the_layer(
    xp: Any,
    back: Any,
    pred: Any,
    linear_weight: Any,
    target: Any,
    linear_bias: Any,
    weight: Any,
    ignore_index: int,
    label_smoothing: float,
) -> Any:
    logits = _logits(xp, pred, linear_weight, linear_bias)
    by_logit = slope(xp, back, logits, target, weight, ignore_index, label_smoothing)
    by_output = xp.moveaxis(by_logit, 0, pred.ndim - 1)
    rows = xp.reshape(by_output, (-1, math.prod(linear_weight.shape[:-1])))

    def by_pred() -> Any:
        flat = xp.reshape(linear_weight, (-1, linear_weight.shape[-1]))
        return xp.reshape(xp.matmul(rows, flat), pred.shape)

    def by_weight() -> Any:
        features = xp.reshape(pred, (-1, pred.shape[-1]))
        return xp.reshape(xp.matmul(xp.matrix_transpose(rows), features), linear_weight.shape)

    def by_target() -> Any:
        return slope_by_share(xp, back, logits, weight, label_smoothing)

    def by_bias() -> Any:
        return xp.reshape(xp.sum(rows, axis=0), linear_weight.shape[:-1])

    soft = target.ndim == logits.ndim
    return by_pred, by_weight, by_target if soft else None, None if linear_bias is None else by_bias


@linear_cross_entropy.native
def _without_a_label_to_ignore(
    functional: Any,
    pred: Any,
    linear_weight: Any,
    target: Any,
    linear_bias: Any,
    weight: Any,
    ignore_index: int,
    label_smoothing: float,
) -> Any:
    more = {"linear_bias": linear_bias, "weight": weight, "label_smoothing": label_smoothing, "reduction": "none"}
    soft = _soft(pred.ndim, linear_weight.ndim, target.ndim)
    if not soft or ignore_index != _NO_LABEL:  # of class probabilities torch ignores none, be it the default
        more["ignore_index"] = ignore_index
    return functional.linear_cross_entropy(pred, linear_weight, target, **more)


@linear_cross_entropy.counts
def _target_weights(xp: Any, pred: Any, linear_weight: Any, target: Any, weight: Any, ignore_index: int) -> Counts:
    if _soft(pred.ndim, linear_weight.ndim, target.ndim):
        return Counts()
    return label_weights(xp, target, weight, ignore_index)


@linear_cross_entropy.refuse
def _indices_to_ignore(shapes: dict[str, tuple[int, ...]], ignore_index: int) -> Problem:
    axes = (len(shapes[name]) for name in ("pred", "linear_weight", "target"))
    return NONE_TO_IGNORE if _soft(*axes) and ignore_index != _NO_LABEL else None


def _soft(pred: int, linear_weight: int, target: int) -> bool:
    """Whether a target of so many axes has one of classes, as the layer's output has."""
    return target == pred + linear_weight - 2
