"""``dist``: what makes up a loss: how it spreads, and which samples, classes and groups hold how much of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import backends, losses
from losscli.api import document, notes_of, refuse_unfit_losses, refuse_unknown, refuse_warnings
from losscli.errors import UsageError
from losscli.explore.axis import is_of_error, plainly
from losscli.explore.bins import edges_of
from losscli.inputs.files import Files
from losscli.inputs.opening import open_inputs
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.knobs.exploring import DistOptions
from losscli.knobs.options import OF_INTERVALS
from losscli.results.distribution import (
    Bin,
    Confused,
    Distribution,
    OfClass,
    OfGroup,
    Worst,
    WorstSample,
    Wrong,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from losscli.engine.observers import Observer
    from losscli.engine.observers.classes import ByClass
    from losscli.engine.observers.contributions import Added
    from losscli.engine.observers.worst_samples import Found
    from losscli.engine.outcome import Outcome
    from losscli.results.result import Result
    from losscli.spec.loss import Loss

WITHOUT = ("per_sample", "record", *OF_INTERVALS)
"""Options of ``compute`` that say nothing here."""
QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
PARTS = (0.01, 0.05, 0.1, 0.25)
"""The parts of all samples of which it is told what they have."""


def dist(loss: str, *inputs: Any, **named: Any) -> Distribution:
    """Take a loss apart: how it spreads over samples, and which of them, which classes and groups hold it.

    Args:
        loss: A name or alias.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the loss's parameters (``beta=0.5``).

    Returns:
        A :class:`losscli.Distribution`.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.
    """
    chosen = losses.find_all(loss)
    options, own = DistOptions.out_of(named)
    refuse_unknown(chosen, own, DistOptions)
    return distribution_of(chosen, inputs, own, options)


document(dist, [knob for name, knob in DistOptions.knobs.items() if name not in WITHOUT])


def distribution_of(
    chosen: list[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: DistOptions,
    progress: Callable[[int, int | None], None] | None = None,
) -> Distribution:
    """Take a loss apart, from positional and named inputs; the work behind both front ends.

    Raises:
        UsageError: There is more than one loss, or its samples have no losses of their own.
    """
    import numpy as np

    from losscli.conduct import as_each_takes, carried_out
    from losscli.engine.observers.contributions import OBSERVED, of_whole
    from losscli.engine.request import Request, Wanted
    from losscli.reference.lines import computed
    from losscli.results.summary import result_of, unused_inputs

    one = _only(chosen, options)
    engine = backends.find(options.backend)
    with Files(options, lean=not options.on) as files:
        sources, beside = open_inputs(files, chosen, roles_of(chosen, positional, named), options)
        (mine,) = as_each_takes(chosen, sources, options.pred_is)
        request = Request(options, beside, Wanted(progress=progress, observers=observers(options)))
        parameters = resolve(one, named)
        jobs = [(one, parameters, mine)]
        if options.reference:
            of_error = is_of_error(one, parameters, plainly(one, parameters))
            done = computed(files, engine, jobs, request, shifts=of_error)
        else:
            done = carried_out(files, engine, jobs, request)
        (outcome,) = done.outcomes
        added: Added = outcome.observed.get(OBSERVED) or of_whole(outcome, options.reduction)

        def seen(observer: Observer[Any]) -> dict[str, Any]:
            again = request._replace(wanted=Wanted(progress=progress, observers=(observer,)))
            return carried_out(files, engine, jobs, again).outcomes[0].observed

        if options.exact:
            added = _refined(added, options.reduction, seen)
        labels = [column.label for column in beside.keep]
    notes = [*notes_of([mine]), *done.plan.findings, *unused_inputs(chosen, sources)]
    result = result_of(outcome, options, done.backend, notes, sources)
    if options.strict:
        refuse_warnings([result])
    with np.errstate(all="ignore"):  # what passes the largest float is told as such
        return taken_apart(outcome, added, result, options, labels)


def observers(options: DistOptions) -> tuple[Observer[Any], ...]:
    """Those that see what a loss is made of, in a pass over it alone."""
    from losscli.engine.observers.classes import Classes
    from losscli.engine.observers.contributions import Contributions
    from losscli.engine.observers.worst_samples import WorstSamples

    return (
        Contributions(options.reduction),
        Classes(options.reduction, options.label_base),
        WorstSamples(options.worst, options.reduction, options.label_base),
    )


def _refined(added: Added, reduction: str, seen: Callable[[Observer[Any]], dict[str, Any]]) -> Added:
    """The same, with all that was estimated looked up in another pass."""
    from losscli.engine.observers import refined
    from losscli.engine.pooled import Pooled

    finite = added.finite
    while isinstance(finite, Pooled):
        finite.quantiles(QUANTILES)
        for part in PARTS:
            finite.most(_worst_of(part, finite.samples))
        finite.reaching(finite.total / 2)
        if finite.exact:
            break
        look = refined.Refined(reduction, finite.asked_adds, finite.asked_losses)
        finite = finite.knowing(*seen(look)[refined.OBSERVED])
    return added._replace(finite=finite)


def _only(chosen: list[Loss], options: DistOptions) -> Loss:
    if len(chosen) > 1:
        raise UsageError("dist takes one loss, and several were given.", "ask for them one by one.")
    for name in WITHOUT:
        if getattr(options, name) != DistOptions.knobs[name].default:
            raise UsageError(f"dist knows nothing of {name}.", "leave it out.")
    one = chosen[0]
    refuse_unfit_losses(chosen, options)
    if one.whole and not one.by_sample:
        raise UsageError(
            f"{one.name} is one number for the whole set: its samples have no losses of their own.",
            f"losscli compute {one.name} has its value; dist takes apart losses that are means over samples.",
        )
    return one


def taken_apart(
    outcome: Outcome, added: Added | None, result: Result, options: DistOptions, labels: list[str]
) -> Distribution:
    """What :func:`observers` saw.

    Args:
        outcome: That of the pass.
        added: What its samples add, where that was looked up; None takes what was seen.
        result: The loss that it came to.
        options: The same that they were made with.
        labels: What the columns are called that were kept.
    """
    from losscli.engine.observers import classes, contributions, worst_samples
    from losscli.reference.lines import SHIFT

    if added is None:
        added = outcome.observed.get(contributions.OBSERVED) or contributions.of_whole(outcome, options.reduction)
    finite, others = added.finite, added.infinite + added.nan
    total = float(result.numerator or 0.0) if not others else finite.total
    why_not = _why_no_shares(added, total)
    share_of = (lambda adds: None) if why_not else (lambda adds: adds / total)
    found = outcome.observed.get(worst_samples.OBSERVED) or contributions.worst_of_whole(outcome, options.worst)
    samples = [_sample(one, share_of, labels) for one in found]
    by_class: ByClass | None = outcome.observed.get(classes.OBSERVED)
    names = _words(outcome)
    base = 0 if names else options.label_base
    some = finite.samples > 0
    return Distribution(
        result,
        finite.samples,
        added.infinite,
        added.nan,
        tuple(zip(QUANTILES, finite.quantiles(QUANTILES), strict=True)) if some else (),
        tuple(_worst(added, outcome, result, total, share_of)) if some else (),
        finite.reaching(total / 2) if some and not why_not else None,
        tuple(_bins(added, share_of)) if some else (),
        tuple(_classes(by_class, base, share_of)) if by_class else (),
        _wrong(by_class, share_of) if by_class else None,
        tuple(_confused(by_class, base, share_of)) if by_class else (),
        tuple(_groups(result, why_not)),
        tuple(samples),
        finite.exact,
        why_not,
        names,
        outcome.observed.get(SHIFT),
    )


def _sample(one: Found, share_of: Any, labels: list[str]) -> WorstSample:
    share = share_of(one.adds) if math.isfinite(one.adds) else None
    return WorstSample(one.number, one.loss, share, one.position, one.told, dict(zip(labels, one.kept, strict=False)))


def _words(outcome: Outcome) -> tuple[str, ...]:
    inputs = outcome.job.inputs
    source = inputs[1].source if len(inputs) > 1 else None
    return () if source is None else source.coded


def _why_no_shares(added: Added, total: float) -> str:
    if not added.finite.samples:
        return "no sample has a finite loss"
    if added.finite.lowering:
        count = added.finite.lowering
        return f"{count} {'sample lowers' if count == 1 else 'samples lower'} the loss, which has no shares then"
    if not 0 < total < math.inf:
        return "the loss is 0" if total == 0 else "the sum of the losses is past the largest float"
    return ""


def _worst(added: Added, outcome: Outcome, result: Result, total: float, share_of: Any) -> list[Worst]:
    from losscli.engine.reduce import value_from

    finite = added.finite
    of_all = math.nan if added.infinite or added.nan else float(result.denominator or 0)
    found = []
    for part in PARTS:
        count = _worst_of(part, finite.samples)
        above, adds, weight = finite.most(count)
        if math.isnan(of_all):
            of_all = finite.most(finite.samples).weight
        left, divisor = total - adds, of_all - weight
        without = left if result.reduction == "sum" else value_from(outcome.job, left, divisor)
        some = count < finite.samples and (divisor > 0 or result.reduction == "sum")
        found.append(Worst(part, count, above, share_of(adds), without if some else None))
    return found


def _worst_of(part: float, samples: int) -> int:
    return math.ceil(part * samples - 1e-9)  # 1 % of 700 are 7, whatever 0.01 * 700 is


def _bins(added: Added, share_of: Any) -> list[Bin]:
    finite = added.finite
    low, high = finite.quantiles((0.0, 1.0))
    edges = finite.edges(edges_of(low, high, finite.samples, lambda at: finite.between([low, at, high])[0][0]))
    counted = finite.between(edges)
    return [
        Bin(a, b, samples, share_of(adds))
        for (a, b), (samples, adds) in zip(itertools.pairwise(edges), counted, strict=True)
    ]


def _classes(by_class: ByClass, base: int, share_of: Any) -> list[OfClass]:
    every = zip(*(x.tolist() for x in by_class[:4]), strict=True)
    rows = [
        (adds, OfClass(c + base, targets, right, adds / weight if weight else math.nan, share_of(adds)))
        for c, (targets, right, adds, weight) in enumerate(every)
        if targets
    ]
    return [row for _, row in sorted(rows, key=lambda one: (-one[0], one[1].number))]


def _wrong(by_class: ByClass, share_of: Any) -> Wrong:
    adds, weight = by_class.wrong
    count = int(by_class.targets.sum() - by_class.right.sum())
    return Wrong(count, adds / weight if weight else None, share_of(adds))


def _confused(by_class: ByClass, base: int, share_of: Any) -> list[Confused]:
    every = sorted(by_class.pairs.items(), key=lambda one: (-one[1][1], one[0]))
    return [Confused(a + base, b + base, count, share_of(adds)) for (a, b), (count, adds) in every]


def _groups(result: Result, why_not: str) -> list[OfGroup]:
    from losscli.engine.reduce import fsum

    samples = sum(group.samples for group in result.groups)
    total = fsum([group.numerator for group in result.groups])
    shared = not why_not and 0 < total < math.inf
    return [
        OfGroup(g.names, g.samples, g.samples / samples, g.value, g.numerator / total if shared else None)
        for g in result.groups
    ]
