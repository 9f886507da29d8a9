"""From what a pass over a loss saw to what it is made of: shares, bins, and who has how much."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from losscli.explore.bins import edges_of, fine
from losscli.results.distribution import (
    Bin,
    Confused,
    Distribution,
    Histogram,
    OfClass,
    OfGroup,
    Reach,
    Worst,
    WorstSample,
    Wrong,
)

if TYPE_CHECKING:
    from losscli.engine.observers.classes import ByClass
    from losscli.engine.observers.contributions import Added
    from losscli.engine.observers.worst_samples import Found
    from losscli.engine.outcome import Outcome
    from losscli.knobs.exploring import DistOptions
    from losscli.results.result import Result

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
PARTS = (0.01, 0.05, 0.1, 0.25)
"""The parts of all samples of which it is told what they have."""
_FEW = (0.01, 0.05, 0.25)
"""The parts of all samples that a picture may leave out, as those with the smallest losses."""
_FINEST, _STEPS = 1e-3, 60
"""Of pictures: the smallest part of the samples, and in how many steps, each by the same factor, it comes to all."""


def taken_apart(
    outcome: Outcome, added: Added | None, result: Result, options: DistOptions, labels: list[str]
) -> Distribution:
    """What the observers of :mod:`losscli.explore.dist` saw.

    Args:
        outcome: That of the pass.
        added: What its samples add, where that was looked up; None takes what was seen.
        result: The loss that it came to.
        options: Those that the observers were made with.
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
    found = outcome.observed.get(worst_samples.OBSERVED) or contributions.worst_of_whole(
        outcome, options.worst, options.reduction
    )
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
        tuple(_worst(added, outcome, result, share_of)) if some else (),
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
        _histogram(added, share_of) if some else None,
        tuple(_concentration(added, share_of)) if some else (),
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


def _worst(added: Added, outcome: Outcome, result: Result, share_of: Any) -> list[Worst]:
    from losscli.engine.reduce import value_from

    finite, found = added.finite, []
    for part in PARTS:
        count = worst_of(part, finite.samples)
        above, adds, left, weight = finite.most(count)
        without = left if result.reduction == "sum" else value_from(outcome.job, left, weight)
        some = count < finite.samples and (weight > 0 or result.reduction == "sum")
        found.append(Worst(part, count, above, share_of(adds), without if some else None))
    return found


def worst_of(part: float, samples: int) -> int:
    """How many samples the worst part of them are."""
    return math.ceil(part * samples - 1e-9)  # 1 % of 700 are 7, whatever 0.01 * 700 is


def _concentration(added: Added, share_of: Any) -> list[Reach]:
    """What more and more of the samples that add most have."""
    finite = added.finite
    wanted = {worst_of(_FINEST ** (1 - i / _STEPS), finite.samples): None for i in range(_STEPS + 1)}
    return [Reach(samples, above, share_of(adds)) for samples, above, adds in finite.reaches(list(wanted))]


def _bins(added: Added, share_of: Any) -> list[Bin]:
    finite = added.finite
    low, high = finite.quantiles((0.0, 1.0))
    wanted = edges_of(low, high, finite.samples, lambda at: finite.between([low, at, high])[0][0])
    return _bins_between(added, wanted, share_of)


def _histogram(added: Added, share_of: Any) -> Histogram | None:
    """The bins of a picture."""
    finite = added.finite
    low, *few, high = finite.quantiles((0.0, *_FEW, 1.0))
    edges, log = fine(low, few, high, finite.samples, finite.known)
    if not edges:
        return None
    below = low < edges[0]
    bins = _bins_between(added, [low, *edges] if below else edges, share_of)
    return Histogram(log, tuple(bins[below:]), bins[0] if below else None)


def _bins_between(added: Added, wanted: list[float], share_of: Any) -> list[Bin]:
    edges = added.finite.edges(wanted)
    counted = added.finite.between(edges)
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
