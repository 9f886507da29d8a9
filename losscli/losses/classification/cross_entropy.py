from __future__ import annotations

import math
from typing import Any

from losscli.losses.classification._shared import (
    NONE_TO_IGNORE,
    slope,
    slope_by_share,
    surprise,
    target_weights,
    wrong_class,
)
from losscli.spec.arithmetic import Problem, along_classes, log_softmax, of_class, pick, without_ignored
from losscli.spec.constants import class_shares
from losscli.spec.in_place import over
from losscli.spec.kinds import AnyInt, ClassWeights, LabelOrProbabilities, Logits, UnitFloat
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Entry, Grid, Step, Steps


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
        weighted: p_c · Σ_k w_k q_k - w_c q_c; to probabilities q: ∂ℓ/∂q_c = -(1-ε) · w_c · log p_c

    References:
        - I. J. Good, Rational Decisions, 1952
        - J. S. Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs, 1990
        - C. Szegedy et al., Rethinking the Inception Architecture for Computer Vision (smoothing), 2015

    Example:
        losscli compute cross_entropy sample_data/classes_logits.csv sample_data/classes_target.csv
    """
    return surprise(xp, log_softmax(xp, pred), target, weight, ignore_index, label_smoothing)


@cross_entropy.tuned
def _own_class_alone(xp: Any, pred: Any, target: Any, weight: Any, ignore_index: int, label_smoothing: float) -> Any:
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


@cross_entropy.gradient
def _probability_less_share(
    xp: Any, back: Any, pred: Any, target: Any, weight: Any, ignore_index: int, label_smoothing: float
) -> Any:
    found = slope(xp, back, pred, target, weight, ignore_index, label_smoothing)
    if target.ndim < pred.ndim:
        return found

    def by_share() -> Any:
        return slope_by_share(xp, back, pred, weight, label_smoothing)

    return found, by_share


@cross_entropy.floor
def _of_certain_rows(classes: int, weight: Any) -> tuple[str, float] | None:
    # The softmax of a one-hot row is e/(e + C - 1) at its one; no other row of probabilities comes nearer to a label.
    if weight is not None:
        return None
    return f"ln(1 + {classes - 1}/e)", math.log(1 + (classes - 1) / math.e)


@cross_entropy.refuse
def _indices_to_ignore(shapes: dict[str, tuple[int, ...]], ignore_index: int) -> Problem:
    if len(shapes["pred"]) == len(shapes["target"]) and ignore_index >= 0:
        return NONE_TO_IGNORE
    return None


cross_entropy.counts(target_weights)


cross_entropy.regimes(wrong_class)


@cross_entropy.constant
def _shares(xp: Any, counts: Any, weight: Any, label_smoothing: float) -> Any:
    smoothed = (1.0 - label_smoothing) * counts + label_smoothing * xp.mean(counts)
    return class_shares(xp, smoothed if weight is None else smoothed * weight)


@cross_entropy.steps
def _through_softmax(xp: Any, pred: Any, target: Any, weight: Any, label_smoothing: float) -> Steps:
    shifted = pred - xp.max(pred)
    mass = xp.exp(shifted)
    total, log_total = float(xp.sum(mass)), float(xp.log(xp.sum(mass)))
    p, log_p, classes = mass / total, shifted - log_total, len(pred)
    hard = xp.ndim(target) == 0
    true = int(target) if hard else int(xp.argmax(target))
    share = xp.astype(xp.arange(classes) == target, pred.dtype) if hard else target
    share = (1.0 - label_smoothing) * share + label_smoothing / classes
    by_class = share if weight is None else share * weight
    slopes = p * xp.sum(by_class) - by_class
    columns = (pred, shifted, mass, p, share, slopes)
    grid = Grid(
        ("class", "logit x", "x - max x", "e^(x - max)", "p = softmax", "q", "∂ℓ/∂x"),
        [(c, *(float(column[c]) for column in columns)) for c in range(classes)],
        marked=true,
        bars=4,
        total=("Σ e^(x - max) = ", total),
    )
    lines = [Step("log Σ e^(x - max)", ("log ", total), log_total)]
    if hard:
        own = float(log_p[true])
        lines.append(Step(f"log p_{true}", (float(shifted[true]), " - ", log_total), own))
        w = 1.0 if weight is None else float(weight[true])
        lines += _smoothed(xp, -log_p, true, weight, w, label_smoothing)
    else:
        each = by_class * -log_p
        lines.append(Step(VALUE, ("-Σ w · q · log p" if weight is not None else "-Σ q · log p",), float(xp.sum(each))))
    found = int(xp.argmax(pred))
    facts: list[Any] = [
        (f"true class {true}, predicted {found}" if hard else f"most likely {true}, predicted {found}",)
    ]
    notes: list[Any] = [(f"A uniform guess costs log {classes} = ", math.log(classes), ".")] if weight is None else []
    return Steps(lines, facts, grid, Entry("pred", true, f"x_{true}"), notes)


def _smoothed(xp: Any, surprises: Any, true: int, weight: Any, w: float, smoothing: float) -> list[Step]:
    """From the surprise of the true class to the loss."""
    own = float(surprises[true])
    if smoothing == 0:
        return [Step(VALUE, (f"-w_{true} · log p_{true} = ", w, " · ", own), w * own)]
    every = surprises if weight is None else surprises * weight
    hard, even = (1.0 - smoothing) * w * own, smoothing / len(surprises) * float(xp.sum(every))
    return [
        Step(
            "of the true class", (f"(1 - ε) · w_{true} · -log p_{true} = ", 1.0 - smoothing, " · ", w, " · ", own), hard
        ),
        Step(
            "of all classes", ("ε/C · Σ w · -log p = ", smoothing, f"/{len(surprises)} · ", float(xp.sum(every))), even
        ),
        Step(VALUE, (hard, " + ", even), hard + even),
    ]
