"""Losses of class scores and probabilities against labels."""

from __future__ import annotations

import math
from typing import Any

from losscli.losses.common import (
    Problem,
    along_classes,
    log1p_exp_minus_abs,
    of_class,
    over,
    pick,
    without_ignored,
)
from losscli.losses.kinds import (
    AnyInt,
    BinaryTarget,
    BroadcastWeight,
    ClassWeights,
    Label,
    LabelOrProbabilities,
    Logit,
    Logits,
    LogProbabilities,
    Probability,
    UnitFloat,
)
from losscli.losses.spec import Counts, loss


@loss(
    aliases=(
        "CrossEntropyLoss",
        "ce",
        "xent",
        "softmax_cross_entropy",
        "softmax_cross_entropy_loss",
        "softmax_cross_entropy_with_integer_labels",
        "safe_softmax_cross_entropy",
        "softmax_loss_multiclass",
        "multinomial_logistic_loss",
    ),
    torch="cross_entropy",
    shapes="(N,C,*),(N,*)->(N,*) | (N,C,*),(N,C,*)->(N,*) | (C),()->() | (C),(C)->()",
    mean_over="targets",
    instead={"log-probs": "nll"},
    shared_names={"log_loss": "with --pred-is probs, for one column of probabilities a class"},
)
def cross_entropy(
    xp: Any,
    pred: Logits,
    target: LabelOrProbabilities,
    *,
    weight: ClassWeights | None = None,
    ignore_index: AnyInt = -100,
    label_smoothing: UnitFloat = 0.0,
) -> Any:
    """Softmax cross-entropy from logits.

    How surprised the model is by the true class: minus the log of the probability that softmax of
    its raw scores gives it. It is 0 only for a certain and right answer, and log C for a uniform guess.

    Formula:
        p = softmax(x), over the classes c = 1…C
        index y: ℓ = -w_y · log p_y, and 0 if y = ignore_index
        probabilities q: ℓ = -Σ_c w_c · q_c · log p_c
        smoothing ε: (1-ε) times the above plus (ε/C) · Σ_c w_c · (-log p_c)
        mean = Σ ℓ / Σ w_y over the targets not ignored;
               with probabilities Σ ℓ / number of targets
        w_c = 1 unless weights are given

    Inputs:
        pred: logits x, raw scores before softmax; the classes are axis 1 (columns in a table).
        target: class indices 0…C-1, one for each position, or class probabilities q in the shape of pred.

    Parameters:
        weight: weight w of each class.
        ignore_index: class index that marks targets to leave out; only for class indices.
        label_smoothing: share ε of the target's mass that is spread evenly over all classes.

    Use when:
        Each sample has exactly one class (or a distribution over them) and the model yields raw scores.
        This is the standard loss of classifiers.

    Avoid when:
        Several labels may hold at once (bce_with_logits), or the model already yields
        log-probabilities (nll).

    Pitfalls:
        - Feeding probabilities in place of logits squashes twice: the value looks plausible and hardly falls.
        - Weighted, the mean divides by the summed weights of the targets, not by N. The same data as one-hot
          probabilities divides by N.
        - With smoothing or soft targets the minimum is above 0.
        - Padding labels other than -100, such as -1, must be named by ignore_index.
        - If every target is ignored the mean is 0/0, NaN.

    Gradient:
        ∂ℓ/∂x_c = p_c - q_c, with q one-hot at y for an index (smoothed if asked for);
        weighted: p_c · Σ_k w_k q_k - w_c q_c

    References:
        - I. J. Good, Rational Decisions, 1952
        - J. S. Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs, 1990
        - C. Szegedy et al., Rethinking the Inception Architecture for Computer Vision (smoothing), 2015

    Example:
        losscli compute cross_entropy sample_data/classes_logits.csv sample_data/classes_target.csv
    """
    shifted = over(xp.subtract, pred, xp.max(pred, axis=0))  # so that no exponential overflows
    classes = pred.shape[0]
    if target.ndim == pred.ndim:
        share = target
        if label_smoothing > 0:
            share = (1.0 - label_smoothing) * target + label_smoothing / classes
        return _surprise(xp, share, weight, _log_softmax(xp, shifted))
    ignored, label = without_ignored(xp, target, ignore_index)
    if label_smoothing > 0:
        log_p = _log_softmax(xp, shifted)
        value = 0.0 - pick(xp, log_p, label)
    else:  # only that of the own class is needed
        chosen = pick(xp, shifted, label)
        value = xp.log(xp.sum(over(xp.exp, shifted), axis=0)) - chosen
    if weight is not None:
        value = value * of_class(xp, weight, label)
    if label_smoothing > 0:
        even = _surprise(xp, 1.0, weight, log_p)
        value = (1.0 - label_smoothing) * value + (label_smoothing / classes) * even
    return value if ignored is None else xp.where(ignored, 0.0, value)


def _log_softmax(xp: Any, shifted: Any) -> Any:
    """Of scores whose largest is 0, which are spent."""
    return over(xp.subtract, shifted, xp.log(xp.sum(xp.exp(shifted), axis=0)))


def _surprise(xp: Any, share: Any, weight: Any, log_p: Any) -> Any:
    """Minus the log-probabilities, which are spent, summed over classes by their shares."""
    if weight is not None:
        share = share * along_classes(xp, weight, log_p)
    return 0.0 - xp.sum(over(xp.multiply, log_p, share), axis=0)  # from 0, so that nothing becomes -0


@cross_entropy.floor
def _of_certain_rows(classes: int, *, weight: Any, **_: Any) -> tuple[str, float] | None:
    # The softmax of a one-hot row is e/(e + C - 1) at its one; no other row of probabilities comes nearer to a label.
    if weight is not None:
        return None
    return f"ln(1 + {classes - 1}/e)", math.log(1 + (classes - 1) / math.e)


@loss(
    aliases=("NLLLoss", "NLLLoss2d", "negative_log_likelihood"),
    torch="nll_loss",
    shapes="(N,C,*),(N,*)->(N,*) | (C),()->()",
    mean_over="targets",
    instead={"logits": "cross_entropy"},
)
def nll(
    xp: Any,
    pred: LogProbabilities,
    target: Label,
    *,
    weight: ClassWeights | None = None,
    ignore_index: AnyInt = -100,
) -> Any:
    """Negative log-likelihood from log-probabilities.

    Minus the log-probability that the model gives the true class: cross_entropy for a model that has
    already taken log_softmax.

    Formula:
        ℓ = -w_y · x_y, and 0 if y = ignore_index; w_c = 1 unless weights are given
        mean = Σ ℓ / Σ w_y over the targets not ignored

    Inputs:
        pred: log-probabilities x; the classes are axis 1 (columns in a table).
        target: class indices y from 0 to C-1, one for each position.

    Parameters:
        weight: weight w of each class.
        ignore_index: class index that marks targets to leave out.

    Use when:
        The model's output is log-probabilities, for instance of log_softmax or of a mixture.

    Avoid when:
        You have raw scores: cross_entropy does both steps in one, and stably.

    Pitfalls:
        - Nothing is normalised here. Probabilities by mistake give a negative value, logits any value; a warning says so.
        - Weighted, the mean divides by the summed weights of the targets, not by N.
        - A log-probability of -inf for the true class makes the mean infinite.
        - If every target is ignored the mean is 0/0, NaN.

    Gradient:
        ∂ℓ/∂x_c = -w_y if c = y, otherwise 0

    References:
        - R. A. Fisher, On the Mathematical Foundations of Theoretical Statistics, 1922

    Example:
        losscli compute nll sample_data/nll_log_probs.csv sample_data/nll_target.csv
    """
    ignored, label = without_ignored(xp, target, ignore_index)
    value = over(xp.negative, pick(xp, pred, label))
    if weight is not None:
        value = value * of_class(xp, weight, label)
    return value if ignored is None else xp.where(ignored, 0.0, value)


@cross_entropy.counts
@nll.counts
def _target_weights(xp: Any, pred: Any, target: Any, *, weight: Any, ignore_index: int, **_: Any) -> Counts:
    if target.ndim == pred.ndim:  # class probabilities
        return Counts()
    ignored, label = without_ignored(xp, target, ignore_index)
    if weight is not None:
        share = of_class(xp, weight, label)
        share = share if ignored is None else xp.where(ignored, 0.0, share)
        return Counts(weight=share, ignored=ignored, of="sum of target weights")
    if ignored is None:
        return Counts()
    return Counts(ignored=ignored)


@cross_entropy.requires
def _indices_to_ignore(shapes: dict[str, tuple[int, ...]], *, ignore_index: int, **_: Any) -> Problem:
    if len(shapes["pred"]) == len(shapes["target"]) and ignore_index >= 0:
        return "the target holds class probabilities, of which none can be ignored.", "leave --ignore-index out."
    return None


@loss(
    aliases=("BCELoss", "binary_cross_entropy", "binary_log_loss", "bernoulli_nll"),
    torch="binary_cross_entropy",
    instead={"logits": "bce_with_logits"},
    shared_names={"log_loss": "for one probability, of yes"},
)
def bce(xp: Any, pred: Probability, target: BinaryTarget, weight: BroadcastWeight | None = None) -> Any:
    """Binary cross-entropy from probabilities.

    How surprised a yes-no prediction is by the answer: minus the log of the probability that it gave to
    what happened. The logs stop at -100, so that one certain and wrong answer cannot make it infinite.

    Formula:
        ℓᵢ = -wᵢ · ( yᵢ · max(log xᵢ, -100) + (1 - yᵢ) · max(log(1 - xᵢ), -100) )
        mean = Σ ℓᵢ / n, with weights too; wᵢ = 1 unless weights are given

    Inputs:
        pred: probabilities x of the positive class, in [0, 1].
        target: labels y, 0 or 1 (or probabilities between), in the shape of pred.
        weight: factor w of each element; may be smaller than pred, and is then repeated along its axes.

    Use when:
        The model yields probabilities of one or of several independent labels.

    Avoid when:
        You still have the logits: bce_with_logits keeps precision where a sigmoid has rounded to 0 or 1.
        For classes that exclude one another take cross_entropy or nll.

    Pitfalls:
        - A certain and wrong answer costs exactly 100 here. Keras clips probabilities (about 16 at most), and
          scikit-learn at machine epsilon (about 36): they disagree on such rows.
        - With several labels a sample, the mean is over all labels: more easy labels make it smaller.
        - Weights do not enter the denominator.

    Gradient:
        ∂ℓᵢ/∂xᵢ = wᵢ · (xᵢ - yᵢ) / (xᵢ · (1 - xᵢ)), where no log is clamped

    References:
        - I. J. Good, Rational Decisions, 1952

    Example:
        losscli compute bce sample_data/binary_pred.csv sample_data/binary_target.csv
    """
    # Not (log_no - log_yes)·y - log_no, one pass less: it cancels where the answer is sure and right.
    yes = over(xp.multiply, _clamp(xp, xp.log(pred)), target)
    log_no = _clamp(xp, over(xp.log1p, over(xp.negative, pred)))
    value = over(xp.subtract, over(xp.multiply, over(xp.subtract, target, 1.0), log_no), yes)
    return value if weight is None else value * weight


def _clamp(xp: Any, log: Any) -> Any:
    # At both ends, for which NumPy's loop is twice as fast as for one.
    return over(xp.clip, log, -100.0, xp.inf)


@bce.counts
def _clamped(xp: Any, pred: Any, target: Any, weight: Any) -> Counts:
    # e^-100 is 3.7e-44; log(1 - x) is below -100 only at x = 1. Mostly two cheap looks settle it.
    if xp.min(pred) > 4e-44 and xp.max(pred) < 1.0:
        return Counts()
    surely_no = (xp.log(pred) < -100.0) & (target > 0.0)
    surely_yes = (pred == 1.0) & (target < 1.0)
    return Counts(clamped=int(xp.count_nonzero(surely_no | surely_yes)))


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
        ∂ℓᵢ/∂xᵢ = wᵢ · ( sigmoid(xᵢ) · (1 + (π - 1) · yᵢ) - π · yᵢ ),
        which is sigmoid(xᵢ) - yᵢ without weights

    References:
        - D. R. Cox, The Regression Analysis of Binary Sequences, 1958

    Example:
        losscli compute bce_with_logits sample_data/binary_logits.csv sample_data/binary_labels.csv
    """
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


@bce_with_logits.floor
def _of_certain_answers(classes: int | None, *, pos_weight: Any) -> tuple[str, float] | None:
    return None if pos_weight is not None else ("ln(1 + 1/e)", math.log1p(math.exp(-1.0)))


def _below_zero(xp: Any, x: Any) -> Any:
    return xp.clip(x, -xp.inf, 0.0)  # both ends: NumPy's fast loop
