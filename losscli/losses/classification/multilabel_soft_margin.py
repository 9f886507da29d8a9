from __future__ import annotations

from typing import Any

from losscli.spec.arithmetic import sigmoids, softplus
from losscli.spec.constants import log_odds
from losscli.spec.in_place import log1p_exp_minus_abs, over
from losscli.spec.kinds import BinaryTarget, ClassWeights, Logit
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Grid, Step, Steps


@loss(
    aliases=("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", "MultiLabelSoftMargin"),
    torch="multilabel_soft_margin_loss",
    shapes="(N,*,C),(N,*,C)->(N,*) | (C),(C)->()",
)
def multilabel_soft_margin(xp: Any, pred: Logit, target: BinaryTarget, *, weight: ClassWeights | None = None) -> Any:
    """Multi-label soft margin loss.

    Each class is a yes-no question of its own, answered by a raw score; a sample costs the average of what its
    classes cost in binary cross-entropy.

    Formula:
        s_c = sigmoid(x_c)
        ℓ = -(1/C) · Σ_c w_c · ( y_c · log s_c + (1 - y_c) · log(1 - s_c) )
        mean = Σ ℓ / number of samples (of positions, with further axes)
        w_c = 1 unless weights are given

    Inputs:
        pred: logits x, raw scores before the sigmoid; the classes are the last axis (columns in a table).
        target: labels y, 0 or 1 (or probabilities between), in the shape of pred.

    Parameters:
        weight: weight w of each class.

    Use when:
        Any number of classes may hold for a sample, and one number for each sample is wanted.

    Avoid when:
        Exactly one class holds (cross_entropy), or each answer is to be seen on its own (bce_with_logits).

    Pitfalls:
        - Without weights the mean is that of bce_with_logits, but the sum is not: this one has divided by C.
        - The average over the classes divides by C, whatever their weights sum to.
        - The classes are the last axis here, and axis 1 in cross_entropy: shape (N, C, L) is read as L classes.
        - An infinite logit gives NaN or an infinite value, even where its answer is right, as in torch.

    Gradient:
        ∂ℓ/∂x_c = w_c · (sigmoid(x_c) - y_c) / C; ∂ℓ/∂y_c = -w_c · x_c / C

    References:
        - D. R. Cox, The Regression Analysis of Binary Sequences, 1958

    Example:
        losscli compute multilabel_soft_margin sample_data/tags_scores.csv sample_data/tags_flags.csv
    """
    value = target * softplus(xp, -pred) + (1.0 - target) * softplus(xp, pred)
    return xp.mean(value if weight is None else value * weight, axis=-1)


@multilabel_soft_margin.tuned
def _by_one_exponential(xp: Any, pred: Any, target: Any, weight: Any) -> Any:
    # log(1 + e^x) and log(1 + e^-x) are max(x, 0) and max(-x, 0) beside the same small rest.
    value = over(xp.multiply, 1.0 - target, xp.clip(pred, 0.0, xp.inf))
    value = over(xp.subtract, value, over(xp.multiply, xp.clip(pred, -xp.inf, 0.0), target))
    value = over(xp.add, value, log1p_exp_minus_abs(xp, pred))
    return xp.mean(value if weight is None else over(xp.multiply, value, weight), axis=-1)


@multilabel_soft_margin.gradient
def _by_both_answers(xp: Any, back: Any, pred: Any, target: Any, weight: Any) -> Any:
    share = back[..., None] / pred.shape[-1]
    share = share if weight is None else share * weight
    yes, no = sigmoids(xp, pred)
    return share * ((1.0 - target) * yes - target * no), lambda: -pred * share


@multilabel_soft_margin.constant
def _rate(xp: Any, mean: Any) -> Any:
    return [("base rate", log_odds(xp, mean, 1.0 - mean))]


@multilabel_soft_margin.steps
def _label_by_label(xp: Any, pred: Any, target: Any, weight: Any) -> Steps:
    yes, no = softplus(xp, -pred), softplus(xp, pred)
    each = target * yes + (1.0 - target) * no
    each = each if weight is None else each * weight
    columns = (pred, target, yes, no, each)
    rows = [(c, *(float(column[c]) for column in columns)) for c in range(len(pred))]
    header = ("label", "logit x", "y", "-log p", "-log (1 - p)", "what it costs")
    total = float(xp.sum(each))
    lines = [Step("Σ over labels", (), total), Step(VALUE, (total, f" / {len(pred)} labels"), total / len(pred))]
    return Steps(lines, grid=Grid(header, rows))
