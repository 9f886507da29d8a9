from __future__ import annotations

from typing import Any

from losscli.spec.in_place import over
from losscli.spec.kinds import BinaryTarget, BroadcastWeight, Probability
from losscli.spec.loss import loss
from losscli.spec.steps import Step, Steps, weighted
from losscli.spec.units import Counts


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
        ∂ℓᵢ/∂xᵢ = wᵢ · (xᵢ - yᵢ) / max(xᵢ · (1 - xᵢ), 10⁻¹²), where a log is clamped too, as in torch
        ∂ℓᵢ/∂yᵢ = wᵢ · ( log(1 - xᵢ) - log xᵢ )

    References:
        - I. J. Good, Rational Decisions, 1952

    Example:
        losscli compute bce sample_data/binary_pred.csv sample_data/binary_target.csv
    """
    no_log_below = -100.0
    log_yes, log_no = (xp.clip(log, no_log_below, None) for log in (xp.log(pred), xp.log1p(-pred)))
    value = -(target * log_yes + (1.0 - target) * log_no)
    return value if weight is None else value * weight


@bce.tuned
def _in_place(xp: Any, pred: Any, target: Any, weight: Any) -> Any:
    # Not (log_no - log_yes)·y - log_no, one pass less: it cancels where the answer is sure and right.
    yes = over(xp.multiply, _clamp(xp, xp.log(pred)), target)
    log_no = _clamp(xp, over(xp.log1p, over(xp.negative, pred)))
    value = over(xp.subtract, over(xp.multiply, over(xp.subtract, target, 1.0), log_no), yes)
    return value if weight is None else value * weight


def _clamp(xp: Any, log: Any) -> Any:
    # At both ends, for which NumPy's loop is twice as fast as for one.
    return over(xp.clip, log, -100.0, xp.inf)


_SMALLEST = 9.999999960041972e-13
"""What torch divides by at least, whatever the dtype: 1e-12 as float32 has it."""


@bce.gradient
def _by_probability(xp: Any, back: Any, pred: Any, target: Any, weight: Any) -> Any:
    factor = back if weight is None else back * weight
    slope = (pred - target) / xp.clip(pred * (1.0 - pred), _SMALLEST, None)
    return slope * factor, lambda: factor * (xp.log1p(-pred) - xp.log(pred))


@bce.native
def _past_unknown(functional: Any, pred: Any, target: Any, weight: Any) -> Any:
    unknown = pred.isnan()
    if unknown.any():  # which torch refuses as being no probability: the weight has it instead
        one_or_nan = pred * 0.0 + 1.0
        pred, weight = pred.masked_fill(unknown, 0.5), one_or_nan if weight is None else one_or_nan * weight
    return functional.binary_cross_entropy(pred, target, weight, reduction="none")


@bce.counts
def _clamped(xp: Any, pred: Any, target: Any) -> Counts:
    # e^-100 is 3.7e-44; log(1 - x) is below -100 only at x = 1. Mostly two cheap looks settle it.
    if xp.min(pred) > 4e-44 and xp.max(pred) < 1.0:
        return Counts()
    surely_no = (xp.log(pred) < -100.0) & (target > 0.0)
    surely_yes = (pred == 1.0) & (target < 1.0)
    return Counts(clamped=int(xp.count_nonzero(surely_no | surely_yes)))


@bce.regimes
def _answers(xp: Any, pred: Any, target: Any) -> dict[str, Any]:
    clamped = ((xp.log(pred) < -100.0) & (target > 0.0)) | ((pred == 1.0) & (target < 1.0))
    return {"wrong": (pred > 0.5) != (target > 0.5), "clamped": clamped}


@bce.constant
def _rate(mean: Any) -> Any:
    return [("base rate", mean)]


@bce.steps
def _both_answers(xp: Any, pred: Any, target: Any, weight: Any) -> Steps:
    plain = {"log p": float(xp.log(pred)), "log (1 - p)": float(xp.log1p(-pred))}
    yes, no = (max(log, -100.0) for log in plain.values())
    arguments: list[Any] = [("log ", pred), ("log (1 - ", pred, ")")]
    lines = [
        Step(name, how if log >= -100.0 else (*how, " = ", log, ", clamped"), max(log, -100.0))
        for (name, log), how in zip(plain.items(), arguments, strict=True)
    ]
    clamped = (plain["log p"] < -100.0 and target > 0.0) or (plain["log (1 - p)"] < -100.0 and target < 1.0)
    facts: list[Any] = [("p = ", pred, ", y = ", target)]
    facts += [("the clamp of logarithms at -100 is met",)] if clamped else []
    how = (target, " · ", -yes, " + ", 1.0 - target, " · ", -no)
    return Steps(weighted(lines, how, -(target * yes + (1.0 - target) * no), weight), facts)
