from __future__ import annotations

from typing import Annotated, Any

from losscli.spec.kinds import Array, Choice, Flag, Interval, Kind, Real
from losscli.spec.loss import loss
from losscli.spec.units import Counts, Statistic, Units

Time = Annotated[Array, Kind("time", Interval(0.0), looks_like="times count from the start of the observation")]


@loss(
    aliases=("CoxPHLoss", "CoxPH", "cox_partial_likelihood", "neg_partial_log_likelihood", "cox_ph_loss"),
    shapes="(N),(N),(N)->()",
    reductions=("mean", "sum"),
    mean_over="event times",
)
def cox_ph(
    xp: Any,
    pred: Real,
    time: Time,
    event: Flag,
    *,
    ties: Annotated[str, Choice(("efron", "breslow"))] = "efron",
    norm: Annotated[str, Choice(("times", "events"))] = "times",
) -> Statistic:
    """Negative log partial likelihood of Cox's proportional hazards.

    At each time at which an event happens: how surprising is it that it happened to this sample, among all that
    were still at risk? Who was lost from sight before counts as long as it was seen.

    Formula:
        at a time t with events: D = the samples with an event at t
        R = the samples at risk: all with timeⱼ ≥ t
        breslow: ℓ_t = |D| · log Σ_R e^h - Σ_D h
        efron: ℓ_t = Σ_(r < |D|) log( Σ_R e^h - r/|D| · Σ_D e^h ) - Σ_D h
        sum = Σ_t ℓ_t
        mean = sum / number of different event times (norm = times)
        or sum / number of events (norm = events)

    Inputs:
        pred: risk scores h, the logarithms of hazard ratios; any real number.
        time: how long each sample was followed, ≥ 0.
        event: 1 if the event happened at that time, 0 if the sample was lost from sight then (censored).

    Parameters:
        ties: how events at one time are taken: efron corrects for their order not being known, breslow does not.
        norm: what the mean divides by: the different times of events, or the events. Without ties they are equal.

    Use when:
        Training or judging risk scores on censored data without a model of the baseline hazard.

    Avoid when:
        Times themselves are predicted, or the hazards of two groups cross: the ratio is taken not to change in time.

    Pitfalls:
        - The data set is part of the definition: risk sets reach across it, and batches have smaller ones.
        - Only differences of scores matter; a constant added to all changes nothing.
        - A higher score means an earlier event. Predicted times have the sign turned round.
        - Some libraries break ties by the order of the file, or add a small number inside the logarithm.
        - Without any event there is nothing to tell: the sum is 0 and the mean is 0/0, NaN.

    Gradient:
        breslow: ∂sum/∂hᵢ = Σ_(event times t ≤ timeᵢ) |D_t| · e^(hᵢ) / Σ_(R_t) e^h - eventᵢ

    References:
        - D. R. Cox, Regression Models and Life-Tables, 1972
        - B. Efron, The Efficiency of Cox's Likelihood Function for Censored Data, 1977
        - N. Breslow, Covariance Analysis of Censored Survival Data, 1974

    Example:
        losscli compute cox_ph sample_data/survival.csv::score sample_data/survival.csv::time sample_data/survival.csv::event
    """
    return Statistic(gathered={"pred": pred, "time": time, "event": xp.astype(event, xp.bool)})


@cox_ph.finish
def _partial_likelihood(xp: Any, statistic: Statistic, ties: str, norm: str) -> Units:
    # From the last time to the first, so that those at risk are all that came before, and those of the same time.
    order = xp.argsort(-statistic.gathered["time"])
    score, time, event = (xp.take(statistic.gathered[name], order) for name in ("pred", "time", "event"))
    event = event != 0
    alike = time[1:] == time[:-1]
    ends = xp.concat([~alike, xp.ones_like(event[:1])])
    last = xp.nonzero(ends)[0]
    at = xp.cumulative_sum(xp.astype(ends, xp.int64)) - xp.astype(ends, xp.int64)  # which of the times a sample has

    at_risk = xp.take(xp.take(_log_cumulative_sum(xp, score), last), at)
    before = xp.cumulative_sum(xp.astype(event, xp.int64))
    until = xp.take(before, last)
    until_before = xp.concat([xp.zeros_like(until[:1]), until[:-1]])
    tied = xp.take(until - until_before, at)
    rank = before - 1 - xp.take(until_before, at)  # among the events of its time
    terms = at_risk - score
    if ties == "efron":
        share = xp.where(event, xp.exp(score - at_risk), 0.0)
        dying = xp.take(xp.take(_tied_sum(xp, share, time), last), at)
        rounds = xp.where(event, xp.astype(rank, score.dtype) / xp.astype(tied, score.dtype), 0.0)
        terms = terms + xp.log1p(-rounds * dying)
    # Who was followed for an unknown time is at risk at unknown times: no order of them is right.
    terms = terms * xp.where(xp.any(time != time), xp.nan, 1.0)
    counted = event & (rank == 0) if norm == "times" else event
    count = Counts(share=xp.astype(counted, xp.int64), of="events" if norm == "events" else "event times")
    return Units(xp.where(event, terms, 0.0), count)


def _log_cumulative_sum(xp: Any, x: Any) -> Any:
    """log Σ e^x of all up to each, in rounds in which each takes in as many again: no maximum drowns the others."""
    step = 1
    while step < x.shape[0]:
        x = xp.concat([x[:step], xp.logaddexp(x[step:], x[:-step])])
        step *= 2
    return x


def _tied_sum(xp: Any, x: Any, time: Any) -> Any:
    """The sum of all of the same time up to each, in as many rounds as the most that are alike need."""
    step = 1
    while step < x.shape[0] and xp.any(time[step:] == time[:-step]):
        before = xp.where(time[step:] == time[:-step], x[:-step], 0.0)
        x = xp.concat([x[:step], x[step:] + before])
        step *= 2
    return x
