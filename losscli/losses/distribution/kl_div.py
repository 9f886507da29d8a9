from __future__ import annotations

from typing import Annotated, Any

from losscli.spec.kinds import Array, Interval, Kind, KindBy, LogValues
from losscli.spec.loss import Doubt, loss
from losscli.spec.steps import VALUE, Step, Steps


def _reference(log_target: bool) -> Kind:
    return Kind("log-probability") if log_target else Kind("probability", Interval(0.0))


@loss(
    aliases=("KLDivLoss", "kl_divergence_with_log_targets"),
    torch="kl_div",
    reductions=("mean", "sum", "none", "batchmean"),
    lowest=-float("inf"),
)
def kl_div(xp: Any, pred: LogValues, target: Annotated[Array, KindBy(_reference)], *, log_target: bool = False) -> Any:
    """Kullback-Leibler divergence from log-probabilities, term by term.

    How much is lost where the model's distribution stands in for the reference: the mean of the log of their
    ratio, under the reference. Summed over a row it is 0 if the two are equal, and positive otherwise.

    Formula:
        ℓᵢ = yᵢ · (log yᵢ - xᵢ), and 0 where yᵢ = 0
        log_target: ℓᵢ = e^(yᵢ) · (yᵢ - xᵢ)
        mean = Σ ℓᵢ / number of elements; batchmean = Σ ℓᵢ / number of samples

    Inputs:
        pred: log-probabilities x of the model, one row a distribution.
        target: probabilities y of the reference, in the shape of pred; their logarithms with log_target.

    Parameters:
        log_target: whether the target holds log-probabilities.

    Use when:
        Distillation, or matching a whole distribution of targets. -r batchmean is the divergence in nats a row.

    Avoid when:
        The target is one class a sample (nll, cross_entropy), or which of the two is the reference does not matter:
        the divergence is not symmetric.

    Pitfalls:
        - The model comes first, yet the value is KL(target ‖ model).
        - The mean divides by all elements: it is the divergence of a row divided by the length of the row.
        - A single term may be negative. A negative total says that rows do not sum to 1.

    Gradient:
        ∂ℓᵢ/∂xᵢ = -yᵢ (log_target: -e^(yᵢ))
        ∂ℓᵢ/∂yᵢ = log yᵢ + 1 - xᵢ (log_target: e^(yᵢ) · (yᵢ + 1 - xᵢ))

    References:
        - S. Kullback, R. A. Leibler, On Information and Sufficiency, 1951

    Example:
        losscli compute kl_div sample_data/classes_log_probs.csv sample_data/classes_target_soft.csv -r batchmean
    """
    if log_target:
        return xp.exp(target) * (target - pred)
    log_target = xp.log(xp.where(target > 0, target, 1.0))
    return target * log_target - target * pred


@kl_div.gradient
def _by_reference(xp: Any, back: Any, pred: Any, target: Any, log_target: bool) -> Any:
    if log_target:
        share = back * xp.exp(target)
        return -share, lambda: share * (target - pred + 1.0)
    return -back * target, lambda: back * (xp.log(target) + 1.0 - pred)


@kl_div.doubt
def _negative(mean: float) -> Doubt:
    if mean >= -1e-12:
        return None
    return "no divergence is negative: rows do not sum to 1.", "take log_softmax of the prediction's rows first."


@kl_div.steps
def _under_the_reference(xp: Any, pred: float, target: float, log_target: bool) -> Steps:
    if log_target:
        share = float(xp.exp(target))
        how = ("e^y · (y - x) = ", share, " · (", target, " - ", pred, ")")
        return Steps([Step("e^y", ("e^", target), share), Step(VALUE, how, share * (target - pred))])
    if not target > 0:
        return Steps([Step(VALUE, ("0, as y = 0",), -target * pred)])
    log = float(xp.log(target))
    how = ("y · (log y - x) = ", target, " · (", log, " - ", pred, ")")
    return Steps([Step("log y", ("log ", target), log), Step(VALUE, how, target * log - target * pred)])
