from __future__ import annotations

import math
from typing import Annotated, Any

from losscli.spec.arithmetic import Problem
from losscli.spec.kinds import Array, Interval, Kind, lengths
from losscli.spec.loss import loss
from losscli.spec.units import Counts, Odd

_LogProbabilities = Annotated[Array, Kind("log-probabilities", Interval(-math.inf, 0.0), soft=True, space="log-probs")]
_Labels = Annotated[Array, Kind("class index", dtype="label", reserved="blank")]
_Steps = Annotated[Array, lengths("log_probs", along="T")]
_Lengths = Annotated[Array, lengths("targets", along="S")]


@loss(
    aliases=("CTCLoss", "ctc_loss", "connectionist_temporal_classification"),
    torch="ctc_loss",
    shapes="(T,N,C),(N,S),(N),(N)->(N) | (T,N,C),(ΣS),(N),(N)->(N) | (T,C),(S),(),()->()",
    mean_over="sequences",
    lowest=-math.inf,
    weighs_values=True,
    gradient_of_its_own=True,
)
def ctc(
    xp: Any,
    log_probs: _LogProbabilities,
    targets: _Labels,
    input_lengths: _Steps,
    target_lengths: _Lengths,
    *,
    blank: Annotated[int, Interval(0.0)] = 0,
    zero_infinity: bool = False,
) -> Any:
    """Connectionist temporal classification loss.

    How surprised a model is by a sequence of labels when it tells a class or a blank at every step and nobody says
    which step belongs to which label: all ways to spell the target count together.

    Formula:
        ℓ = -log Σ_π Π_(t = 1…T_n) p_t(π_t)
        π = every path of T_n classes that spells the target y,
            once repeats are merged and then blanks are dropped
        sum = Σ ℓ
        mean = Σ (ℓ / max(1, |y|)) / N

    Inputs:
        log_probs: log-probabilities of the classes at each step: steps first, then sequences, classes last.
        targets: class indices without the blank: padded rows, or the targets of all sequences one after the other.
        input_lengths: how many steps of each sequence count, at most T; what lies beyond is not read.
        target_lengths: how many labels each target has; what lies beyond is padding and not read.

    Parameters:
        blank: index of the class that stands for no label.
        zero_infinity: count a sequence whose target no path spells as 0 instead of infinite.

    Use when:
        Speech, handwriting and the like: labels come in the order of the steps, fewer than these, and unaligned.

    Avoid when:
        Each step has a label of its own (nll over the steps), or labels come in another order than the input.

    Pitfalls:
        - Steps come first, (T, N, C). A file of (N, T, C) has its first two axes exchanged: array.swapaxes(0, 1).
        - The mean divides each loss by its target's length first; sum and none do not, so that mean · N is not the sum.
        - A target needs a step for each label, and one more between two equal labels that follow each other; with
          fewer steps its loss is infinite.
        - Logits give a wrong number: --pred-is logits takes them. Other libraries take logits, sequences first.
        - torch's own gradient is that to the logits before log_softmax, not to log_probs.

    Gradient:
        ∂ℓ/∂log p_t(c) = -γ_t(c), the share of paths, by their probability, that are at c in step t

    References:
        - A. Graves et al., Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent
          Neural Networks, 2006

    Example:
        losscli compute ctc sample_data/spoken_log_probs.npy sample_data/spoken_targets.csv sample_data/spoken_lengths.csv::steps sample_data/spoken_lengths.csv::labels
    """
    single = log_probs.ndim == 2
    if single:
        log_probs, targets, input_lengths, target_lengths = _one(log_probs, targets, input_lengths, target_lengths)
    states, skips = _states(xp, targets, target_lengths, blank)
    reached = _start(xp, log_probs, states)
    for t in range(int(xp.max(input_lengths))):
        onward = _step(xp, reached, skips) + xp.take_along_axis(log_probs[t, ...], states, axis=1)
        reached = xp.where(t < input_lengths[:, None], onward, reached)
    value = 0.0 - _total(xp, reached, target_lengths)
    value = xp.where(value == xp.inf, 0.0, value) if zero_infinity else value
    return value[0] if single else value


def _one(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any) -> tuple[Any, ...]:
    """One sequence as a batch."""
    return log_probs[:, None, :], targets[None, :], input_lengths[None], target_lengths[None]


def _inside(xp: Any, targets: Any, target_lengths: Any) -> Any:
    return xp.arange(targets.shape[1], device=targets.device) < target_lengths[:, None]


def _states(xp: Any, targets: Any, target_lengths: Any, blank: int) -> tuple[Any, Any]:
    """The labels with blanks before, between and after; and which may follow the last label without its blank."""
    label = xp.where(_inside(xp, targets, target_lengths), targets, blank)
    blanks = xp.full_like(label, blank)
    pairs = xp.reshape(xp.stack([blanks, label], axis=-1), (label.shape[0], -1))
    states = xp.concat([pairs, xp.full_like(target_lengths, blank)[:, None]], axis=1)
    two_before = xp.concat([states[:, :1], states], axis=1)[:, : states.shape[1] - 1]  # of all but the first
    two_before = xp.concat([states[:, :1], two_before], axis=1)
    first = xp.arange(states.shape[1], device=states.device) < 2
    return states, (states != blank) & (states != two_before) & ~first


def _start(xp: Any, log_probs: Any, states: Any) -> Any:
    """The logarithms of what is reached before the first step: the blank before all labels."""
    place = xp.zeros_like(xp.take_along_axis(log_probs[0, ...], states, axis=1))
    return xp.where(xp.arange(states.shape[1], device=states.device) == 0, place, -xp.inf)


def _step(xp: Any, reached: Any, skips: Any) -> Any:
    """From each state on to itself, to the next, and past a blank to the next label."""
    nothing = xp.full_like(reached[:, :1], -xp.inf)
    before = xp.concat([nothing, nothing, reached], axis=1)
    return _add(xp, reached, before[:, 1:-1], xp.where(skips, before[:, :-2], -xp.inf))


def _back(xp: Any, ahead: Any, skips: Any) -> Any:
    """The same the other way: to each state from itself, from the next, and from past a blank."""
    nothing = xp.full_like(ahead[:, :1], -xp.inf)
    after = xp.concat([ahead, nothing, nothing], axis=1)
    past = xp.concat([xp.where(skips, ahead, -xp.inf), nothing, nothing], axis=1)
    return _add(xp, ahead, after[:, 1:-1], past[:, 2:])


def _add(xp: Any, *terms: Any) -> Any:
    """The logarithm of the sum of exponentials; with a derivative where there is nothing to add."""
    highest = terms[0]
    for term in terms[1:]:
        highest = xp.maximum(highest, term)
    base = xp.where(xp.isfinite(highest), highest, 0.0)
    total = sum(xp.exp(term - base) for term in terms)
    none = total == 0.0
    return xp.where(none, -xp.inf, xp.log(xp.where(none, 1.0, total)) + base)


def _total(xp: Any, reached: Any, target_lengths: Any) -> Any:
    """Of the paths that end with the last label, or with the blank after it."""
    last = 2 * target_lengths[:, None]
    ends = (xp.take_along_axis(reached, xp.clip(at, 0, None), axis=1)[:, 0] for at in (last, last - 1))
    after_blank, after_label = ends
    return _add(xp, after_blank, xp.where(target_lengths > 0, after_label, -xp.inf))


@ctc.gradient
def _minus_shares(
    xp: Any,
    back: Any,
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int,
) -> Any:
    single = log_probs.ndim == 2
    if single:
        log_probs, targets, input_lengths, target_lengths = _one(log_probs, targets, input_lengths, target_lengths)
        back = xp.reshape(back, (1,))
    states, skips = _states(xp, targets, target_lengths, blank)
    told = [xp.take_along_axis(log_probs[t, ...], states, axis=1) for t in range(log_probs.shape[0])]
    until = [_start(xp, log_probs, states)]
    for here in told:
        until.append(_step(xp, until[-1], skips) + here)
    place = xp.arange(states.shape[1], device=states.device)
    ends = (place == 2 * target_lengths[:, None]) | (place == 2 * target_lengths[:, None] - 1)
    ahead = xp.where(ends, 0.0 * until[0][:, :1], -xp.inf)
    total, beyond = xp.full_like(ahead[:, :1], -xp.inf), ahead
    shares: list[Any] = []
    for t in reversed(range(len(told))):
        if t + 1 < len(told):
            further = _back(xp, beyond + told[t + 1], skips)
            beyond = xp.where(t + 1 < input_lengths[:, None], further, ahead)
        both = until[t + 1] + beyond
        total = xp.where(t + 1 == input_lengths[:, None], _all(xp, both), total)
        counts = (t < input_lengths[:, None]) & (total > -xp.inf)
        shares.insert(0, xp.where(counts, xp.exp(both - xp.where(counts, total, 0.0)), 0.0))
    classes = xp.arange(log_probs.shape[2], device=states.device)
    by_class = xp.astype(states[:, :, None] == classes, log_probs.dtype)
    found = xp.matmul(xp.stack(shares, axis=1), by_class)
    slopes = -back[None, :, None] * xp.moveaxis(found, 1, 0)
    return slopes[:, 0, :] if single else slopes


def _all(xp: Any, x: Any) -> Any:
    """The logarithm of the sum of exponentials of each row."""
    highest = xp.max(x, axis=1, keepdims=True)
    base = xp.where(xp.isfinite(highest), highest, 0.0)
    total = xp.sum(xp.exp(x - base), axis=1, keepdims=True)
    return xp.where(total > 0.0, xp.log(xp.where(total > 0.0, total, 1.0)) + base, -xp.inf)


@ctc.counts
def _by_length(xp: Any, log_probs: Any, target_lengths: Any) -> Counts:
    return Counts(factor=1.0 / xp.astype(xp.clip(target_lengths, 1, None), log_probs.dtype))


@ctc.odd
def _too_few_steps(xp: Any, targets: Any, input_lengths: Any, target_lengths: Any, zero_infinity: bool) -> Odd:
    repeated = (targets[:, 1:] == targets[:, :-1]) & _inside(xp, targets, target_lengths)[:, 1:]
    repeats = xp.sum(xp.astype(repeated, target_lengths.dtype), axis=1)
    needed = target_lengths + repeats
    return Odd(
        needed > input_lengths,
        {"labels": target_lengths, "repeats": repeats, "needed": needed, "steps": input_lengths},
        f"have too few steps for their target, so that the loss is {'counted as 0' if zero_infinity else 'infinite'}",
        "{labels} labels, of which {repeats} repeat the one before, need {needed} steps, and {steps} count",
        "" if zero_infinity else "--zero-infinity counts such sequences as 0, as training mostly does.",
    )


@ctc.refuse
def _blank_is_a_class(shapes: dict[str, tuple[int, ...]], blank: int) -> Problem:
    classes = shapes["log_probs"][-1]
    if blank < classes:
        return None
    return f"the blank is {blank}, and the classes are 0 to {classes - 1}.", f"--blank {classes - 1} is the last one."


@ctc.native
def _by_log_probability(
    functional: Any,
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int,
    zero_infinity: bool,
) -> Any:
    wide = log_probs if log_probs.element_size() > 2 else log_probs.float()  # torch has no float16
    lengths_of = (input_lengths, target_lengths)
    value = functional.ctc_loss(wide, targets, *lengths_of, blank=blank, zero_infinity=zero_infinity, reduction="none")
    return value.to(log_probs.dtype)
