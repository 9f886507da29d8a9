from __future__ import annotations

import math
from typing import Any

from losscli.spec.arithmetic import sigmoids, softplus
from losscli.spec.constants import log_odds
from losscli.spec.in_place import log1p_exp_minus_abs, over
from losscli.spec.kinds import BinaryTarget, BroadcastWeight, ClassWeights, Logit
from losscli.spec.loss import loss
from losscli.spec.steps import Step, Steps, weighted


@loss(
    aliases=(
        "BCEWithLogitsLoss",
        "binary_cross_entropy_with_logits",
        "sigmoid_binary_cross_entropy",
        "sigmoid_cross_entropy",
        "sigmoid_bce",
        "SoftBCEWithLogitsLoss",
    ),
    torch="binary_cross_entropy_with_logits",
    instead={"probs": "bce"},
)
def bce_with_logits(
    xp: Any,
    pred: Logit,
    target: BinaryTarget,
    weight: BroadcastWeight | None = None,
    *,
    pos_weight: ClassWeights | None = None,
) -> Any:
    """Binary cross-entropy from logits.

    bce of the sigmoid of a raw score, computed from the score itself, so that it is exact where the
    sigmoid would round to 0 or 1.

    Formula:
        ℓᵢ = wᵢ · ( (1 - yᵢ) · xᵢ + (1 + (π - 1) · yᵢ) · log(1 + e^(-xᵢ)) )
           = -wᵢ · ( π · yᵢ · log sigmoid(xᵢ) + (1 - yᵢ) · log(1 - sigmoid(xᵢ)) )
        mean = Σ ℓᵢ / n, with weights too; wᵢ = 1 and π = 1 unless given

    Inputs:
        pred: logits x, raw scores before the sigmoid.
        target: labels y, 0 or 1 (or probabilities between), in the shape of pred.
        weight: factor w of each element; may be smaller than pred, and is then repeated along its axes.

    Parameters:
        pos_weight: factor π of the positive answers, one for each label (the last axis) or one for all.

    Use when:
        Yes-no or multi-label classification from raw scores. π near negatives/positives balances a rare
        label, and a larger π trades precision for recall.

    Avoid when:
        Classes exclude one another (cross_entropy), or the outputs are probabilities already (bce).

    Pitfalls:
        - A sigmoid applied beforehand squashes twice: the value never falls below about 0.31.
        - pos_weight changes what the scores mean: their sigmoid is no longer the probability of the label.
        - Neither weight nor pos_weight enters the denominator.
        - An infinite logit gives NaN or an infinite value, even where its answer is right, as in torch.

    Gradient:
        ∂ℓᵢ/∂xᵢ = wᵢ · ( (1 - yᵢ) · sigmoid(xᵢ) - π · yᵢ · sigmoid(-xᵢ) ),
        which is sigmoid(xᵢ) - yᵢ without weights; ∂ℓᵢ/∂yᵢ = -wᵢ · xᵢ, without π

    References:
        - D. R. Cox, The Regression Analysis of Binary Sequences, 1958

    Example:
        losscli compute bce_with_logits sample_data/binary_logits.csv sample_data/binary_labels.csv
    """
    positive = 1.0 if pos_weight is None else 1.0 + (pos_weight - 1.0) * target
    value = (1.0 - target) * pred + positive * softplus(xp, -pred)
    return value if weight is None else value * weight


@bce_with_logits.tuned
def _in_parts(xp: Any, pred: Any, target: Any, weight: Any, pos_weight: Any) -> Any:
    # log(1 + e^-x) is split in max(-x, 0) and the small rest, which is added last: with a sure and right
    # answer the large parts cancel exactly, and the rest keeps all its digits.
    rest = log1p_exp_minus_abs(xp, pred)
    if pos_weight is None:
        minus_no = over(xp.multiply, over(xp.subtract, target, 1.0), pred)
        value = over(xp.subtract, rest, over(xp.add, minus_no, _below_zero(xp, pred)))
    else:
        below = _below_zero(xp, pred)
        factor = (pos_weight - 1.0) * target + 1.0
        value = (1.0 - target) * pred - factor * below + factor * rest
    return value if weight is None else value * weight


@bce_with_logits.gradient
def _by_both_answers(xp: Any, back: Any, pred: Any, target: Any, weight: Any, pos_weight: Any) -> Any:
    factor = back if weight is None else back * weight
    yes, no = sigmoids(xp, pred)  # both with all their digits, where yes - 1 has lost them
    positive = target if pos_weight is None else pos_weight * target

    def by_target() -> Any:
        if pos_weight is None:
            return -pred * factor
        return factor * (pos_weight * softplus(xp, -pred) - softplus(xp, pred))

    return factor * ((1.0 - target) * yes - positive * no), by_target


@bce_with_logits.floor
def _of_certain_answers(pos_weight: Any) -> tuple[str, float] | None:
    return None if pos_weight is not None else ("ln(1 + 1/e)", math.log1p(math.exp(-1.0)))


def _below_zero(xp: Any, x: Any) -> Any:
    return xp.clip(x, -xp.inf, 0.0)  # both ends: NumPy's fast loop


@bce_with_logits.regimes
def _answers(pred: Any, target: Any) -> dict[str, Any]:
    return {"wrong": (pred > 0.0) != (target > 0.5)}


@bce_with_logits.constant
def _rate(xp: Any, mean: Any, pos_weight: Any) -> Any:
    if pos_weight is not None and pos_weight.size not in (1, mean.size):
        return None
    times = 1.0 if pos_weight is None else xp.reshape(pos_weight, (-1,) if pos_weight.size > 1 else ())
    return [("base rate", log_odds(xp, times * mean, 1.0 - mean))]


@bce_with_logits.steps
def _both_logarithms(xp: Any, pred: Any, target: Any, weight: Any, pos_weight: Any) -> Steps:
    p, _ = sigmoids(xp, xp.asarray(pred))
    minus_yes, minus_no = (float(softplus(xp, xp.asarray(x))) for x in (-pred, pred))
    lines = [
        Step("p = sigmoid x", ("1 / (1 + e^", -pred, ")"), float(p)),
        Step("-log p", ("log (1 + e^", -pred, ")"), minus_yes),
        Step("-log (1 - p)", ("log (1 + e^", pred, ")"), minus_no),
    ]
    positive = target if pos_weight is None else pos_weight * target
    if pos_weight is not None:
        lines.append(Step("π · y", (float(pos_weight), " · ", target), positive))
    how = (positive, " · ", minus_yes, " + ", 1.0 - target, " · ", minus_no)
    value = (1.0 - target) * pred + (1.0 - target + positive) * minus_yes
    return Steps(weighted(lines, how, value, weight), [("x = ", pred, ", y = ", target)])
