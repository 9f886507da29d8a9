from __future__ import annotations

from typing import Any

from losscli.losses.classification._shared import target_weights, wrong_class
from losscli.spec.arithmetic import of_class, of_own_class, pick, without_ignored
from losscli.spec.constants import class_shares
from losscli.spec.kinds import AnyInt, ClassWeights, Label, LogProbabilities
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Entry, Grid, Step, Steps


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
    value = -pick(xp, pred, label)
    if weight is not None:
        value = value * of_class(xp, weight, label)
    return value if ignored is None else xp.where(ignored, 0.0, value)


@nll.gradient
def _by_own_class(xp: Any, back: Any, pred: Any, target: Any, weight: Any, ignore_index: int) -> Any:
    ignored, label = without_ignored(xp, target, ignore_index)
    back = back if weight is None else back * of_class(xp, weight, label)
    back = back if ignored is None else xp.where(ignored, 0.0, back)
    return xp.where(of_own_class(xp, pred, label), -back, 0.0)


nll.counts(target_weights)


nll.regimes(wrong_class)


@nll.constant
def _shares(xp: Any, counts: Any, weight: Any) -> Any:
    return class_shares(xp, counts if weight is None else counts * weight)


@nll.steps
def _of_own_class(xp: Any, pred: Any, target: Any, weight: Any) -> Steps:
    label, w = int(target), 1.0 if weight is None else float(weight[int(target)])
    own, found = float(pred[label]), int(xp.argmax(pred))
    p = xp.exp(pred)
    rows = [(c, float(pred[c]), float(p[c])) for c in range(len(pred))]
    grid = Grid(("class", "log p", "p"), rows, marked=label, bars=2, total=("Σ p = ", float(xp.sum(p))))
    lines = [Step(VALUE, (f"-w_{label} · log p_{label} = ", w, " · ", -own), w * -own)]
    facts = [(f"true class {label}, predicted {found}",)]
    return Steps(lines, facts, grid, Entry("pred", label, f"log p_{label}"))
